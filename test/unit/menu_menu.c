// SPDX-License-Identifier: MIT
/* The order of entries, their titles, and which of them boots. */
#include "menu/menu.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

static struct menu menu;

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void add(const char *file, const char *sort_key, const char *machine, const char *version,
		const char *title)
{
	struct menu_entry e = { 0 };
	struct why why;

	require(menu_entry_name(file, ".conf", &e) == 0);
	e.source = copy(file);
	e.kernel = copy("/k");
	e.sort_key = copy(sort_key);
	e.machine_id = copy(machine);
	e.version = copy(version);
	e.title = copy(title);
	require(menu_add(&menu, &e, &why) == 0);
	check(!e.id);
}

/* The ids, or titles, of all entries one behind the other. */
static const char *all(bool titles)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < menu.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "|" : "",
				      titles ? menu.entry[i].show_title : menu.entry[i].id);
	return text;
}

static void check_all(bool titles, const char *want)
{
	check_msg(!strcmp(all(titles), want), "%s, not %s", want, all(titles));
}

static void test_order(void)
{
	add("old-1.conf", NULL, NULL, "9", NULL);
	add("old-2.conf", NULL, NULL, "1", NULL);
	add("old-10.conf", NULL, NULL, "5", NULL);
	add("b1.conf", "b", "m", "1", NULL);
	add("b10.conf", "b", "m", "10", NULL);
	add("b9.conf", "b", "m", "9", NULL);
	add("b-n.conf", "b", "n", "99", NULL);
	add("b-none.conf", "b", NULL, "0", NULL);
	add("a.conf", "a", "z", NULL, NULL);
	add("used+0-3.conf", "a", "a", "1", NULL);
	add("last+0.conf", NULL, NULL, NULL, NULL);
	require(menu_finish(&menu) == 0);
	check_all(false, "a.conf|b-none.conf|b10.conf|b9.conf|b1.conf|b-n.conf|old-10.conf|"
			 "old-2.conf|old-1.conf|used.conf|last.conf");
	menu_free(&menu);
}

static void test_counters_order(void)
{
	add("x+1.conf", NULL, NULL, NULL, "1");
	add("x+3-2.conf", NULL, NULL, NULL, "3-2");
	add("x+3-1.conf", NULL, NULL, NULL, "3-1");
	require(menu_finish(&menu) == 0);
	check_all(true, "3-1|3-2|1");
	menu_free(&menu);
}

static void test_titles(void)
{
	add("one.conf", NULL, "m1", "1", "Debian");
	add("two.conf", NULL, "m1", "2", "Debian");
	add("three.conf", NULL, "m2", "2", "Debian");
	add("four.conf", NULL, "m2", "2", "Debian");
	add("five.conf", NULL, NULL, NULL, "Debian");
	add("six.conf", NULL, NULL, NULL, "Alone");
	add("seven.conf", NULL, NULL, NULL, NULL);
	require(menu_finish(&menu) == 0);
	check_all(true, "Debian (2) (m1)|Debian (2) (m2) (three.conf)|Alone|seven.conf|Debian (1)|"
			"Debian (2) (m2) (four.conf)|Debian");
	menu_free(&menu);
}

static void check_default(const char *id, enum menu_choice by)
{
	enum menu_choice choice;
	const struct menu_entry *e = menu_default(&menu, &choice);

	check_msg((id ? e && !strcmp(e->id, id) : !e) && choice == by, "default %s (%d)",
		  e ? e->id : "none", choice);
}

static void set(char **pointer, const char *text)
{
	free(*pointer);
	*pointer = copy(text);
}

