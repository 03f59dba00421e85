// SPDX-License-Identifier: MIT
/* One report that holds, and everything that can be wrong with it, one by one. */
#include "keeper/message.h"
#include "tap.h"
#include "unit_machine.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { ENDS = 4, BOOT = 1, GIVEN = 3 };

static const struct ram_range ram[] = { { 0x10000, 0x80000 },
					{ 0x100000, 0x400000 },
					{ 0x100000000, 0x100800000 } };
static const struct tpm_banks banks = { { { 4, 20 }, { 0x0b, 32 } }, 2 };
static const struct report_terms terms = {
	.ram = ram,
	.n_ram = ARRAY_SIZE(ram),
	.resume = { 0x300000, 0x340000 },
	.n_ends = ENDS,
	.boot_end = BOOT,
	.n_given = GIVEN,
	.banks = &banks,
};
static struct ram_range pages[] = { { 0x100000, 0x200000 },
				    { 0x210000, 0x300000 },
				    { 0x340000, 0x350000 },
				    { 0x100000000, 0x100200000 } };
static struct ram_range secret[] = { { 0x3f0000, 0x3f1000 }, { 0x100000, 0x101000 } };

static uint8_t measured[512];
static size_t n_measured, n_first;

/* Two measurements: one that is extended, one that is logged alone. */
static void fill_measured(void)
{
	const struct tpm_record one = { .pcr = 11, .type = EV_IPL, .event = { measured, 3 } };
	const struct tpm_record other = { .pcr = 0, .type = EV_NO_ACTION };

	n_first = measured_write(&banks, MEASURED_LOGGED | MEASURED_EXTENDED, &one, measured,
				 sizeof(measured));
	n_measured = n_first + measured_write(&banks, MEASURED_LOGGED, &other, measured + n_first,
					      sizeof(measured) - n_first);
}

static void fill(struct report *r)
{
	fill_measured();
	memset(r, 0, sizeof(*r));
	*r = (struct report){
		.end = BOOT,
		.entry = 0x123456,
		.n_calls = 99,
		.image_ns = 1,
		.service_ns = 2,
		.wanted_bytes = 3,
		.initrd_taken = true,
		.frozen = true,
		.options = (char *)"root=/dev/sda1 quiet",
		.told = (char *)"root=/dev/sda1",
		.told_most = 14,
		.told_by_itself = true,
		.initrd = { 0x220001, 0x230003 },
		.pages = pages,
		.n_pages = ARRAY_SIZE(pages),
		.secret = secret,
		.n_secret = ARRAY_SIZE(secret),
		.seed = { 0x100100, 0x100120 },
		.measured = { measured, n_measured },
	};
	r->regs = unit_regs(0x1fffff, 0x300000, 0);
	unit_state_possible(&r->regs, &r->fpu);
	r->was_read[GIVEN - 1] = true;
	r->bytes_by_type[2] = 5;
}

/* Encoded, changed by whom it concerns, decoded: 0 or the error, and its reason. */
static int through(struct report *r, struct report *ret, struct why *why)
{
	uint8_t *bytes;
	size_t n;
	int e;

	require(report_encode(r, &bytes, &n, why) == 0);
	require(report_bytes((struct bytes){ bytes, n }) == n);
	e = report_decode((struct bytes){ bytes, n }, &terms, ret, why);
	free(bytes);
	return e;
}

static void test_whole(void)
{
	struct report r, got;
	struct why why;

	fill(&r);
	require(through(&r, &got, &why) == 0);
	check(got.frozen && got.end == BOOT && got.n_calls == 99 && got.wanted_bytes == 3 &&
	      got.initrd_taken);
	check(got.n_pages == r.n_pages && !memcmp(got.pages, pages, sizeof(pages)));
	check(got.n_secret == 2 && !memcmp(got.secret, secret, sizeof(secret)));
	check(!strcmp(got.options, r.options) && got.initrd.end == 0x230003);
	check(!strcmp(got.told, r.told) && got.told_most == 14 && got.told_by_itself);
	check(!memcmp(&got.regs, &r.regs, sizeof(r.regs)));
	check(!memcmp(&got.fpu, &r.fpu, sizeof(r.fpu)));
	check(got.was_read[2] && !got.was_read[1] && got.bytes_by_type[2] == 5);
	check(got.seed.start == 0x100100);
	check(got.measured.n == n_measured && !memcmp(got.measured.p, measured, n_measured));
	report_free(&got);
	/* none of this has to be there */
	r.seed = r.initrd = (struct ram_range){ 0, 0 };
	r.measured.n = 0;
	r.n_secret = 0;
	memset(&r.fpu, 0, sizeof(r.fpu));
	r.options = NULL;
	r.options_error = -EBADMSG;
	r.told = NULL;
	r.told_error = -ENOENT;
	require(through(&r, &got, &why) == 0);
	check(got.options == NULL && got.options_error == -EBADMSG);
	check(got.told == NULL && got.told_error == -ENOENT);
	report_free(&got);
}

