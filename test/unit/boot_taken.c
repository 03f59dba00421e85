// SPDX-License-Identifier: MIT
/* What was given and is not taken: nothing that is like that may be staged. */
#include "boot/taken.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static struct esp esp; /* too much for a stack */

/* *want is to be in the reason; NULL: all is taken. */
static void expect(const char *what, const struct boot_request *request, unsigned stub,
		   struct run_result run, const char *want)
{
	struct why why = { "" };
	int r = check_taken(request, stub, &esp, &run, &why);

	check_msg(want ? r < 0 && strstr(why.text, want) : r == 0, "%s: %d %s", what, r, why.text);
}

static void expect_cmdline(const char *given, const char *taken, bool arrives)
{
	char *text = strdup(taken);
	const struct boot_request request = { .image = "uki", .cmdline = given };
	const struct run_result run = { .end = FIRMWARE_BOOT, .options.text = text };

	expect("--cmdline", &request, 254, run, arrives ? NULL : "did not take --cmdline");
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
	expect("unreadable", &request, 254, unread, "uki: far away");
	expect("unreadable, not asked", &(struct boot_request){ .image = "uki" }, 254, unread,
	       NULL);
}

static void test_initrd(void)
{
	const struct boot_request request = { .image = "kernel", .n_initrds = 1 };
	struct run_result run = { .end = FIRMWARE_BOOT };

	expect("initrd left", &request, 0, run, "kernel: did not ask for an initrd");
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

	esp.tree.n_extras = 2; /* the image itself, which nobody gave besides */
	esp.tree.extra[1].given = "a.addon.efi";
	expect("addon left", &request, 254, run, "uki: did not read a.addon.efi");
	esp.tree.extra[1].read = true;
	expect("addon read", &request, 254, run, NULL);
	esp.tree.n_extras = 0;
}

int main(void)
{
	test_cmdline();
	test_initrd();
	test_unread();
	return tap_done();
}
