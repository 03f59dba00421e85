// SPDX-License-Identifier: MIT
/* A log read in a process of its own: the same records and PCRs as here, or one reason. */
#include "unit/tiny_log.h"
#include "measure/differ.h"
#include "tap.h"

#include <errno.h>

static struct tiny_log tiny, other;
static struct tpm_pcrs here;

static void test_same(const struct tpm_banks *banks)
{
	struct history h;
	struct why why = { "" };
	struct tpm_record r;
	struct tpm_log log;
	unsigned n = 0, wrong = 0, lost = 0;
	size_t at;

	tiny_log_fill(&tiny, banks);
	require(history_read(tiny_bytes(tiny.bytes, tiny.n), &h, &why) == 0);
	require(tpm_log_open(h.log.bytes, &log, &why) == 0);
	tpm_pcrs_reset(&here, banks);
	for (at = log.begin; tpm_log_next(&log, &at, &r, &why) > 0 && n < h.n; n++) {
		const struct tpm_record *got = &h.record[n].record;

		wrong += got->offset != r.offset || got->pcr != r.pcr || got->type != r.type ||
			 got->event.p != r.event.p || got->event.n != r.event.n ||
			 memcmp(got->digest, r.digest, sizeof(r.digest)) != 0;
		tpm_pcrs_apply(&here, &r, &lost);
	}
	check(n == h.n && n == tiny.n_records && !wrong && !lost && !h.lost);
	check(h.log.agile && h.log.begin == log.begin);
	check(!memcmp(h.replayed->value, here.value, sizeof(here.value)));
	check(!strcmp(h.record[11].text, "\\EFI\\a.efi"));
	history_free(&h);
}

static void test_bad(void)
{
	struct history h;
	struct why why = { "" };

	check(history_read(tiny_bytes("x", 1), &h, &why) == -EBADMSG &&
	      !strcmp(why.text, "offset 0: a record is cut off"));
	check(history_read((struct bytes){ 0 }, &h, &why) == -EBADMSG);
	tiny_log_fill(&tiny, &tiny_banks_four);
	check(history_read(tiny_bytes(tiny.bytes, tiny.n - 1), &h, &why) == -EBADMSG);
	check_msg(strstr(why.text, "behind the end of the log"), "cut off: %s", why.text);
}

/* An empty log of the right kind has no records and PCRs as a reset leaves them. */
static void test_empty(void)
{
	struct history h;
	struct why why = { "" };

	tiny_log_begin(&tiny, &tiny_banks_one);
	require(history_read(tiny_bytes(tiny.bytes, tiny.n), &h, &why) == 0);
	check(h.n == 0 && h.replayed->value[0][17][0] == 0xff && h.replayed->value[0][0][0] == 0);
	history_free(&h);
}

static void test_most_records(void)
{
	const size_t each = 32, n = HISTORY_MOST_RECORDS + 1;
	uint8_t *old = calloc(n, each); /* a log of TPM 1.2, of empty records */
	struct history h;
	struct why why = { "" };

	require(old);
	check(history_read(tiny_bytes(old, n * each), &h, &why) == -E2BIG);
	require(history_read(tiny_bytes(old, (n - 1) * each), &h, &why) == 0);
	check(h.n == HISTORY_MOST_RECORDS);
	history_free(&h);
	free(old);
}

static char told[64];

static void tell(void *context, enum differ_mark mark, unsigned i, unsigned k)
{
	const size_t n = strlen(told);

	if (n + 1 < sizeof(told))
		told[n] = "=-+"[mark];
}

/* Which of six separators each log has, and what is then said of them. */
static void expect_differ(const char *a, const char *b, int want_n, const char *want)
{
	struct history first, second;
	struct why why = { "" };
	int n;

	tiny_log_begin(&tiny, &tiny_banks_one);
	for (; *a; a++)
		tiny_log_add(&tiny, 4, EV_IPL, tiny_bytes(a, 1), tiny_bytes("x", 1));
	tiny_log_begin(&other, &tiny_banks_four);
	for (; *b; b++)
		tiny_log_add(&other, 4, EV_IPL, tiny_bytes(b, 1), tiny_bytes("other text", 10));
	require(history_read(tiny_bytes(tiny.bytes, tiny.n), &first, &why) == 0);
	require(history_read(tiny_bytes(other.bytes, other.n), &second, &why) == 0);
	memset(told, 0, sizeof(told));
	n = differ(&first, &second, tell, NULL, &why);
	check_msg(n == want_n && !strcmp(told, want), "%d %s, wanted %d %s", n, told, want_n, want);
	history_free(&first);
	history_free(&second);
}

static void test_differ(void)
{
	expect_differ("abc", "abc", 0, "===");
	expect_differ("", "", 0, "");
	expect_differ("abc", "", 3, "---");
	expect_differ("", "abc", 3, "+++");
	expect_differ("abc", "axc", 2, "=-+=");
	expect_differ("abc", "abcd", 1, "===+");
	expect_differ("dabc", "abc", 1, "-===");
	expect_differ("aab", "ab", 1, "=-=");
	expect_differ("abcdef", "axcdyf", 4, "=-+==-+=");
}

int main(void)
{
	test_same(&tiny_banks_one);
	test_same(&tiny_banks_four);
	test_bad();
	test_empty();
	test_most_records();
	test_differ();
	return tap_done();
}