static void test_not_frozen(void)
{
	struct report r = { .error = -ENOMEM,
			    .why = { "\033[31m \xc3\xa4\n of it \xff, \xed\xa0\x80, \xc2\x9b" } },
		      got;
	struct why why;

	require(through(&r, &got, &why) == 0);
	check(got.error == -ENOMEM && !got.frozen);
	check_msg(!strcmp(got.why.text, "?[31m \xc3\xa4? of it ?, ???, ??"), "text: %s",
		  got.why.text);
	report_free(&got);
	r = (struct report){ .end = 0, .status = 1ULL << 63 | 14 };
	require(through(&r, &got, &why) == 0);
	check(got.status == (1ULL << 63 | 14));
	report_free(&got);
}

/* What a field is to be, and what is then said to be wrong. */
#define BAD(what, ...)                                                                             \
	do {                                                                                       \
		struct report r, got;                                                              \
		struct why why = { "" };                                                           \
		int e;                                                                             \
                                                                                                   \
		fill(&r);                                                                          \
		memcpy(changed, pages, sizeof(pages));                                             \
		r.pages = changed;                                                                 \
		memcpy(other, secret, sizeof(secret));                                             \
		r.secret = other;                                                                  \
		__VA_ARGS__;                                                                       \
		e = through(&r, &got, &why);                                                       \
		check_msg(e == -EBADMSG && strstr(why.text, what), "%s: %s", #__VA_ARGS__,         \
			  e ? why.text : "taken");                                                 \
		if (e == 0)                                                                        \
			report_free(&got);                                                         \
	} while (0)

static void test_pages(void)
{
	static struct ram_range changed[ARRAY_SIZE(pages)], other[ARRAY_SIZE(secret)];

	BAD("frozen pages", r.n_pages = 0);
	BAD("frozen pages", changed[0].start += 1);
	BAD("frozen pages", changed[0].end -= 1);
	BAD("frozen pages", changed[0].end = changed[0].start);
	BAD("frozen pages", changed[0].start = changed[0].end + 0x1000);
	BAD("frozen pages", changed[0].start = 0xff000);
	BAD("frozen pages", changed[0] = ((struct ram_range){ 0, 0x1000 }));
	BAD("frozen pages", changed[0] = ((struct ram_range){ 0x7f000, 0x101000 }));
	BAD("frozen pages", changed[1].start = changed[0].start);
	BAD("frozen pages", changed[1].start = 0x1ff000);
	BAD("frozen pages", changed[1].end = 0x301000); /* into what is kept free */
	BAD("frozen pages", changed[2].start = 0x33f000);
	BAD("frozen pages", changed[3].end = 0x100801000);
	BAD("frozen pages", changed[3] = ((struct ram_range){ 0x100000, 0x200000 }));
	BAD("frozen pages", changed[3] = ((struct ram_range){ 0x200000000, 0x200001000 }));
	BAD("frozen pages", changed[3].end = UINT64_MAX - 0xfff);
	BAD("random numbers", other[0].start += 8);
	BAD("random numbers", other[0].end = other[0].start);
	BAD("random numbers", other[1].start = 0xf000);
	BAD("random numbers", other[1].end = 0x100801000);
	BAD("random numbers", other[1].end = 0xfffffffffffff000);
}

static void test_state(void)
{
	static struct ram_range changed[ARRAY_SIZE(pages)], other[ARRAY_SIZE(secret)];

	const uint64_t sp = 0x300000;

	BAD("registers", unit_stand(&r.regs, 0x200000, sp));
	BAD("registers", unit_stand(&r.regs, 0, sp));
	BAD("registers", unit_stand(&r.regs, 0x300000, sp));
	BAD("registers", unit_stand(&r.regs, UINT64_MAX, sp));
	BAD("registers", machine_set_sp(&r.regs, 0x100000));
	BAD("registers", machine_set_sp(&r.regs, 4));
	BAD("registers", machine_set_sp(&r.regs, 0));
	BAD("registers", machine_set_sp(&r.regs, 0x300008));
	BAD("registers", machine_set_sp(&r.regs, UINT64_MAX));
	for (unsigned i = 0; i < UNIT_BAD_REGS; i++)
		BAD("registers", unit_regs_bad(&r.regs, i));
	for (unsigned i = 0; i < UNIT_BAD_FPU; i++)
		BAD("FPU", unit_fpu_bad(&r.fpu, i));
	BAD("seed", r.seed.start = 0xfffff);
	BAD("seed", r.seed.end = r.seed.start);
	BAD("seed", r.seed.end = 0x200001);
	BAD("seed", r.seed = ((struct ram_range){ 0x200000, 0x200020 }));
	BAD("seed", r.seed.end = 0);
	BAD("initrd", r.initrd.end = 0x300001);
	BAD("initrd", r.initrd.start = 0x310000);
	BAD("initrd", r.initrd.end = UINT64_MAX);
}

