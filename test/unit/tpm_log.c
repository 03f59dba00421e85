// SPDX-License-Identifier: MIT
/* A log that holds, everything that can be wrong with it, and every place where it can end. */
#include "unit/tiny_log.h"
#include "tap.h"

#include <errno.h>

static struct tiny_log tiny;

/* All of its records: how many, or the error. */
static int count(struct bytes bytes, struct why *why)
{
	struct tpm_record record;
	struct tpm_log log;
	size_t at;
	int n = 0, r = tpm_log_open(bytes, &log, why);

	if (r < 0)
		return r;
	for (at = log.begin; (r = tpm_log_next(&log, &at, &record, why)) > 0; n++)
		;
	return r < 0 ? r : n;
}

static void test_whole(const struct tpm_banks *banks)
{
	struct tpm_record r;
	struct tpm_log log;
	struct why why;
	size_t at;

	tiny_log_fill(&tiny, banks);
	require(tpm_log_open(tiny_bytes(tiny.bytes, tiny.n), &log, &why) == 0);
	check(log.agile && log.banks.n == banks->n && log.begin == tpm_header_bytes(banks));
	at = log.begin;
	require(tpm_log_next(&log, &at, &r, &why) == 1);
	check(r.offset == log.begin && r.pcr == 0 && r.type == EV_NO_ACTION && r.event.n == 17);
	require(tpm_log_next(&log, &at, &r, &why) == 1 && tpm_log_next(&log, &at, &r, &why) == 1);
	check(r.pcr == 7 && r.type == 0x80000001);
	for (unsigned b = 0; b < banks->n; b++) {
		uint8_t digest[TPM_MAX_DIGEST];

		require(tpm_hash(banks->bank[b].id, &r.event, 1, digest));
		check(!memcmp(r.digest[b], digest, banks->bank[b].n_bytes));
	}
	check(count(log.bytes, &why) == (int)tiny.n_records);
}

/* It holds where a record ends, and nowhere else. */
static void test_truncated(struct bytes log, unsigned n_records)
{
	unsigned whole = 0, cut = 0, wrong = 0;
	struct why why = { "" };

	for (size_t n = 0; n <= log.n; n++) {
		uint8_t *copy = malloc(n + !n); /* what reads behind it is seen */
		const int r = (memcpy(copy, log.p, n), count(tiny_bytes(copy, n), &why));

		whole += r >= 0;
		cut += r == -EBADMSG && strstr(why.text, "offset ");
		wrong += r < 0 && r != -EBADMSG;
		free(copy);
	}
	check_msg(whole == n_records + 1 && cut == log.n + 1 - whole && !wrong,
		  "%u ends hold, %u do not, %u records", whole, cut, n_records);
}

/* The log with one field changed; want is said of it, NULL: it holds. */
static void change(const char *what, size_t at, uint64_t v, unsigned n, const char *want)
{
	struct why why = { "" };
	int r;

	tiny_log_fill(&tiny, &tiny_banks_four);
	for (unsigned i = 0; i < n; i++)
		tiny.bytes[at + i] = (uint8_t)(v >> 8 * i);
	r = count(tiny_bytes(tiny.bytes, tiny.n), &why);
	check_msg(want ? r == -EBADMSG && strstr(why.text, want) : r > 0, "%s: %d %s", what, r,
		  why.text);
}

static void test_header(void)
{
	change("a PCR", 0, 1, 4, "header has a PCR or a digest");
	change("a digest", 27, 1, 1, "header has a PCR or a digest");
	change("no banks", 56, 0, 4, "1 to 8 banks");
	change("nine banks", 56, 9, 4, "1 to 8 banks");
	change("many banks", 56, 0xffffffff, 4, "1 to 8 banks");
	change("a bank of no bytes", 62, 0, 2, "wrong size");
	change("SHA-1 of 32 bytes", 62, 32, 2, "wrong size");
	change("a bank twice", 64, 4, 2, "twice");
	change("a bank that is too large", 64, 65ULL << 16 | 0x77, 4, "wrong size");
	change("vendor bytes behind it", 76, 1, 1, "does not end behind its banks");
	change("three banks", 56, 3, 4, "does not end behind its banks");
	change("event behind the end", 28, 0xffffffff, 4, "behind the end");
	change("event behind the end", 28, (uint64_t)TINY_LOG_ROOM, 4, "behind the end");
}

