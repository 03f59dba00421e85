// SPDX-License-Identifier: MIT
/* What is said of each kind of record, and of one that is not what its type says. */
#include "unit/tiny_log.h"
#include "tpm/describe.h"
#include "tap.h"

static void expect(uint32_t type, const void *event, size_t n, const char *want)
{
	const struct tpm_record r = { .type = type, .event = { event, n } };
	char text[TPM_TEXT_BYTES];

	tpm_describe(&r, text);
	check_msg(!strcmp(text, want), "%#x: \"%s\", wanted \"%s\"", type, text, want);
}

/* Of the records of a log, one behind the other. */
static void test_log(void)
{
	static const char *const want[] = {
		"StartupLocality",
		"1.0",
		"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c, 1 bytes",
		"00000000",
		"00000000",
		"00000000",
		"00000000",
		"00000000",
		"00000000",
		"00000000",
		"00000000",
		"\\EFI\\a.efi",
		".linux",
		"quiet",
		"0x8f3b22ec Linux initrd",
		"Exit Boot Services Invocation",
	};
	static struct tiny_log tiny;
	struct tpm_record r;
	struct tpm_log log;
	char text[TPM_TEXT_BYTES];
	unsigned n = 0;
	size_t at;

	tiny_log_fill(&tiny, &tiny_banks_four);
	require(tpm_log_open(tiny_bytes(tiny.bytes, tiny.n), &log, NULL) == 0);
	for (at = log.begin; tpm_log_next(&log, &at, &r, NULL) > 0; n++) {
		tpm_describe(&r, text);
		check_msg(n < ARRAY_SIZE(want) && !strcmp(text, want[n]), "%u: %s", n, text);
	}
	check(n == ARRAY_SIZE(want));
}

static void test_odd(void)
{
	static const uint8_t error[] = { 1, 0, 0, 0 }, bytes[] = { 1, 2, 0xff };
	static uint8_t many[1000], gpt[100] = { [92] = 3 };
	uint8_t wide[64];
	size_t n;

	expect(EV_SEPARATOR, error, sizeof(error), "after an error");
	expect(EV_IPL, "", 0, "");
	expect(EV_IPL, bytes, sizeof(bytes), "0102ff");
	expect(0x12345, bytes, sizeof(bytes), "0102ff");
	expect(EV_EVENT_TAG, bytes, sizeof(bytes), "0102ff");
	expect(0x80000001, bytes, sizeof(bytes), "0102ff");
	expect(EV_EFI_BOOT_SERVICES_APPLICATION, bytes, sizeof(bytes), "no file");
	expect(0x80000006, gpt, sizeof(gpt), "3 partitions");
	expect(0x80000006, gpt, 99,
	       "00000000000000000000000000000000000000000000000000000000000000"
	       "00... (99 bytes)");
	memset(many, 'x', sizeof(many));
	/* a tag, and a variable's name, that reach behind the end */
	expect(EV_EVENT_TAG, many, 12, "787878787878787878787878");
	memset(wide, 0x7f, sizeof(wide));
	expect(0x80000002, wide, 32,
	       "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f");
	/* a terminal is not to obey: that is up to who prints it, and it has an end */
	expect(EV_IPL, "\033[31m", 5, "1b5b33316d");
	n = tiny_utf16("kernel", wide);
	wide[n] = wide[n + 1] = 0;
	expect(EV_IPL, wide, n + 2, "kernel");
}

static void test_long(void)
{
	static uint8_t many[2000];
	char text[TPM_TEXT_BYTES];

	memset(many, 'x', sizeof(many));
	tpm_describe(&(struct tpm_record){ .type = EV_IPL, .event = { many, sizeof(many) } }, text);
	check(strlen(text) == TPM_TEXT_BYTES - 1);
	for (unsigned i = 1; i < sizeof(many); i += 2)
		many[i] = 0;
	tpm_describe(&(struct tpm_record){ .type = EV_IPL, .event = { many, sizeof(many) } }, text);
	check(strlen(text) == TPM_TEXT_BYTES - 1);
}

int main(void)
{
	test_log();
	test_odd();
	test_long();
	check(!strcmp(tpm_type_name(EV_IPL), "EV_IPL") && !tpm_type_name(0x12345));
	return tap_done();
}
