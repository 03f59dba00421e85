// SPDX-License-Identifier: MIT
/* Names, type 1 files and what unified kernel images say, as entries of a boot menu. */
#include "menu/entry.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void test_names(void)
{
	static const struct {
		const char *name, *suffix, *id;
		int left, done;
	} rows[] = {
		{ "a.conf", ".conf", "a.conf", -1, -1 },
		{ "a+3.conf", ".conf", "a.conf", 3, -1 },
		{ "a+3-1.conf", ".conf", "a.conf", 3, 1 },
		{ "a+0-12.efi", ".efi", "a.efi", 0, 12 },
		{ "a+b+2.CONF", ".conf", "a+b.CONF", 2, -1 },
		{ "a+2147483647.conf", ".conf", "a.conf", 2147483647, -1 },
		/* no counters of anybody's */
		{ "a+2147483648.conf", ".conf", "a+2147483648.conf", -1, -1 },
		{ "a+99999999999999999999.conf", ".conf", "a+99999999999999999999.conf", -1, -1 },
		{ "a+.conf", ".conf", "a+.conf", -1, -1 },
		{ "a+3-.conf", ".conf", "a+3-.conf", -1, -1 },
		{ "a+3-1-1.conf", ".conf", "a+3-1-1.conf", -1, -1 },
		{ "a+x.conf", ".conf", "a+x.conf", -1, -1 },
		{ "a+3x.conf", ".conf", "a+3x.conf", -1, -1 },
		{ "+3.conf", ".conf", "+3.conf", -1, -1 },
		/* no names */
		{ "a.conf", ".efi", NULL, 0, 0 },
		{ ".conf", ".conf", NULL, 0, 0 },
		{ ".a.conf", ".conf", NULL, 0, 0 },
		{ "", ".conf", NULL, 0, 0 },
		{ "a b.conf", ".conf", NULL, 0, 0 },
		{ "a@b.efi", ".efi", NULL, 0, 0 },
		{ "\xc3\xa4.conf", ".conf", NULL, 0, 0 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct menu_entry e = { 0 };
		const int r = menu_entry_name(rows[i].name, rows[i].suffix, &e);

		check_msg(rows[i].id ? r == 0 && same(e.id, rows[i].id) &&
					       e.tries_left == rows[i].left &&
					       e.tries_done == rows[i].done
				     : r == -EINVAL && !e.id,
			  "'%s': %d %s %d %d", rows[i].name, r, e.id ? e.id : "-", e.tries_left,
			  e.tries_done);
		menu_entry_free(&e);
	}
}

static void test_all_keys(void)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "title\t Debian  12 \r\n"
				   "version 6.1\n"
				   "machine-id 4098\n"
				   "sort-key deb\n"
				   "architecture X64\n"
				   "linux  /a//./b/vmlinuz\n"
				   "initrd one\n"
				   "  initrd \\two\\three \n"
				   "options root=/dev/sda1  ro\n"
				   "options\n"
				   "options quiet\n"
				   "grub_class debian\n"
				   "what";
	struct menu_entry e = { 0 };
	struct why why = { "" };

	require(menu_entry_parse(text_of(text), &e, &why) == 0);
	check(e.type == MENU_TYPE1 && same(e.title, "Debian  12") && same(e.version, "6.1"));
	check(same(e.machine_id, "4098") && same(e.sort_key, "deb"));
	check(same(e.architecture, "X64") && same(e.kernel, "/a/b/vmlinuz") && !e.efi);
	check(e.n_initrds == 2 && same(e.initrd[0], "/one") && same(e.initrd[1], "/two/three"));
	check(same(e.options, "root=/dev/sda1  ro quiet"));
	check(!e.why_not.text[0]);
	menu_entry_judge(&e, "x64");
	check(!e.absent && !e.why_not.text[0]);
	menu_entry_judge(&e, "aa64");
	check(e.absent && strstr(e.why_not.text, "X64") && strstr(e.why_not.text, "aa64"));
	menu_entry_free(&e);
}

/* What bardo does not boot, and which line says why. */
static void test_why_not(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "linux /a\ndevicetree /b.dtb\n", "line 2: devicetree: no kernel" },
		{ "linux /a\ndevicetree-overlay /b /c\n", "line 2: devicetree-overlay:" },
		{ "uki-url http://x/y.efi\n", "line 1: uki-url:" },
		{ "linux /a\nextra /b.cred\n", "line 2: extra:" },
		{ "linux /a\noptions $kernelopts\n", "line 2: options: has a variable" },
		{ "linux /a\noptions ro\t$tuned\n", "line 2: options: has a variable" },
		{ "linux /a\ninitrd ../b\n", "line 2: initrd: is not the path" },
		{ "linux /a/../b\n", "line 1: linux: is not the path" },
		{ "linux /a/\n", "line 1: linux: is not the path" },
		{ "linux /\n", "line 1: linux: is not the path" },
		{ "efi .\n", "line 1: efi: is not the path" },
		{ "linux a\ninitrd b/.\nextra c", "line 2: initrd: is not the path" },
		{ "title x\n", "names no kernel" },
		{ "linux\n", "names no kernel" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct menu_entry e = { 0 };
		struct why why = { "" };
		const int r = menu_entry_parse(text_of(rows[i].text), &e, &why);
		const bool told = e.why_not.text[0];

		if (!told)
			menu_entry_judge(&e, "x64");
		check_msg(r == 0 && strstr(e.why_not.text, rows[i].why), "%s: %s", rows[i].why,
			  e.why_not.text);
		menu_entry_free(&e);
	}
}

