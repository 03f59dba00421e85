// SPDX-License-Identifier: MIT
/* What an entry's file is said to be: all of it comes over, and nothing that cannot be. */
#include "menu/packed.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static struct menu_packed p;

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static const char all[] = "title T\nversion 1\nmachine-id 2\nsort-key s\narchitecture x64\n"
			  "linux /k/l\nefi /e\ndevicetree /d\ndevicetree-overlay /o /p\n"
			  "options a\noptions b c\ninitrd /1\ninitrd /2/3\nprofile 7\n";

/* All that an entry can say. */
static void pack_all(void)
{
	struct menu_entry e = { 0 };

	require(menu_entry_name("a+3-1.conf", ".conf", &e) == 0);
	require(menu_entry_parse(text_of(all), &e, NULL) == 0);
	p = (struct menu_packed){ 0 };
	menu_pack(&e, &p);
	require(p.error == 0);
	menu_entry_free(&e);
}

static void test_all(void)
{
	struct menu_entry e;
	struct why why = { "" };

	pack_all();
	require(menu_unpack(&p, &e, &why) == 0);
	check(!strcmp(e.id, "a.conf") && e.tries_left == 3 && e.tries_done == 1);
	check(!strcmp(e.title, "T") && !strcmp(e.version, "1") && !strcmp(e.machine_id, "2") &&
	      !strcmp(e.sort_key, "s") && !strcmp(e.architecture, "x64"));
	check(!strcmp(e.kernel, "/k/l") && !strcmp(e.efi, "/e") && !strcmp(e.devicetree, "/d") &&
	      !strcmp(e.devicetree_overlay, "/o /p"));
	check(!strcmp(e.options, "a b c") && !strcmp(e.profile, "7"));
	check(e.n_initrds == 2 && !strcmp(e.initrd[0], "/1") && !strcmp(e.initrd[1], "/2/3"));
	check(strstr(e.why_not.text, "devicetree") && !e.source && !e.root);
	menu_entry_free(&e);
}

/* The longest file that there can be fits, whatever it is full of. */
static void test_long(void)
{
	static char text[MENU_FILE_BYTES + 1];
	struct menu_entry e = { .tries_left = -1, .tries_done = -1 }, same;
	struct why why;
	size_t n = 0;

	memset(text, 'a', MENU_FILE_BYTES);
	for (; n + MENU_LINE_BYTES < MENU_FILE_BYTES; n += MENU_LINE_BYTES) {
		memcpy(text + n, "options ", 8);
		text[n + MENU_LINE_BYTES - 1] = '\n';
	}
	memcpy(text + n, "linux ", 6);
	e.id = strdup("a.conf");
	require(menu_entry_parse(text_of(text), &e, NULL) == 0);
	p = (struct menu_packed){ 0 };
	menu_pack(&e, &p);
	require(p.error == 0 && menu_unpack(&p, &same, &why) == 0);
	check(!strcmp(same.options, e.options) && !strcmp(same.kernel, e.kernel));
	menu_entry_free(&same);
	free(e.options);
	e.options = malloc(MENU_PACKED_BYTES);
	require(e.options != NULL);
	memset(e.options, 'a', MENU_PACKED_BYTES - 1);
	e.options[MENU_PACKED_BYTES - 1] = '\0';
	p = (struct menu_packed){ 0 };
	menu_pack(&e, &p);
	check(p.error == -E2BIG && menu_unpack(&p, &same, &why) == -EBADMSG &&
	      strstr(why.text, "more than an entry may"));
	menu_entry_free(&e);
}

enum { ID, TITLE, KERNEL = 8, OPTIONS = 11, INITRD };

/* Where text i stands. */
static char *text_at(unsigned i)
{
	size_t at = 0;

	for (unsigned k = 0; k < i; k++)
		at += p.n_bytes[k];
	return p.text + at;
}

static void good_error(void)
{
	p.error = 1;
}

/* An entry that is in order but for these. */
static void pack_texts(char *id, char *title)
{
	const struct menu_entry e = {
		.id = id, .title = title, .tries_left = -1, .tries_done = -1
	};

	p = (struct menu_packed){ 0 };
	menu_pack(&e, &p);
}

static void no_id(void)
{
	pack_texts(NULL, (char *)"T");
}

static void empty_id(void)
{
	pack_texts((char *)"", (char *)"T");
}

static void long_id(void)
{
	static char id[600];

	memset(id, 'a', sizeof(id) - 1);
	pack_texts(id, NULL);
}

