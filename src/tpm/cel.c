// SPDX-License-Identifier: MIT
#include "tpm/cel.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>

enum { RS = 0x1e, MOST_DEPTH = 16 };

/* A member of that type; NULL: there is none. */
static struct json_object *member(struct json_object *of, const char *name, enum json_type type)
{
	struct json_object *o = NULL;

	return json_object_object_get_ex(of, name, &o) && json_object_is_type(o, type) ? o : NULL;
}

static struct bytes text_of(struct json_object *of, const char *name)
{
	struct json_object *o = member(of, name, json_type_string);

	return o ? (struct bytes){ (const uint8_t *)json_object_get_string(o),
				   (size_t)json_object_get_string_len(o) }
		 : (struct bytes){ 0 };
}

static const struct tpm_algorithm *algorithm_of(struct bytes name)
{
	const struct tpm_algorithm *a;

	for (unsigned i = 0; (a = tpm_algorithm_at(i)); i++)
		if (name.p && name.n == strlen(a->name) && !memcmp(name.p, a->name, name.n))
			return a;
	return NULL;
}

static bool take_digest(struct json_object *one, struct cel_record *r)
{
	const struct bytes hex = text_of(one, "digest");
	const struct tpm_algorithm *a = algorithm_of(text_of(one, "hashAlg"));
	size_t n;

	if (!json_object_is_type(one, json_type_object))
		return false;
	if (!a)
		return true; /* nobody here could extend it */
	if (r->bank.n == TPM_MAX_BANKS || tpm_bank_find(&r->bank, a->id) >= 0 || !hex.p ||
	    hex.n != 2u * a->n_bytes || memchr(hex.p, 0, hex.n) ||
	    !OPENSSL_hexstr2buf_ex(r->digest[r->bank.n], a->n_bytes, &n, (const char *)hex.p, 0))
		return false;
	r->bank.bank[r->bank.n++] = (struct tpm_bank){ a->id, a->n_bytes };
	return true;
}

static bool take_pcr(struct json_object *record, struct cel_record *r)
{
	struct json_object *o;

	if (!json_object_object_get_ex(record, "pcr", &o)) {
		r->pcr = CEL_NO_PCR;
		return true;
	}
	r->pcr = json_object_is_type(o, json_type_int) && json_object_get_int64(o) >= 0
			 ? (uint32_t)min_u64(json_object_get_uint64(o), TPM_PCRS)
			 : TPM_PCRS;
	return r->pcr < TPM_PCRS;
}

static bool take_record(struct json_object *record, struct cel_record *r)
{
	struct json_object *digests = member(record, "digests", json_type_array);
	struct json_object *content = member(record, "content", json_type_object);
	const size_t n = digests ? json_object_array_length(digests) : 0;

	if (!take_pcr(record, r))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!take_digest(json_object_array_get_idx(digests, i), r))
			return false;
	r->kind = text_of(content, "eventType");
	r->text = text_of(content, "string");
	return r->bank.n || r->pcr == CEL_NO_PCR;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value that all begins with, and where it ends. NULL: none, and where that shows. */
static struct json_object *parse(struct bytes all, size_t *ret_end)
{
	struct json_tokener *tokener = json_tokener_new_ex(MOST_DEPTH);
	struct json_object *o;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
						JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tokener, (const char *)all.p, (int)min_u64(all.n, INT_MAX));
	*ret_end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	return o;
}

int cel_next(struct bytes all, size_t *inout_at, struct cel_record *ret_record, struct why *why)
{
	struct cel_record r = { 0 };
	size_t at = *inout_at, end = 0;

	while (at < all.n && is_blank(all.p[at]))
		at++;
	if (at == all.n) {
		*inout_at = at;
		return 0;
	}
	/* one with nothing behind it is skipped (RFC 7464, 2.1) */
	while (at < all.n && all.p[at] == RS)
		at++;
	r.json = parse((struct bytes){ all.p + at, all.n - at }, &end);
	if (!json_object_is_type(r.json, json_type_object) || !take_record(r.json, &r)) {
		at += r.json ? 0 : end;
		cel_free(&r);
		return why_set(why, -EBADMSG, "offset %zu: not a record of a measurement", at);
	}
	*inout_at = at + end;
	*ret_record = r;
	return 1;
}

void cel_free(struct cel_record *record)
{
	json_object_put(record->json);
	*record = (struct cel_record){ 0 };
}