static void test_a_dollar_inside(void)
{
	struct menu_entry e = { 0 };

	check(menu_entry_parse(text_of("linux a\noptions x=$y"), &e, NULL) == 0);
	check(!e.why_not.text[0] && same(e.options, "x=$y"));
	menu_entry_free(&e);
}

static void check_limit(struct bytes text, const char *want)
{
	struct menu_entry e = { 0 };
	struct why why = { "" };
	const int r = menu_entry_parse(text, &e, &why);

	check_msg(want ? r == -EINVAL && strstr(why.text, want) : r == 0, "%s: %d %s",
		  want ? want : "within the limits", r, why.text);
	menu_entry_free(&e);
}

static void test_limits(void)
{
	static char text[MENU_FILE_BYTES + 1];
	struct menu_entry e = { 0 };
	size_t n = 0;

	memset(text, ' ', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 100)
		text[i] = '\n';
	check_limit((struct bytes){ (uint8_t *)text, MENU_FILE_BYTES }, NULL);
	check_limit((struct bytes){ (uint8_t *)text, sizeof(text) }, "65537 bytes, more than");
	memset(text, 'x', sizeof(text));
	text[1] = '\n';
	text[2 + MENU_LINE_BYTES] = '\n';
	check_limit((struct bytes){ (uint8_t *)text, 3 + MENU_LINE_BYTES }, NULL);
	text[2 + MENU_LINE_BYTES] = 'x';
	check_limit((struct bytes){ (uint8_t *)text, 3 + MENU_LINE_BYTES }, "line 2: is longer");
	check_limit((struct bytes){ (const uint8_t *)"linux a\nti\0tle b", 16 },
		    "line 2: contains a NUL");
	for (unsigned i = 0; i < MENU_INITRDS + 1; i++)
		n += (size_t)sprintf(text + n, "initrd %u\n", i);
	check(menu_entry_parse((struct bytes){ (uint8_t *)text, n }, &e, NULL) == 0);
	check(e.n_initrds == MENU_INITRDS && strstr(e.why_not.text, "line 65: initrd"));
	menu_entry_free(&e);
}

static void check_unified(const struct menu_unified *u, const char *id, const char *title,
			  const char *version, const char *sort_key, const char *options)
{
	struct menu_entry e = { 0 };
	struct why why = { "" };
	int r = menu_entry_name("foo+1.efi", ".efi", &e);

	if (r == 0)
		r = menu_entry_unified(u, &e, &why);
	check_msg(title ? r == 0 && same(e.id, id) && same(e.title, title) &&
				  same(e.version, version) && same(e.sort_key, sort_key) &&
				  same(e.options, options)
			: r == -EBADMSG,
		  "%s %s %s %s %s", e.id, e.title, e.version, e.sort_key, why.text);
	menu_entry_free(&e);
}

static void test_unified(void)
{
	struct menu_unified u = { 0 };

	u.osrel = text_of("ID=debian\nVERSION_ID=12\nPRETTY_NAME=\"Debian 12\"\nNAME=Debian\n");
	u.cmdline = (struct bytes){ (const uint8_t *)" root=x\nquiet \n\0behind", 23 };
	check_unified(&u, "foo.efi", "Debian 12", "12", "debian", "root=x\nquiet");
	u.cmdline.n = 0;
	u.osrel = text_of("IMAGE_ID=img\nIMAGE_VERSION=7\nID=x\nVERSION=1\nPRETTY_NAME=\n");
	check_unified(&u, "foo.efi", "img", "7", "img", NULL);
	u.osrel = text_of("NAME=n\nBUILD_ID=b\n");
	check_unified(&u, "foo.efi", "n", "b", NULL, NULL);
	u.osrel = text_of("VERSION=1\n");
	check_unified(&u, NULL, NULL, NULL, NULL, NULL);
	u.osrel.n = 0;
	check_unified(&u, NULL, NULL, NULL, NULL, NULL);
}

static void test_profiles(void)
{
	struct menu_unified u = { .osrel = text_of("ID=d\n"), .count = 3 };

	u.profile = text_of("ID=main\nTITLE=As ever\n");
	check_unified(&u, "foo.efi", "d (As ever)", NULL, "d", NULL);
	u.number = 1;
	u.profile = text_of("ID=reset\n");
	check_unified(&u, "foo.efi@reset", "d (reset)", NULL, "d", NULL);
	u.number = 2;
	u.profile = text_of("TITLE=Debug\n");
	check_unified(&u, "foo.efi@2", "d (Debug)", NULL, "d", NULL);
	u.profile.n = 0;
	check_unified(&u, "foo.efi@2", "d (@2)", NULL, "d", NULL);
}

int main(void)
{
	test_names();
	test_all_keys();
	test_why_not();
	test_a_dollar_inside();
	test_limits();
	test_unified();
	test_profiles();
	return tap_done();
}
