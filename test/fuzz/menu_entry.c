// SPDX-License-Identifier: MIT
/*
 * The same input as a type 1 file, as loader.conf, as names of the boot loader's, as what a unified
 * kernel image says of itself, as a file's name, a pattern and two versions, and as what a process
 * says that has looked into a file.
 */
#include "fuzz/fuzz.h"
#include "menu/glob.h"
#include "menu/menu.h"
#include "menu/packed.h"
#include "menu/version.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void check_path(const char *path)
{
	fuzz_assert(!path || (path[0] == '/' && path[1] && path[strlen(path) - 1] != '/'));
	fuzz_assert(!path ||
		    (!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./")));
}

static void as_entry(struct bytes input, struct menu *menu)
{
	struct menu_entry e = { .id = strdup("x.conf"), .tries_left = -1, .tries_done = -1 };
	struct why why;

	fuzz_assert(e.id);
	if (menu_entry_parse(input, &e, &why) < 0)
		fuzz_assert(why.text[0]);
	check_path(e.kernel);
	check_path(e.efi);
	check_path(e.devicetree);
	for (unsigned i = 0; i < e.n_initrds; i++)
		check_path(e.initrd[i]);
	menu_entry_judge(&e, "x64");
	fuzz_assert(e.absent || e.kernel || e.efi);
	fuzz_assert(menu_add(menu, &e, &why) == 0);
	menu_entry_free(&e);
}

static void as_unified(struct bytes input, struct menu *menu)
{
	struct menu_unified u = { input, input, input, 1, 2 };
	struct menu_entry e = { .id = strdup("x.efi"), .tries_left = 1, .tries_done = -1 };
	struct why why;

	fuzz_assert(e.id);
	if (menu_entry_unified(&u, &e, &why) == 0) {
		fuzz_assert(e.title && e.title[0] && !strncmp(e.id, "x.efi@", 6));
		fuzz_assert(menu_add(menu, &e, &why) == 0);
	}
	menu_entry_free(&e);
}

static void as_name(const char *text)
{
	struct menu_entry e = { 0 };

	if (menu_entry_name(text, ".conf", &e) == 0)
		fuzz_assert(strlen(e.id) > 5 && !strchr(e.id, '/') &&
			    (e.tries_left >= 0 || !strcmp(e.id, text)));
	menu_entry_free(&e);
}

static void as_texts(struct bytes input)
{
	char *a = strndup((const char *)input.p, input.n / 2);
	char *b = strndup((const char *)input.p + input.n / 2, input.n - input.n / 2);
	int r;

	fuzz_assert(a && b);
	as_name(a);
	(void)glob_matches(a, b);
	fuzz_assert(glob_matches("*", a) && version_compare(a, a) == 0);
	r = version_compare(a, b);
	fuzz_assert((r > 0) == (version_compare(b, a) < 0) &&
		    (r < 0) == (version_compare(b, a) > 0));
	free(a);
	free(b);
}

static void as_packed(struct bytes input)
{
	struct menu_packed p = { 0 }, again = { 0 };
	struct menu_entry e;
	struct why why = { "" };

	memcpy(&p, input.p, input.n < sizeof(p) ? input.n : sizeof(p));
	if (menu_unpack(&p, &e, &why) < 0) {
		fuzz_assert(strnlen(why.text, sizeof(why.text)) < sizeof(why.text));
		return;
	}
	fuzz_assert(e.id && e.id[0] && e.n_initrds <= MENU_INITRDS);
	check_path(e.kernel);
	check_path(e.efi);
	check_path(e.devicetree);
	for (unsigned i = 0; i < e.n_initrds; i++)
		check_path(e.initrd[i]);
	menu_pack(&e, &again);
	fuzz_assert(again.error == 0 && !memcmp(p.n_bytes, again.n_bytes, sizeof(p.n_bytes)));
	menu_entry_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const struct bytes input = { n_bytes ? data : (const uint8_t *)"", n_bytes };
	const struct menu_entry *first;
	struct menu menu = { 0 };
	enum menu_choice by;
	struct why why;

	as_entry(input, &menu);
	as_unified(input, &menu);
	if (menu_take_conf(&menu, input, &why) < 0)
		fuzz_assert(why.text[0]);
	if (menu_name_of(input, &menu.pointers.chosen) < 0 ||
	    menu_take_reported(&menu, input, &why) < 0)
		fuzz_assert(menu.n == MENU_ENTRIES || n_bytes > MENU_REPORTED_BYTES);
	fuzz_assert(menu_finish(&menu) == 0);
	for (unsigned i = 0; i < menu.n; i++)
		fuzz_assert(menu_find(&menu, menu.entry[i].id) && menu.entry[i].show_title);
	first = menu_default(&menu, &by);
	fuzz_assert(!first || !first->absent);
	menu_free(&menu);
	as_texts(input);
	as_packed(input);
	return 0;
}

/* An entry that a process has told of. */
static size_t packed_seed(uint8_t *data, size_t cap)
{
	static struct menu_packed p;
	struct menu_entry e = { .id = (char *)"a.conf",
				.title = (char *)"A",
				.kernel = (char *)"/k/l",
				.options = (char *)"root=x",
				.initrd = { (char *)"/1", (char *)"/2" },
				.n_initrds = 2,
				.tries_left = 3,
				.tries_done = 1 };
	const size_t n = offsetof(struct menu_packed, text) + 64;

	memset(&p, 0, sizeof(p));
	menu_pack(&e, &p);
	if (n > cap)
		return 0;
	memcpy(data, &p, n);
	return n;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seeds[] = {
		"title Debian\nsort-key d\nversion 6.1\nmachine-id 1\nlinux /a/b\ninitrd c\n"
		"initrd \\d\\e\noptions root=x $y\noptions z\narchitecture x64\ndevicetree-overlay "
		"/f /g\n",
		"default debian-*[0-9]?.conf\ntimeout 5\n",
		"ID=debian\nPRETTY_NAME=\"Debian 12\"\nVERSION_ID=12\nTITLE='x'\n",
		"debian-6.1.0-13+3-1.conf",
		"debian-*[!a-c]\\*?debian-6.1~rc1^2.3-4",
	};
	size_t n;

	if (i == sizeof(seeds) / sizeof(seeds[0]))
		return packed_seed(data, cap);
	if (i > sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	n = strlen(seeds[i]);
	if (n > cap)
		return 0;
	memcpy(data, seeds[i], n);
	return n;
}
