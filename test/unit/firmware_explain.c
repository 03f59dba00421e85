// SPDX-License-Identifier: MIT
#include "firmware/trace/explain.h"
#include "tap.h"

#include <string.h>

static struct explain e;

/* What is printed after n calls. */
static char *printed(uint64_t n)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	require(out);
	explain_print(&e, n, out);
	fclose(out);
	return text;
}

static bool prints(uint64_t n, const char *want)
{
	char *text = printed(n);
	bool same = !strcmp(text, want);

	if (!same)
		printf("# got:\n%s# want:\n%s", text, want);
	free(text);
	return same;
}

static void failure(uint64_t number, efi_status_t status, const char *text)
{
	explain_failure(&e, number, status, text, strlen(text));
}

static void test_calls(void)
{
	char text[8];

	e = (struct explain){ 0 };
	check(prints(0, "no call was made\n"));
	explain_call(&e, 1, "A()", 3);
	explain_call(&e, 2, "B(1)xx", 4);
	explain_result(&e, 2, " = X", 4);
	check(prints(2,
		     "the last of 2 calls:\n      1   A() did not return\n      2   B(1) = X\n"));
	for (unsigned i = 3; i <= EXPLAIN_CALLS + 2; i++) {
		snprintf(text, sizeof(text), "C%u", i);
		explain_call(&e, i, text, strlen(text));
	}
	/* of one that others have been put in the place of */
	explain_result(&e, 1, " = LATE", 7);
	explain_result(&e, 4, " = Y", 4);
	check(prints(EXPLAIN_CALLS + 2,
		     "the last of 14 calls:\n      3   C3 did not return\n      4   C4 = Y\n"
		     "      5   C5 did not return\n      6   C6 did not return\n"
		     "      7   C7 did not return\n      8   C8 did not return\n"
		     "      9   C9 did not return\n     10   C10 did not return\n"
		     "     11   C11 did not return\n     12   C12 did not return\n"
		     "     13   C13 did not return\n     14   C14 did not return\n"));
}

static void test_failures(void)
{
	e = (struct explain){ 0 };
	failure(3, EFI_NOT_FOUND, "Locate(A)");
	failure(4, EFI_DEVICE_ERROR, "Read()");
	failure(5, EFI_NOT_FOUND, "Locate(B)");
	failure(7, EFI_UNSUPPORTED, "Locate(A)");
	failure(9, EFI_NOT_FOUND, "Locate(A)");
	check(prints(0, "asked for, not found:\n"
			"      1 x Locate(B) = EFI_NOT_FOUND, last in call 5\n"
			"      1 x Locate(A) = EFI_UNSUPPORTED, last in call 7\n"
			"      2 x Locate(A) = EFI_NOT_FOUND, last in call 9\n"
			"other failures:\n"
			"      1 x Read() = EFI_DEVICE_ERROR, last in call 4\n"
			"no call was made\n"));
}

static void test_many(void)
{
	char text[16], *out;

	e = (struct explain){ 0 };
	for (unsigned i = 1; i <= EXPLAIN_FAILURES + 2; i++) {
		snprintf(text, sizeof(text), "<%u>", i);
		failure(i, EFI_NOT_FOUND, text);
		failure(1000 + i, EFI_NOT_FOUND, "<2>");
	}
	out = printed(0);
	check_msg(!strstr(out, "<1>") && !strstr(out, "<3>") && strstr(out, "<4>"),
		  "those of longest ago make room");
	check_msg(strstr(out, "51 x <2>") && strstr(out, "<50>"), "the latest stay");
	free(out);
}

static void test_long(void)
{
	char text[EXPLAIN_BYTES + 1], *out;

	memset(text, 'a', sizeof(text));
	e = (struct explain){ 0 };
	failure(1, EFI_NOT_FOUND, "");
	explain_failure(&e, 2, EFI_NOT_FOUND, text, EXPLAIN_BYTES - 1);
	check(strlen(e.failure[1].text) == EXPLAIN_BYTES - 1);
	/* a character of three bytes where it would be cut */
	memcpy(text + EXPLAIN_BYTES - 6, "\xe2\x82\xac", 3);
	explain_call(&e, 1, text, sizeof(text));
	check(strlen(e.call[1].text) == EXPLAIN_BYTES - 3 &&
	      !strcmp(e.call[1].text + EXPLAIN_BYTES - 8, "aa..."));
	out = printed(1);
	check(strstr(out, "... did not return"));
	free(out);
}

int main(void)
{
	test_calls();
	test_failures();
	test_many();
	test_long();
	return tap_done();
}