/* Offsets: flags, length, PCR, type, digests, event. */
static void test_measured(void)
{
	static struct ram_range changed[ARRAY_SIZE(pages)], other[ARRAY_SIZE(secret)];

	BAD("measurements", r.measured.n -= 1);
	BAD("measurements", r.measured.n = 7);
	BAD("measurements", measured[0] = 0);
	BAD("measurements", measured[0] = 7);
	BAD("measurements", measured[0] = MEASURED_UNLOGGED);
	BAD("measurements", measured[0] = MEASURED_UNLOGGED | MEASURED_LOGGED);
	BAD("measurements", measured[3] = 1);
	BAD("measurements", measured[4] += 1);
	BAD("measurements", measured[7] = 0xff);
	BAD("measurements", measured[8] = 24);
	BAD("measurements", measured[8] = 17);
	BAD("measurements", measured[11] = 0xff);
	BAD("measurements", measured[12] = EV_NO_ACTION);
	BAD("measurements", measured[16] = 1);
	BAD("measurements", measured[20] = 0x0c);
	BAD("measurements", measured[n_first] = MEASURED_EXTENDED);
	BAD("measurements", measured[n_first + 8] = 24);
	BAD("measurements", measured[n_first + 12] = EV_IPL);
}

/* Who was shown no TPM has measured nothing. */
static void test_no_tpm(void)
{
	struct report_terms none = terms;
	struct report r, got;
	struct why why = { "" };
	uint8_t *bytes;
	size_t n;

	none.banks = NULL;
	for (unsigned i = 0; i < 2; i++) {
		fill(&r);
		if (!i)
			r.measured.n = 0;
		require(report_encode(&r, &bytes, &n, &why) == 0);
		check(report_decode((struct bytes){ bytes, n }, &none, &got, &why) ==
		      (i ? -EBADMSG : 0));
		if (!i)
			report_free(&got);
		free(bytes);
	}
}

/* A report of a run that has not booted. */
static void nothing(struct report *r)
{
	*r = (struct report){ .error = -1 };
}

static void test_head(void)
{
	static struct ram_range changed[ARRAY_SIZE(pages)], other[ARRAY_SIZE(secret)];

	BAD("an end", r.end = ENDS);
	BAD("an end", r.end = UINT32_MAX);
	BAD("an end", r.end = 0);
	BAD("an end", r.frozen = false);
	BAD("an end", r.error = -1);
	BAD("an end", r.error = 1);
	BAD("an end", r.error = INT32_MIN);
	BAD("a summary", r.options_error = 2; r.options = NULL);
	BAD("a summary", r.initrd_error = -5000);
	BAD("load options", r.options_error = -EBADMSG);
	BAD("a summary", r.told_error = 1; r.told = NULL);
	BAD("a command line", r.told_error = -ENOENT);
	BAD("files read", r.was_read[GIVEN] = true);
	BAD("a text", memset(&r.why, 'x', sizeof(r.why)));
	BAD("a text", memset(&r.options_why, 'x', sizeof(r.why)));
	BAD("a text", memset(&r.initrd_why, 'x', sizeof(r.why)));
	BAD("an end", nothing(&r); r.error = 1);
	BAD("an end", nothing(&r); r.error = INT32_MIN);
	BAD("an end", nothing(&r); r.end = ENDS);
	/* not frozen, and yet */
	BAD("a frozen state", r.end = 0; r.frozen = false);
	BAD("a frozen state", r.end = 0; r.frozen = false; r.n_pages = r.n_secret = 0;
	    r.options = NULL; r.initrd = (struct ram_range){ 0, 0 });
	BAD("a frozen state", r.end = 0; r.frozen = false; r.n_pages = r.n_secret = 0;
	    r.options = NULL; r.initrd = r.seed = (struct ram_range){ 0, 0 });
	BAD("a frozen state", r.end = 0; r.frozen = false; r.n_pages = r.n_secret = 0;
	    r.options = NULL; r.initrd = r.seed = (struct ram_range){ 0, 0 }; r.measured.n = 0);
}

