// SPDX-License-Identifier: MIT
#include "tpm/log.h"

#include <errno.h>
#include <string.h>

/* TCG_PCR_EVENT (10.2.1), the first record of every log, and all of an old one */
enum { OLD_HEAD_BYTES = 32, SHA1 = 4, SHA1_BYTES = 20 };

/* TCG_EfiSpecIdEvent (10.4.5.1) */
enum { SPEC_ALGORITHMS = 24, ALGORITHM_BYTES = 4 };

static const char spec_id[16] = "Spec ID Event03";

int tpm_bank_find(const struct tpm_banks *banks, uint16_t id)
{
	for (unsigned i = 0; i < banks->n; i++)
		if (banks->bank[i].id == id)
			return (int)i;
	return -1;
}

static int bad(struct why *why, size_t at, const char *what)
{
	return why_set(why, -EBADMSG, "offset %zu: %s", at, what);
}

/* Only a record that is not extended may name a PCR that there is not. */
static bool is_pcr(const struct tpm_record *r)
{
	return r->pcr < TPM_PCRS || r->type == EV_NO_ACTION;
}

static int parse_old(const struct tpm_log *log, size_t *inout_at, struct tpm_record *ret,
		     struct why *why)
{
	const size_t at = *inout_at;
	struct tpm_record r = { .offset = at };
	uint32_t n = 0;

	if (!bytes_le32(log->bytes, at, &r.pcr) || !bytes_le32(log->bytes, at + 4, &r.type) ||
	    !bytes_le32(log->bytes, at + 8 + SHA1_BYTES, &n))
		return bad(why, at, "a record is cut off");
	if (!bytes_sub(log->bytes, at + OLD_HEAD_BYTES, n, &r.event))
		return bad(why, at, "a record's event reaches behind the end of the log");
	if (!is_pcr(&r))
		return bad(why, at, "a record names a PCR that there is not");
	r.digest[0] = log->bytes.p + at + 8;
	*inout_at = at + OLD_HEAD_BYTES + n;
	*ret = r;
	return 1;
}

static bool is_spec_id(const struct tpm_record *r)
{
	return r->type == EV_NO_ACTION && r->event.n >= sizeof(spec_id) &&
	       !memcmp(r->event.p, spec_id, sizeof(spec_id));
}

static int take_bank(struct tpm_banks *banks, uint16_t id, uint16_t n_bytes)
{
	const struct tpm_algorithm *known = tpm_algorithm(id);

	if (n_bytes == 0 || n_bytes > TPM_MAX_DIGEST || (known && known->n_bytes != n_bytes) ||
	    tpm_bank_find(banks, id) >= 0)
		return -EBADMSG;
	banks->bank[banks->n++] = (struct tpm_bank){ id, n_bytes };
	return 0;
}

/* The banks that it lists, and behind them a vendor's bytes up to its end. */
static int parse_spec_id(const struct tpm_record *r, struct tpm_banks *ret, struct why *why)
{
	static const uint8_t zeros[SHA1_BYTES];
	struct tpm_banks banks = { .n = 0 };
	uint64_t at = SPEC_ALGORITHMS + 4;
	uint16_t id, n_bytes;
	uint32_t n;
	uint8_t vendor;

	if (r->pcr != 0 || memcmp(r->digest[0], zeros, sizeof(zeros)) != 0)
		return bad(why, r->offset, "the header has a PCR or a digest");
	if (!bytes_le32(r->event, SPEC_ALGORITHMS, &n) || n == 0 || n > TPM_MAX_BANKS)
		return bad(why, r->offset, "the header does not list 1 to 8 banks");
	for (; n > 0; n--, at += ALGORITHM_BYTES)
		if (!bytes_le16(r->event, at, &id) || !bytes_le16(r->event, at + 2, &n_bytes) ||
		    take_bank(&banks, id, n_bytes) < 0)
			return bad(why, r->offset,
				   "the header lists a bank twice or with a wrong size");
	if (!bytes_u8(r->event, at, &vendor) || r->event.n != at + 1 + vendor)
		return bad(why, r->offset, "the header does not end behind its banks");
	*ret = banks;
	return 0;
}

