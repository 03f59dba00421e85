// SPDX-License-Identifier: MIT
#include "trust/policy.h"
#include "pe/authenticode.h"
#include "pe/certificates.h"
#include "trust/entries.h"
#include "trust/sbat.h"
#include "trust/signed_data.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_SIGNATURES = 64,
	MOST_TABLE_BYTES = 1 << 20,
	CERTIFICATE_HEAD_BYTES = 8,
	CERTIFICATE_ALIGNMENT = 8,
	CERTIFICATE_GUID = 0x0ef1, /* a PKCS #7 behind the GUID of its kind */
	GUID_BYTES = 16,
};

/* EFI_CERT_TYPE_PKCS7_GUID */
static const uint8_t pkcs7_guid[GUID_BYTES] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
						0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };

struct judge {
	const struct trust_question *question;
	struct crypto crypto;
	struct entries entries;
	struct pe_image pe;
	struct verdict *verdict;
	bool allowed; /* by something; denied: verdict->why has a text */
};

/* The first reason stays: others do not make it more denied. */
static void deny(struct judge *j, const struct entry *by, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void deny(struct judge *j, const struct entry *by, const char *fmt, ...)
{
	struct verdict *v = j->verdict;
	va_list ap;

	if (v->why.text[0])
		return;
	va_start(ap, fmt);
	vsnprintf(v->why.text, sizeof(v->why.text), fmt, ap);
	va_end(ap);
	if (by)
		v->denied_by = by->at;
}

static void allow(struct judge *j, const struct entry *by)
{
	if (!j->allowed)
		j->verdict->allowed_by = by->at;
	j->allowed = true;
}

static const char *source_of(const struct judge *j, const struct entry *e)
{
	return j->question->list[e->at.source].name;
}

static const uint8_t *digest_in(struct judge *j, enum bank bank)
{
	struct verdict *v = j->verdict;

	if (!(v->banks & 1U << bank)) {
		if (!crypto_hash_image(&j->crypto, bank, &j->pe, v->digest[bank])) {
			deny(j, NULL, "its digest: out of memory");
			return NULL;
		}
		v->banks |= 1U << bank;
	}
	return v->digest[bank];
}

/* Its digest against each list that has digests of that kind. */
static void judge_digests(struct judge *j)
{
	for (unsigned bank = 0; bank < N_BANKS; bank++) {
		const uint8_t *digest;
		const struct entry *e;

		if (bank != BANK_SHA256 && !j->question->every_bank &&
		    !entries_have(&j->entries, ENTRY_IMAGE, bank))
			continue;
		digest = digest_in(j, bank);
		if (!digest)
			return;
		e = entries_find(&j->entries, true, ENTRY_IMAGE, bank, digest);
		if (e)
			deny(j, e, "its %s digest is denied by %s", bank_name(bank),
			     source_of(j, e));
		e = bank == BANK_SHA1 ? NULL
				      : entries_find(&j->entries, false, ENTRY_IMAGE, bank, digest);
		if (e)
			allow(j, e);
	}
}

/* The entry that denies this certificate by the digest of what its signature covers. */
static const struct entry *tbs_denied(struct judge *j, X509 *certificate)
{
	uint8_t digest[MOST_DIGEST_BYTES];
	const struct entry *e = NULL;

	for (unsigned bank = 0; bank < N_BANKS && !e; bank++) {
		if (!entries_have(&j->entries, ENTRY_TBS, bank))
			continue;
		if (!crypto_hash_tbs(&j->crypto, bank, certificate, digest)) {
			deny(j, NULL, "the digest of a certificate: out of memory");
			return NULL;
		}
		e = entries_find(&j->entries, true, ENTRY_TBS, bank, digest);
	}
	return e;
}

static void deny_signature(struct judge *j, const struct entry *by, struct verdict_signature *s,
			   unsigned number, const char *how)
{
	s->denied_by = by->at;
	deny(j, by, "signature %u: %s is denied by %s", number, how, source_of(j, by));
}

/* Each certificate in it, as firmware does, whether the signer needs it or not. */
static void judge_certificates(struct judge *j, const struct signed_data *data,
			       struct verdict_signature *s, unsigned number)
{
	const struct entry *e;
	X509 *certificate;

	for (int i = 0; (certificate = signed_data_certificate(data, i)); i++) {
		e = tbs_denied(j, certificate);
		if (e)
			deny_signature(j, e, s, number, "the digest of a certificate in it");
	}
}

/* What its signer leads to: a certificate that denies, or one that allows. */
static void judge_signer(struct judge *j, const struct signed_data *data,
			 struct verdict_signature *s, unsigned number, bool counts)
{
	for (unsigned i = 0; i < j->entries.n; i++) {
		const struct entry *e = &j->entries.entry[i], *denied;

		if (!e->certificate || (!e->denies && s->allowed_by.source != VERDICT_NO_SOURCE) ||
		    !signed_data_leads_to(&j->crypto, data, e->certificate))
			continue;
		if (e->denies) {
			deny_signature(j, e, s, number, "a certificate that its signer leads to");
			continue;
		}
		denied = tbs_denied(j, e->certificate);
		if (denied)
			deny_signature(j, denied, s, number,
				       "the digest of a certificate that its signer leads to");
		if (!counts || denied || certificate_is_for_modules(e->certificate))
			continue;
		s->allowed_by = e->at;
		allow(j, e);
	}
}

static void set_problem(struct verdict_signature *s, const char *problem)
{
	snprintf(s->problem, sizeof(s->problem), "%s", problem);
}

static void describe(const struct signed_data *data, struct verdict_signature *s)
{
	if (!data->signer)
		return;
	certificate_subject(data->signer, s->subject);
	certificate_issuer(data->signer, s->issuer);
}

static void judge_read(struct judge *j, const struct signed_data *data, struct verdict_signature *s,
		       unsigned number)
{
	const uint8_t *digest = digest_in(j, data->file.bank);

	if (!digest)
		return;
	s->bank = data->file.bank;
	s->of_this_file =
		memcmp(digest, data->file.digest.p, data->file.digest.n) ? ANSWER_NO : ANSWER_YES;
	s->by_its_key = signed_data_is_by_signer(data) ? ANSWER_YES : ANSWER_NO;
	if (s->of_this_file == ANSWER_NO)
		set_problem(s, "it is of another file: this one was changed after signing");
	else if (s->by_its_key == ANSWER_NO)
		set_problem(s, "it was not made with the key of its certificate");
	else if (certificate_is_for_modules(data->signer))
		set_problem(s, "its certificate is for kernel modules");
	judge_certificates(j, data, s, number);
	judge_signer(j, data, s, number, !s->problem[0]);
	if (!s->problem[0] && s->allowed_by.source == VERDICT_NO_SOURCE)
		set_problem(s, "its signer leads to no certificate that is trusted");
}

/* Where a certificate is, for who can ask somebody else about it. */
static struct verdict_place place_of(const struct judge *j, struct bytes der,
				     const X509 *certificate)
{
	struct verdict_place place = { 0 };
	uint8_t *bytes = NULL;
	const int n = i2d_X509(certificate, &bytes);
	const uint8_t *found = n > 0 && der.n ? memmem(der.p, der.n, bytes, (size_t)n) : NULL;

	if (found)
		place = (struct verdict_place){ (uint64_t)(found - j->question->file.p),
						(uint64_t)n };
	OPENSSL_free(bytes);
	return place;
}

static void place_certificates(const struct judge *j, struct bytes der,
			       const struct signed_data *data, struct verdict_signature *s)
{
	const X509 *certificate;
	unsigned n = 1;

	s->certificate[0] = place_of(j, der, data->signer);
	for (int i = 0; (certificate = signed_data_certificate(data, i)); i++)
		if (certificate != data->signer && n < VERDICT_CERTIFICATES)
			s->certificate[n++] = place_of(j, der, certificate);
}

static const struct verdict_entry nobody = { .source = VERDICT_NO_SOURCE };

static void judge_signature(struct judge *j, struct bytes der)
{
	struct verdict_signature scratch = { 0 }, *s;
	const unsigned number = ++j->verdict->n_signatures;
	struct signed_data data;
	const char *problem;
	int r;

	s = number <= VERDICT_SIGNATURES ? &j->verdict->signature[number - 1] : &scratch;
	*s = (struct verdict_signature){ .allowed_by = nobody, .denied_by = nobody };
	r = signed_data_read(&j->crypto, der, &data, &problem);
	describe(&data, s);
	if (r == 0) {
		place_certificates(j, der, &data, s);
		judge_read(j, &data, s, number);
	} else {
		/* firmware denies the image: it cannot tell whether dbx would */
		set_problem(s, problem);
		deny(j, NULL, "signature %u: %s", number, problem);
	}
	signed_data_free(&data);
	ERR_clear_error();
}

/* The PKCS #7 in an entry of the table; entries of other kinds are nobody's. */
static bool find_pkcs7(const struct pe_certificate *c, struct bytes *ret_der)
{
	struct bytes guid;

	if (c->type == PE_CERTIFICATE_PKCS7) {
		*ret_der = c->data;
		return true;
	}
	return c->type == CERTIFICATE_GUID && bytes_sub(c->data, 0, GUID_BYTES, &guid) &&
	       !memcmp(guid.p, pkcs7_guid, GUID_BYTES) &&
	       bytes_sub(c->data, GUID_BYTES, c->data.n - GUID_BYTES, ret_der);
}

static void judge_signatures(struct judge *j)
{
	const uint32_t size = j->pe.certificates.size;
	struct pe_certificate c;
	unsigned n_entries = 0;
	struct bytes der;
	uint32_t at = 0, from = 0;
	int r = 0;

	if (size > MOST_TABLE_BYTES) {
		deny(j, NULL, "certificate table: 0x%x bytes, more than 0x%x", size,
		     MOST_TABLE_BYTES);
		return;
	}
	for (; (r = pe_certificate_next(&j->pe, &at, &c)) > 0; from = at) {
		/* the last one is padded, too, or firmware says the table is damaged */
		if (++n_entries > MOST_SIGNATURES || c.data.n == 0 ||
		    from + align_up(CERTIFICATE_HEAD_BYTES + c.data.n, CERTIFICATE_ALIGNMENT) != at)
			break;
		if (find_pkcs7(&c, &der))
			judge_signature(j, der);
	}
	if (n_entries > MOST_SIGNATURES)
		deny(j, NULL, "certificate table: more than %d entries", MOST_SIGNATURES);
	else if (r != 0)
		deny(j, NULL, "certificate table: the entry at 0x%x does not fit its 0x%x bytes",
		     from, size);
}

static void judge_sbat(struct judge *j)
{
	struct verdict *v = j->verdict;
	struct pe_section section;
	struct why why = { "" };
	int r;

	if (!j->question->sbat_level.p)
		return;
	r = pe_image_find_section(&j->pe, ".sbat", &section);
	if (r == -ENOENT) {
		v->sbat = SBAT_MISSING;
		return;
	}
	if (r == -ENOTUNIQ)
		why_set(&why, r, ".sbat: there is more than one");
	else if (r == 0)
		r = sbat_check(section.data, j->question->sbat_level, &why);
	v->sbat = r == 0 ? SBAT_PASSED : SBAT_FAILED;
	if (r < 0)
		deny(j, NULL, "%s", why.text);
}

static int parse(struct bytes file, struct pe_image *ret, struct why *why)
{
	int r = pe_image_parse(file, PE_MACHINE_OURS, UINT64_MAX, ret, why);

	if (r == -ENOTSUP && (pe_image_parse(file, PE_MACHINE_X86_64, UINT64_MAX, ret, NULL) == 0 ||
			      pe_image_parse(file, PE_MACHINE_ARM64, UINT64_MAX, ret, NULL) == 0))
		r = 0;
	return r;
}

/* The kernel that a stub may load from memory. Of two nobody knows which. */
static void find_kernel(struct judge *j)
{
	struct verdict *v = j->verdict;
	uint8_t digest[MOST_DIGEST_BYTES];
	struct pe_section section;

	if (!j->question->kernel || pe_image_find_section(&j->pe, ".linux", &section) < 0 ||
	    !crypto_hash(&j->crypto, BANK_SHA256, section.data, digest))
		return;
	memcpy(v->kernel, digest, sizeof(v->kernel));
	v->has_kernel = 1;
}

/* Sections by which stubs know what is theirs (UAPI.5); one that is there twice is there. */
static void find_sealed(struct judge *j)
{
	static const struct {
		const char *section;
		enum verdict_sealed bit;
	} rows[] = {
		{ ".linux", SEALED_KERNEL },	{ ".cmdline", SEALED_CMDLINE },
		{ ".initrd", SEALED_INITRD },	{ ".ucode", SEALED_MICROCODE },
		{ ".dtb", SEALED_DEVICE_TREE }, { ".dtbauto", SEALED_DEVICE_TREE },
		{ ".profile", SEALED_PROFILE },
	};
	struct pe_section section;
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		r = pe_image_find_section(&j->pe, rows[i].section, &section);
		if (r == 0 || r == -ENOTUNIQ)
			j->verdict->sealed |= rows[i].bit;
	}
}