static void test_default(void)
{
	static const char conf[] = "timeout 3\ndefault [ab].*\n";
	struct why why;

	check_default(NULL, MENU_BY_NOBODY);
	for (const char *c = "abcdef"; *c; c++) {
		char name[] = "x.conf";

		name[0] = *c;
		add(name, NULL, NULL, NULL, NULL);
	}
	require(menu_finish(&menu) == 0);
	check_default("f.conf", MENU_BY_ORDER);
	/* which the boot loader would not have in its menu */
	menu.entry[0].absent = true;
	check_default("e.conf", MENU_BY_ORDER);
	require(menu_take_conf(&menu, (struct bytes){ (const uint8_t *)conf, sizeof(conf) - 1 },
			       &why) == 0);
	check_default("b.conf", MENU_BY_CONF);
	set(&menu.pointers.chosen, "C.CONF");
	check_default("c.conf", MENU_BY_VARIABLE);
	set(&menu.pointers.one_shot, "a.*");
	check_default("a.conf", MENU_BY_ONE_SHOT);
	set(&menu.pointers.one_shot, "nothing");
	check_default("c.conf", MENU_BY_VARIABLE);
	set(&menu.pointers.chosen, "f.conf");
	check_default("b.conf", MENU_BY_CONF);
	set(&menu.pattern, "@saved");
	check_default("e.conf", MENU_BY_ORDER);
	set(&menu.pointers.selected, "d.conf");
	check_default("d.conf", MENU_BY_CONF);
	check(menu_selected(&menu) == menu_find(&menu, "d"));
	set(&menu.pointers.last_booted, "c.conf");
	check_default("c.conf", MENU_BY_CONF);
	set(&menu.pattern, "@other");
	check_default("e.conf", MENU_BY_ORDER);
	check(menu_find(&menu, "F.conf") && menu_find(&menu, "f") == menu_find(&menu, "f.CONF"));
	check(!menu_find(&menu, "f.co") && !menu_find(&menu, "*") && !menu_find(&menu, ""));
	menu_free(&menu);
}

/* The text with a 0 behind each character, and behind it all. */
static struct bytes wide(const char *text, size_t n, uint8_t *buf)
{
	for (size_t i = 0; i < n; i++) {
		buf[2 * i] = (uint8_t)text[i];
		buf[2 * i + 1] = 0;
	}
	return (struct bytes){ buf, 2 * n };
}

static void test_reported(void)
{
	static const char names[] = "A.conf\0gone.conf\0auto-windows\0\0auto-x";
	uint8_t buf[2 * sizeof(names)];
	struct why why;

	add("a.conf", NULL, NULL, NULL, NULL);
	add("b.conf", NULL, NULL, NULL, NULL);
	/* the last one without its 0 */
	require(menu_take_reported(&menu, wide(names, sizeof(names) - 1, buf), &why) == 0);
	require(menu_finish(&menu) == 0);
	check_all(true, "b.conf|a.conf|Windows Boot Manager|auto-x|gone.conf");
	check(menu.entry[1].reported && !menu.entry[0].reported && menu.entry[2].reported);
	check(menu.entry[2].type == MENU_AUTO && menu.entry[4].type == MENU_LOADER);
	set(&menu.pointers.chosen, "auto-windows");
	check_default("auto-windows", MENU_BY_VARIABLE);
	menu_free(&menu);
	/* alone they are no default */
	require(menu_take_reported(&menu, wide(names, sizeof(names) - 1, buf), &why) == 0);
	check_default(NULL, MENU_BY_NOBODY);
	menu_free(&menu);
}

static void test_limits(void)
{
	static const uint8_t many[MENU_REPORTED_BYTES + 2], one[] = { 'x' };
	struct why why = { "" };
	char *name = NULL;
	uint8_t buf[64];
	int r = 0;

	check(menu_take_reported(&menu, (struct bytes){ many, sizeof(many) }, &why) == -EINVAL);
	check(menu_name_of((struct bytes){ one, 1 }, &name) == 0 && !name);
	check(menu_name_of(wide("\0x", 2, buf), &name) == 0 && !name);
	check(menu_name_of(wide("ab\0c", 4, buf), &name) == 0 && name && !strcmp(name, "ab"));
	free(name);
	for (unsigned i = 0; i <= MENU_ENTRIES && r == 0; i++) {
		struct menu_entry e = { .id = strdup("x") };

		r = menu_add(&menu, &e, &why);
		check(i < MENU_ENTRIES ? r == 0 : r == -E2BIG);
		menu_entry_free(&e);
	}
	for (unsigned i = 0; i < 2 * MENU_PROBLEMS; i++)
		menu_problem(&menu, "file", &why);
	check(menu.n_problems == MENU_PROBLEMS && strstr(menu.problem[0].text, "file: "));
	menu_free(&menu);
}

int main(void)
{
	test_order();
	test_counters_order();
	test_titles();
	test_default();
	test_reported();
	test_limits();
	return tap_done();
}