/* Not frozen, with one thing of what is frozen: each alone. */
static void test_not_frozen_with(void)
{
	static struct ram_range changed[ARRAY_SIZE(pages)], other[ARRAY_SIZE(secret)];

	BAD("a frozen state", nothing(&r); r.pages = changed; r.n_pages = 1);
	BAD("a frozen state", nothing(&r); r.secret = other; r.n_secret = 1);
	BAD("a frozen state", nothing(&r); r.options = (char *)"x");
	BAD("a frozen state", nothing(&r); r.options_error = -EBADMSG);
	BAD("a frozen state", nothing(&r); r.measured = (struct bytes){ measured, n_first });
	BAD("a frozen state", nothing(&r); r.initrd_error = -EBADMSG);
	BAD("a frozen state", nothing(&r); r.told = (char *)"x");
	BAD("a frozen state", nothing(&r); r.told_error = -ENOENT);
	BAD("a frozen state", nothing(&r); r.told_most = 1);
	BAD("a frozen state", nothing(&r); r.told_by_itself = true);
	BAD("a frozen state", nothing(&r); r.seed = secret[0]);
	BAD("a frozen state", nothing(&r); r.initrd = secret[0]);
}

/* The message of a, and where in its head that of b differs: a count, or a single byte. */
static uint8_t *encode_both(const struct report *a, const struct report *b, size_t *ret_n,
			    size_t *ret_at)
{
	enum { BEHIND_LENGTH = 8 };
	uint8_t *bytes, *others;
	size_t n_others, at = BEHIND_LENGTH;
	struct why why;

	require(report_encode(a, &bytes, ret_n, &why) == 0);
	require(report_encode(b, &others, &n_others, &why) == 0);
	while (bytes[at] == others[at])
		at++;
	free(others);
	*ret_at = at;
	return bytes;
}

/* The message is as long as its counts say, and one of them is more than may be. */
static void check_count(const char *name, const struct report *fewer, uint64_t most, size_t unit)
{
	uint8_t *bytes, *larger;
	struct report r, got;
	size_t n, at, n_larger;
	struct why why = { "" };
	uint32_t count;

	fill(&r);
	bytes = encode_both(&r, fewer, &n, &at);
	at &= ~(size_t)3;
	memcpy(&count, bytes + at, 4);
	n_larger = n + (most + 1 - count) * unit;
	larger = calloc(1, n_larger);
	require(larger != NULL);
	memcpy(larger, bytes, n);
	memcpy(larger + 4, &(uint32_t){ (uint32_t)n_larger }, 4);
	memcpy(larger + at, &(uint32_t){ (uint32_t)most + 1 }, 4);
	check_msg(report_decode((struct bytes){ larger, n_larger }, &terms, &got, &why) ==
				  -EBADMSG &&
			  strstr(why.text, "lengths"),
		  "too many %s: %s", name, why.text);
	free(larger);
	free(bytes);
}

static void test_each_count(void)
{
	struct report r;

	fill(&r);
	r.n_pages--;
	check_count("pages", &r, REPORT_MOST_PAGES, sizeof(struct ram_range));
	fill(&r);
	r.n_secret--;
	check_count("secret ranges", &r, REPORT_MOST_SECRETS, sizeof(struct ram_range));
	fill(&r);
	r.options = (char *)"x";
	check_count("bytes of options", &r, REPORT_OPTIONS_BYTES, 1);
	fill(&r);
	r.told = (char *)"x";
	check_count("bytes of what it was told", &r, REPORT_OPTIONS_BYTES, 1);
	fill(&r);
	r.measured.n = n_first;
	check_count("bytes of measurements", &r, MEASURED_MOST_BYTES, 1);
}

/* One byte more than the counts come to, which the length knows. */
static void test_byte_behind(void)
{
	uint8_t *bytes, *longer;
	struct report r, got;
	struct why why = { "" };
	size_t n;

	fill(&r);
	require(report_encode(&r, &bytes, &n, &why) == 0);
	longer = calloc(1, n + 1);
	require(longer != NULL);
	memcpy(longer, bytes, n);
	memcpy(longer + 4, &(uint32_t){ (uint32_t)n + 1 }, 4);
	check(report_decode((struct bytes){ longer, n + 1 }, &terms, &got, &why) == -EBADMSG &&
	      strstr(why.text, "lengths"));
	free(longer);
	free(bytes);
}

