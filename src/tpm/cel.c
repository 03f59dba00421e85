// SPDX-License-Identifier: MIT
#include "tpm/cel.h"

#include <errno.h>
#include <string.h>

enum { RS = 0x1e, MOST_DEPTH = 16 };

/* JSON that is read from its beginning to its end; false from any function: it is none. */
struct json {
	struct bytes b;
	size_t at;
};

static int peek(const struct json *j)
{
	return j->at < j->b.n ? j->b.p[j->at] : -1;
}

static void skip_blanks(struct json *j)
{
	while (peek(j) == ' ' || peek(j) == '\t' || peek(j) == '\n' || peek(j) == '\r')
		j->at++;
}

/* That character, and blanks on both sides of it. */
static bool take(struct json *j, int c)
{
	skip_blanks(j);
	if (peek(j) != c)
		return false;
	j->at++;
	skip_blanks(j);
	return true;
}

/* What stands between the quotes, escapes as they are. */
static bool take_string(struct json *j, struct bytes *ret)
{
	size_t begin;

	skip_blanks(j);
	if (peek(j) != '"')
		return false;
	for (begin = ++j->at; peek(j) != '"'; j->at++) {
		if (peek(j) < ' ')
			return false;
		if (peek(j) == '\\' && ++j->at == j->b.n)
			return false;
	}
	*ret = (struct bytes){ j->b.p + begin, j->at - begin };
	j->at++;
	return true;
}

static bool take_number(struct json *j, uint32_t *ret)
{
	uint64_t v = 0;
	const size_t begin = j->at;

	for (; peek(j) >= '0' && peek(j) <= '9' && v <= UINT32_MAX; j->at++)
		v = 10 * v + (uint64_t)(peek(j) - '0');
	*ret = (uint32_t)v;
	return j->at > begin && v <= UINT32_MAX;
}

/* A number of any kind, true, false or null. */
static bool skip_word(struct json *j)
{
	const size_t begin = j->at;
	int c;

	while ((c = peek(j)) == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9') ||
	       (c >= 'a' && c <= 'z') || c == 'E')
		j->at++;
	return j->at > begin;
}

/* What happens to each member of an object (name is NULL in an array): true to go on behind it. */
typedef bool member(struct json *j, const struct bytes *name, void *context, unsigned depth);

static bool walk(struct json *j, char open, char close, member *each, void *context, unsigned depth)
{
	struct bytes name;

	if (depth == MOST_DEPTH || !take(j, open))
		return false;
	if (peek(j) == close)
		return j->at++, true;
	do {
		skip_blanks(j);
		if (open == '{' && (!take_string(j, &name) || !take(j, ':')))
			return false;
		if (!each(j, open == '{' ? &name : NULL, context, depth + 1))
			return false;
	} while (take(j, ','));
	skip_blanks(j);
	if (peek(j) != close)
		return false;
	j->at++;
	return true;
}

static bool skip_member(struct json *j, const struct bytes *name, void *context, unsigned depth)
{
	struct bytes any;

	(void)name;
	skip_blanks(j);
	switch (peek(j)) {
	case '{':
		return walk(j, '{', '}', skip_member, context, depth);
	case '[':
		return walk(j, '[', ']', skip_member, context, depth);
	case '"':
		return take_string(j, &any);
	default:
		return skip_word(j);
	}
}

static bool is(const struct bytes *name, const char *text)
{
	return name->n == strlen(text) && !memcmp(name->p, text, name->n);
}

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One of the list of digests. */
struct one {
	struct bytes algorithm, hex;
};

static bool one_member(struct json *j, const struct bytes *name, void *context, unsigned depth)
{
	struct one *o = context;

	if (is(name, "hashAlg"))
		return take_string(j, &o->algorithm);
	if (is(name, "digest"))
		return take_string(j, &o->hex);
	return skip_member(j, name, context, depth);
}

static bool take_digest(const struct one *o, struct cel_record *r)
{
	const struct tpm_algorithm *a = NULL;
	uint8_t *to;

	for (unsigned i = 0; (a = tpm_algorithm_at(i)) && !is(&o->algorithm, a->name); i++)
		;
	if (!a)
		return true; /* nobody here could extend it */
	if (o->hex.n != 2u * a->n_bytes || r->bank.n == TPM_MAX_BANKS ||
	    tpm_bank_find(&r->bank, a->id) >= 0)
		return false;
	to = r->digest[r->bank.n];
	for (unsigned i = 0; i < a->n_bytes; i++) {
		const int high = digit(o->hex.p[2 * (size_t)i]),
			  low = digit(o->hex.p[2 * (size_t)i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	r->bank.bank[r->bank.n++] = (struct tpm_bank){ a->id, a->n_bytes };
	return true;
}

static bool each_digest(struct json *j, const struct bytes *name, void *context, unsigned depth)
{
	struct one o = { 0 };

	(void)name;
	return walk(j, '{', '}', one_member, &o, depth) && take_digest(&o, context);
}

static bool content_member(struct json *j, const struct bytes *name, void *context, unsigned depth)
{
	struct cel_record *r = context;

	if (is(name, "eventType"))
		return take_string(j, &r->kind);
	if (is(name, "string"))
		return take_string(j, &r->text);
	return skip_member(j, name, context, depth);
}

static bool record_member(struct json *j, const struct bytes *name, void *context, unsigned depth)
{
	struct cel_record *r = context;

	if (is(name, "pcr"))
		return take_number(j, &r->pcr) && r->pcr < TPM_PCRS;
	if (is(name, "digests"))
		return r->bank.n == 0 && walk(j, '[', ']', each_digest, r, depth);
	if (is(name, "content") && peek(j) == '{')
		return walk(j, '{', '}', content_member, r, depth);
	return skip_member(j, name, context, depth);
}

int cel_next(struct bytes all, size_t *inout_at, struct cel_record *ret_record, struct why *why)
{
	struct json j = { all, *inout_at };
	struct cel_record r = { .pcr = CEL_NO_PCR };

	skip_blanks(&j);
	if (j.at == all.n) {
		*inout_at = j.at;
		return 0;
	}
	/* one with nothing behind it is skipped (RFC 7464, 2.1) */
	while (peek(&j) == RS)
		j.at++;
	if (!walk(&j, '{', '}', record_member, &r, 0) || (r.pcr != CEL_NO_PCR && r.bank.n == 0))
		return why_set(why, -EBADMSG, "offset %zu: not a record of a measurement", j.at);
	*inout_at = j.at;
	*ret_record = r;
	return 1;
}