static void test_records(void)
{
	const size_t first = tpm_header_bytes(&tiny_banks_four);
	const size_t second = first + tpm_record_bytes(&tiny_banks_four, 17);

	change("a PCR that is not extended", first, 0xffffffff, 4, NULL);
	change("PCR 23", second, 23, 4, NULL);
	change("PCR 24", second, 24, 4, "names a PCR");
	change("PCR -1", second, 0xffffffff, 4, "names a PCR");
	change("any type", second + 4, 0x12345678, 4, NULL);
	change("fewer digests", second + 8, 3, 4, "a digest for each bank");
	change("more digests", second + 8, 0xffffffff, 4, "a digest for each bank");
	change("another bank", second + 12, 0x12, 2, "a digest for each bank");
	change("a bank twice", second + 12 + 22, 4, 2, "a digest for each bank");
	change("event behind the end", second + tpm_record_bytes(&tiny_banks_four, 0) - 4,
	       0xffffffff, 4, "behind the end");
}

/* In another order than the header's, they are still each bank's own. */
static void test_order(void)
{
	const struct tpm_banks other = { { { 0x000b, 32 }, { 0x0004, 20 } }, 2 };
	const struct tpm_banks header = { { { 0x0004, 20 }, { 0x000b, 32 } }, 2 };
	static const uint8_t sha1[20] = { 1 }, sha256[32] = { 2 };
	const struct tpm_record from = { .pcr = 3, .digest = { sha256, sha1 } };
	struct tpm_record r = { 0 };
	uint8_t bytes[128];
	const size_t n = tpm_record_write(&other, &from, bytes, sizeof(bytes));

	require(tpm_record_parse(tiny_bytes(bytes, n), &header, &r, NULL) == 0);
	check(r.digest[0][0] == 1 && r.digest[1][0] == 2);
	check(tpm_record_parse(tiny_bytes(bytes, n + 1), &header, &r, NULL) == -EBADMSG);
	check(tpm_record_parse(tiny_bytes(bytes, n - 1), &header, &r, NULL) == -EBADMSG);
}

/* A log of TPM 1.2 is of SHA-1 alone. */
static void test_old(void)
{
	uint8_t old[2 * 32 + 4] = { 4, [4] = EV_SEPARATOR, [28] = 4, [36] = 5, [36 + 28] = 0 };
	struct tpm_log log;
	struct why why;

	require(tpm_log_open(tiny_bytes(old, sizeof(old)), &log, &why) == 0);
	check(!log.agile && log.begin == 0 && log.banks.n == 1 && log.banks.bank[0].id == 4);
	check(count(log.bytes, &why) == 2);
	check(count(tiny_bytes(old, sizeof(old) - 1), &why) == -EBADMSG);
	old[36] = 99;
	check(count(log.bytes, &why) == -EBADMSG && strstr(why.text, "offset 36: "));
}

static void test_no_room(void)
{
	const struct tpm_record r = { .event = tiny_bytes("x", 1) };
	uint8_t bytes[256];
	const size_t n = tpm_record_bytes(&tiny_banks_four, 1);

	check(tpm_record_write(&tiny_banks_four, &r, bytes, n - 1) == 0);
	check(tpm_record_write(&tiny_banks_four, &r, bytes, n) == n);
	check(tpm_header_write(&tiny_banks_four, bytes, tpm_header_bytes(&tiny_banks_four) - 1) ==
	      0);
}

/* One of a machine, which a test of those hands us. */
static void test_file(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *bytes = malloc(TPM_LOG_MOST_BYTES);
	struct why why = { "" };
	size_t n;
	int n_records;

	require(f && bytes);
	n = fread(bytes, 1, TPM_LOG_MOST_BYTES, f);
	fclose(f);
	n_records = count(tiny_bytes(bytes, n), &why);
	require(n_records > 0);
	test_truncated(tiny_bytes(bytes, n), (unsigned)n_records);
	free(bytes);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		test_file(argv[1]);
		return tap_done();
	}
	test_whole(&tiny_banks_one);
	test_whole(&tiny_banks_four);
	tiny_log_fill(&tiny, &tiny_banks_four);
	test_truncated(tiny_bytes(tiny.bytes, tiny.n), tiny.n_records);
	test_header();
	test_records();
	test_order();
	test_old();
	test_no_room();
	return tap_done();
}