/* What is yes or no, and says something else. */
static void check_bool(const char *what, size_t field)
{
	struct report r, flipped, got;
	struct why why = { "" };
	uint8_t *bytes;
	size_t n, at;
	bool *flag = (bool *)((uint8_t *)&flipped + field);

	fill(&r);
	fill(&flipped);
	*flag = !*flag;
	bytes = encode_both(&r, &flipped, &n, &at);
	bytes[at] = 2;
	check_msg(report_decode((struct bytes){ bytes, n }, &terms, &got, &why) == -EBADMSG &&
			  strstr(why.text, what),
		  "%s: %s", what, why.text);
	free(bytes);
}

static void test_bools(void)
{
	check_bool("an end", offsetof(struct report, frozen));
	check_bool("a summary", offsetof(struct report, initrd_taken));
	check_bool("a summary", offsetof(struct report, told_by_itself));
	check_bool("files read", offsetof(struct report, was_read));
	check_bool("files read", offsetof(struct report, was_read) + GIVEN - 1);
}

static void test_lengths(void)
{
	uint8_t *bytes, *longer;
	struct report r, got;
	struct why why;
	size_t n;

	fill(&r);
	require(report_encode(&r, &bytes, &n, &why) == 0);
	check(n < report_most_bytes());
	for (size_t cut = 0; cut < n; cut += cut < 64 || cut + 64 > n ? 1 : 61)
		if (report_decode((struct bytes){ bytes, cut }, &terms, &got, &why) != -EBADMSG)
			check_msg(false, "%zu of %zu bytes are taken", cut, n);
	longer = calloc(1, n + 1);
	require(longer != NULL);
	memcpy(longer, bytes, n);
	check(report_decode((struct bytes){ longer, n + 1 }, &terms, &got, &why) == -EBADMSG);
	/* an unreasonable length is refused as soon as it is seen, not waited for */
	memset(longer + 4, 0xff, 4);
	check(report_bytes((struct bytes){ longer, n }) == n);
	check(report_decode((struct bytes){ longer, n }, &terms, &got, &why) == -EBADMSG);
	check(report_bytes((struct bytes){ longer, 100 }) == 0);
	memcpy(longer, bytes, n);
	longer[0] ^= 1;
	check(report_decode((struct bytes){ longer, n }, &terms, &got, &why) == -EBADMSG);
	/* a 0 in the middle of the options */
	bytes[n - n_measured - 3] = 0;
	check(report_decode((struct bytes){ bytes, n }, &terms, &got, &why) == -EBADMSG);
	free(longer);
	free(bytes);
	r.measured.n = MEASURED_MOST_BYTES + 1;
	check(report_encode(&r, &bytes, &n, &why) == -E2BIG && strstr(why.text, "measures"));
	r.measured.n = 0;
	r.n_pages = REPORT_MOST_PAGES + 1;
	check(report_encode(&r, &bytes, &n, &why) == -E2BIG && strstr(why.text, "pieces"));
}

/* No number of the message but leads to what is there, or the message is refused. */
static void test_counts(void)
{
	static const uint32_t values[] = { 0, 1, 3, 5, 0x10000, 0x7fffffff, 0xffffffff };
	uint8_t *bytes, *changed;
	struct report r, got;
	unsigned taken = 0;
	struct why why;
	size_t n;

	fill(&r);
	require(report_encode(&r, &bytes, &n, &why) == 0);
	changed = malloc(n);
	require(changed != NULL);
	for (size_t at = 0; at + 4 <= n; at += 4)
		for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(changed, bytes, n);
			memcpy(changed + at, &values[i], 4);
			if (report_decode((struct bytes){ changed, n }, &terms, &got, &why) < 0)
				continue;
			taken++;
			if (got.n_pages != r.n_pages || got.n_secret != r.n_secret ||
			    strlen(got.options) != strlen(r.options))
				check_msg(false, "other lengths, of %u at %zu", values[i], at);
			report_free(&got);
		}
	/* a register may be anything */
	check_msg(taken > 100, "%u of them are taken", taken);
	free(changed);
	free(bytes);
}

int main(void)
{
	test_whole();
	test_not_frozen();
	test_pages();
	test_state();
	test_measured();
	test_no_tpm();
	test_head();
	test_not_frozen_with();
	test_each_count();
	test_byte_behind();
	test_bools();
	test_lengths();
	test_counts();
	return tap_done();
}