static void long_title(void)
{
	static char title[MENU_LINE_BYTES + 3];

	memset(title, 'a', sizeof(title) - 1);
	pack_texts((char *)"a.conf", title);
}

static void text_without_end(void)
{
	text_at(TITLE)[p.n_bytes[TITLE] - 1] = 'a';
}

static void text_with_two_ends(void)
{
	text_at(OPTIONS)[1] = '\0';
}

static void length_over_all(void)
{
	p.n_bytes[OPTIONS] = UINT32_MAX;
}

static void lengths_over_all(void)
{
	p.n_bytes[OPTIONS] = MENU_PACKED_BYTES - 10;
	memset(text_at(OPTIONS), 'a', (size_t)(p.text + sizeof(p.text) - text_at(OPTIONS)));
}

static void tries_below(void)
{
	p.tries_left = -2;
	p.tries_done = -1;
}

static void done_below(void)
{
	p.tries_done = -2;
}

static void done_and_none_left(void)
{
	p.tries_left = -1;
}

static void why_without_end(void)
{
	memset(p.why.text, 'a', sizeof(p.why.text));
}

static void why_not_without_end(void)
{
	memset(p.why_not.text, 'a', sizeof(p.why_not.text));
}

static void initrd_missing(void)
{
	p.n_bytes[INITRD + 3] = p.n_bytes[INITRD + 1];
	p.n_bytes[INITRD + 1] = 0;
}

static const struct {
	const char *name;
	void (*spoil)(void);
} rows[] = {
	{ "an error that is none", good_error },
	{ "no id", no_id },
	{ "an empty id", empty_id },
	{ "a long id", long_id },
	{ "a long title", long_title },
	{ "a text without end", text_without_end },
	{ "a text that ends twice", text_with_two_ends },
	{ "4 GiB of text", length_over_all },
	{ "a length that leads behind it", lengths_over_all },
	{ "less than no tries", tries_below },
	{ "less than none done", done_below },
	{ "tries done of none", done_and_none_left },
	{ "a complaint without end", why_without_end },
	{ "a reason without end", why_not_without_end },
	{ "one initrd left out", initrd_missing },
};

static void test_hostile(void)
{
	struct menu_entry e = { .n_initrds = 77 };
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		pack_all();
		rows[i].spoil();
		check_msg(menu_unpack(&p, &e, &why) == -EBADMSG && e.n_initrds == 77 &&
				  strlen(why.text) < 100,
			  "%s: %s", rows[i].name, why.text);
	}
}

/* Paths lead below the folder that they are put behind. The one that is spoilt has 4 characters. */
static void test_paths(void)
{
	static const char *const bad[] = { "k/ll", "/../", "//kl", "/k//", "/k/.",
					   "/./k", "/k..", "/..k", "/.k.", "/k/l" };
	const unsigned n_good = 4; /* at the end */
	struct menu_entry e;
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		pack_all();
		memcpy(text_at(KERNEL), bad[i], 4);
		if (i < ARRAY_SIZE(bad) - n_good) {
			check_msg(menu_unpack(&p, &e, &why) == -EBADMSG, "%s", bad[i]);
			continue;
		}
		require(menu_unpack(&p, &e, &why) == 0);
		check_msg(!strcmp(e.kernel, bad[i]), "%s", bad[i]);
		menu_entry_free(&e);
	}
	pack_all();
	memcpy(text_at(INITRD + 1), "/..", 3);
	memcpy(text_at(INITRD + 1) + 3, "x", 1);
	check(menu_unpack(&p, &e, &why) == 0);
	menu_entry_free(&e);
	text_at(INITRD + 1)[3] = '/';
	check(menu_unpack(&p, &e, &why) == -EBADMSG);
}

/* What is said for people loses what a terminal would obey. */
static void test_words(void)
{
	struct menu_entry e;
	struct why why;

	pack_all();
	why_set(&p.why_not, 0, "\033[2Jno");
	require(menu_unpack(&p, &e, &why) == 0);
	check(!strcmp(e.why_not.text, "?[2Jno"));
	menu_entry_free(&e);
	p.error = -EINVAL;
	why_set(&p.why, 0, "\033[2Jbad");
	check(menu_unpack(&p, &e, &why) == -EBADMSG && !strcmp(why.text, "?[2Jbad"));
}

int main(void)
{
	test_all();
	test_long();
	test_hostile();
	test_paths();
	test_words();
	return tap_done();
}
