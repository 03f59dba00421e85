// SPDX-License-Identifier: MIT
/* What was given and is not taken: nothing that is like that may be staged. */
#include "boot/taken.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static struct sources sources; /* too much for a stack */

/* *want is to be in the reason; NULL: all is taken. */
static void expect(const char *what, const struct boot_request *request, unsigned stub,
		   struct run_result run, const char *want)
{
	struct why why = { "" };
	int r = check_taken(request, stub, &sources, &run, &why);

	check_msg(want ? r < 0 && strstr(why.text, want) : r == 0, "%s: %d %s", what, r, why.text);
}

static void expect_cmdline(const char *given, const char *taken, bool arrives)
{
	char *text = strdup(taken);
	const struct boot_request request = { .image = "uki", .cmdline = given };
	const struct run_result run = { .end = FIRMWARE_BOOT, .options.text = text };

	struct run_result told = run;

	expect("--cmdline", &request, 254, run, arrives ? NULL : "did not use --cmdline");
	/* what the kernel reads counts, whoever is asked for it */
	told.told = (struct run_text){ .text = text };
	told.told_most = 2047;
	told.options.text = NULL;
	expect("a kernel", &request, 254, told, arrives ? NULL : "did not use --cmdline");
	expect("a loader's kernel", &request, 0, told,
	       arrives ? NULL : "started a Linux kernel without --cmdline");
	/* without a stub it is the image's own matter */
	expect("no stub", &request, 0, run, NULL);
	check(text && !strcmp(text, taken)); /* it stays as it is, for who shows it */
	free(text);
}

static void test_cmdline(void)
{
	static const char controls[] = "\1of the image root=/dev/vda\tquiet \n";
	const struct boot_request request = { .image = "uki", .cmdline = "quiet" };
	const struct run_result unread = { .end = FIRMWARE_BOOT, .options.why.text = "far away" };

	expect_cmdline("quiet", "quiet", true);
	expect_cmdline(" root=/dev/vda quiet\n", controls, true);
	expect_cmdline("", "of the image", true);
	expect_cmdline("quiet", "", false);
	expect_cmdline("root=/dev/vdb", controls, false);
	expect("a profile in front",
	       &(struct boot_request){ .image = "uki", .cmdline = "@1 quiet" }, 257,
	       (struct run_result){ .end = FIRMWARE_BOOT, .options.text = (char *)"quiet" }, NULL);
	expect("unreadable", &request, 254, unread, "uki: far away");
	expect("unreadable, not asked", &(struct boot_request){ .image = "uki" }, 254, unread,
	       NULL);
}

/* Why a stub did not take it is said as it is. */
static void test_why(void)
{
	static const uint8_t on = 1;
	struct firmware_variable variable = {
		.name = (char *)"SecureBoot",
		.vendor = EFI_GUID(0x8be4df61, 0x93ca, 0x11d2, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03,
				   0x2b, 0x8c),
		.data = { &on, 1 },
	};
	const struct boot_request request = { .image = "uki", .cmdline = "quiet" },
				  control = { .image = "uki", .cmdline = "\1quiet" },
				  program = { .image = "shell", .cmdline = "Shell.EFI -delay 0" };
	char own[] = "own";
	const struct run_result run = { .end = FIRMWARE_BOOT, .options.text = own };
	struct run_result told = run;

	expect("a control character", &control, 254, run, "has a control character in it");
	sources.variables = (struct variable_set){ .variable = &variable, .n = 1 };
	expect("Secure Boot", &request, 254, run, "under Secure Boot");
	sources.variables.n = 0;
	told.told.text = own;
	told.told_most = 2047;
	expect("a program's arguments", &program, 0, told, NULL);
	expect("a stub's are a kernel's", &program, 254, told, "did not use --cmdline");
}

/* Load options, and what Linux's stub has made of them. */
static void test_told(void)
{
	static const struct {
		const char *options, *told, *want;
		uint32_t most;
		bool by_itself;
	} rows[] = {
		{ "quiet", "quiet", NULL, 5, true },
		{ "quiet", "quiet", "has 5 bytes, and the kernel keeps 4", 4, true },
		{ "quiet\n \t", "quiet", NULL, 2047, true },
		{ "quiet", "quiet ", NULL, 2047, true },
		{ "a b\nroot=x", "a b", "line break behind 3 bytes", 2047, true },
		{ "a root=x", "a", "was told 1 bytes of a command line of 8", 4, true },
		{ "root=x", "", "was told 0 bytes of a command line of 6", 4, true },
		{ "a", "b", "was told", 4, true },
		/* a loader has put it there, and its own options are others */
		{ "root=x", "quiet", NULL, 2047, false },
		{ "", "quiet", "keeps 4", 4, false },
		{ NULL, "quiet", NULL, 2047, true },
	};
	const struct boot_request request = { .image = "uki" };

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run_result run = { .end = FIRMWARE_BOOT,
					  .options.text = (char *)rows[i].options,
					  .told.text = (char *)rows[i].told,
					  .told_most = rows[i].most,
					  .told_by_itself = rows[i].by_itself };

		expect(rows[i].told, &request, 0, run, rows[i].want);
	}
	expect("no text", &request, 0,
	       (struct run_result){ .end = FIRMWARE_BOOT, .told_error = -EBADMSG },
	       "lies outside its memory");
	expect("no Linux", &request, 0,
	       (struct run_result){ .end = FIRMWARE_BOOT, .told_error = -ENOENT }, NULL);
}

static void test_initrd(void)
{
	const struct boot_request request = { .image = "kernel", .n_initrds = 1 };
	struct run_result run = { .end = FIRMWARE_BOOT };

	expect("initrd left", &request, 0, run, "kernel: did not read the initrd");
	run.summary.initrd_taken = true;
	expect("initrd taken", &request, 0, run, NULL);
	run.summary.initrd_taken = false;
	/* a program that ends here is no kernel that comes up without it */
	run.end = FIRMWARE_EXITED;
	expect("a program", &request, 0, run, NULL);
}

static void test_unread(void)
{
	const struct boot_request request = { .image = "uki" };
	const struct run_result run = { .end = FIRMWARE_BOOT };

	sources.esp.tree.n_extras = 2; /* the image itself, which nobody gave besides */
	sources.esp.tree.extra[1].given = "a.addon.efi";
	expect("addon left", &request, 254, run, "uki: did not read a.addon.efi");
	sources.esp.tree.extra[1].read = true;
	expect("addon read", &request, 254, run, NULL);
	sources.esp.tree.n_extras = 0;
}

int main(void)
{
	test_cmdline();
	test_why();
	test_told();
	test_initrd();
	test_unread();
	return tap_done();
}