int tpm_log_open(struct bytes bytes, struct tpm_log *ret_log, struct why *why)
{
	struct tpm_log log = { .bytes = bytes, .banks = { { { SHA1, SHA1_BYTES } }, 1 } };
	struct tpm_record first;
	size_t at = 0;
	int r;

	if (bytes.n > TPM_LOG_MOST_BYTES)
		return why_set(why, -EFBIG, "has %zu MiB, more than any event log", bytes.n >> 20);
	r = parse_old(&log, &at, &first, why);
	if (r < 0)
		return r;
	if (is_spec_id(&first)) {
		r = parse_spec_id(&first, &log.banks, why);
		if (r < 0)
			return r;
		log.agile = true;
		log.begin = at;
	}
	*ret_log = log;
	return 0;
}

/* TPML_DIGEST_VALUES: one for each bank, in any order. */
static int parse_digests(struct bytes bytes, const struct tpm_banks *banks, size_t *inout_at,
			 struct tpm_record *r, struct why *why)
{
	struct bytes digest;
	uint32_t n;
	uint16_t id;
	int bank;

	if (!bytes_le32(bytes, *inout_at, &n))
		return bad(why, r->offset, "a record is cut off");
	if (n != banks->n)
		return bad(why, r->offset, "a record does not have a digest for each bank");
	for (*inout_at += 4; n > 0; n--) {
		if (!bytes_le16(bytes, *inout_at, &id))
			return bad(why, r->offset, "a record is cut off");
		bank = tpm_bank_find(banks, id);
		if (bank < 0 || r->digest[bank])
			return bad(why, r->offset, "a record does not have a digest for each bank");
		if (!bytes_sub(bytes, *inout_at + 2, banks->bank[bank].n_bytes, &digest))
			return bad(why, r->offset, "a record is cut off");
		r->digest[bank] = digest.p;
		*inout_at += 2 + digest.n;
	}
	return 0;
}

/* TCG_PCR_EVENT2 (10.2.2) */
static int parse_record(struct bytes bytes, const struct tpm_banks *banks, size_t *inout_at,
			struct tpm_record *ret, struct why *why)
{
	struct tpm_record r = { .offset = *inout_at };
	size_t at = *inout_at + 8;
	uint32_t n;
	int e;

	if (!bytes_le32(bytes, r.offset, &r.pcr) || !bytes_le32(bytes, r.offset + 4, &r.type))
		return bad(why, r.offset, "a record is cut off");
	if (!is_pcr(&r))
		return bad(why, r.offset, "a record names a PCR that there is not");
	e = parse_digests(bytes, banks, &at, &r, why);
	if (e < 0)
		return e;
	if (!bytes_le32(bytes, at, &n))
		return bad(why, r.offset, "a record is cut off");
	if (!bytes_sub(bytes, at + 4, n, &r.event))
		return bad(why, r.offset, "a record's event reaches behind the end of the log");
	*inout_at = at + 4 + n;
	*ret = r;
	return 1;
}

int tpm_log_next(const struct tpm_log *log, size_t *inout_at, struct tpm_record *ret_record,
		 struct why *why)
{
	if (*inout_at == log->bytes.n)
		return 0;
	return log->agile ? parse_record(log->bytes, &log->banks, inout_at, ret_record, why)
			  : parse_old(log, inout_at, ret_record, why);
}

int tpm_record_parse(struct bytes bytes, const struct tpm_banks *banks,
		     struct tpm_record *ret_record, struct why *why)
{
	struct tpm_record record;
	size_t at = 0;
	int r = parse_record(bytes, banks, &at, &record, why);

	if (r < 0)
		return r;
	if (at != bytes.n)
		return bad(why, at, "there is something behind the record");
	*ret_record = record;
	return 0;
}