static void find_file(struct judge *j)
{
	const struct trust_question *q = j->question;
	uint8_t digest[MOST_DIGEST_BYTES];

	if ((!q->whole && !q->sealed) || !crypto_hash(&j->crypto, BANK_SHA256, q->file, digest))
		return;
	memcpy(j->verdict->file, digest, sizeof(j->verdict->file));
	j->verdict->has_file = 1;
}

static bool is_sealed(const struct judge *j)
{
	const struct verdict *v = j->verdict;

	return j->question->sealed && v->has_file &&
	       !memcmp(v->file, j->question->sealed, sizeof(v->file));
}

/* Nothing has denied it, and nothing has allowed it. */
static void deny_unknown(struct judge *j)
{
	const struct verdict *v = j->verdict;

	if (v->n_signatures == 0)
		deny(j, NULL, "it is not signed, and its digest is in no list that allows it");
	else
		deny(j, NULL, "signature 1: %s", v->signature[0].problem);
}

static void judge_image(struct judge *j)
{
	const struct trust_question *q = j->question;
	struct why why = { "" };

	if (crypto_open(&j->crypto, &why) < 0) {
		deny(j, NULL, "%s", why.text);
		return;
	}
	find_file(j);
	if (parse(q->file, &j->pe, &why) < 0 ||
	    entries_read(&j->crypto, q->list, q->n_lists, &j->entries, &why) < 0) {
		deny(j, NULL, "%s", why.text);
		return;
	}
	judge_digests(j);
	if (pe_check_signed_layout(&j->pe, &why) < 0)
		deny(j, NULL, "%s", why.text);
	else
		judge_signatures(j);
	judge_sbat(j);
	find_sealed(j);
	find_kernel(j);
	if (!j->allowed)
		j->allowed = is_sealed(j);
	if (!j->allowed)
		deny_unknown(j);
}

void policy_judge(const struct trust_question *question, struct verdict *ret_verdict)
{
	struct judge j = { .question = question, .verdict = ret_verdict };

	*ret_verdict = (struct verdict){ .allowed_by = nobody, .denied_by = nobody };
	for (unsigned i = 0; i < VERDICT_SIGNATURES; i++)
		ret_verdict->signature[i].allowed_by = ret_verdict->signature[i].denied_by = nobody;
	if (question->refusal)
		deny(&j, NULL, "%s", question->refusal);
	judge_image(&j);
	entries_free(&j.entries);
	crypto_close(&j.crypto);
	ret_verdict->allowed = j.allowed && !ret_verdict->why.text[0];
	if (!ret_verdict->allowed)
		ret_verdict->allowed_by = nobody;
}
