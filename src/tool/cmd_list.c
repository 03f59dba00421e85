// SPDX-License-Identifier: MIT
/* list: the machine's boot menu. */
#include "boot/menu.h"
#include "tool/print.h"
#include "tool/tool.h"

#include <string.h>

static const char *const type_names[] = { [MENU_TYPE1] = "type1",
					  [MENU_TYPE2] = "type2",
					  [MENU_LOADER] = "loader",
					  [MENU_AUTO] = "auto" };

/* What an entry is besides itself. */
struct marks {
	const struct menu_entry *first, *selected;
	enum menu_choice by;
};

static void line(const char *name, const char *text)
{
	if (!text)
		return;
	printf("  %-14s", name);
	print_safe(bytes_of_text(text));
	putchar('\n');
}

static void print_tries(const struct menu_entry *e)
{
	if (e->tries_left < 0)
		return;
	printf("  %-14s%d left", "tries", e->tries_left);
	if (e->tries_done >= 0)
		printf(", %d done", e->tries_done);
	putchar('\n');
}

static void print_entry(const struct menu_entry *e, const struct marks *marks)
{
	print_safe(bytes_of_text(e->id));
	if (e == marks->first)
		fputs(marks->by == MENU_BY_ONE_SHOT ? " (next, once)" : " (default)", stdout);
	if (e == marks->selected)
		fputs(" (this system)", stdout);
	putchar('\n');
	line("title", e->show_title);
	line("file", e->source);
	print_tries(e);
	line("version", e->version);
	line("machine", e->machine_id);
	line("sort key", e->sort_key);
	line("architecture", e->architecture);
	if (e->type == MENU_TYPE1)
		line("kernel", e->kernel);
	line("EFI program", e->efi);
	for (unsigned i = 0; i < e->n_initrds; i++)
		line("initrd", e->initrd[i]);
	line("devicetree", e->devicetree);
	line("overlays", e->devicetree_overlay);
	line("command line", e->options);
	line("not booted:", e->why_not.text[0] ? e->why_not.text : NULL);
}

static void member(const char *name, const char *text)
{
	if (text)
		json_text(name, bytes_of_text(text));
}

/* Several paths in one text. */
static void print_json_overlays(const char *text)
{
	size_t n;

	json_open("devicetreeOverlay", '[');
	for (; *text; text += n) {
		text += strspn(text, " \t");
		n = strcspn(text, " \t");
		if (n)
			json_text(NULL, (struct bytes){ (const uint8_t *)text, n });
	}
	json_close(']');
}

static void print_json_files(const struct menu_entry *e)
{
	member("linux", e->kernel);
	member("efi", e->efi);
	if (e->n_initrds) {
		json_open("initrd", '[');
		for (unsigned i = 0; i < e->n_initrds; i++)
			json_text(NULL, bytes_of_text(e->initrd[i]));
		json_close(']');
	}
	member("devicetree", e->devicetree);
	if (e->devicetree_overlay)
		print_json_overlays(e->devicetree_overlay);
}

/* The members have bootctl(1)'s names; notBooted and isOneShot are ours. */
static void print_json_entry(const struct menu_entry *e, const struct marks *marks)
{
	json_open(NULL, '{');
	member("type", type_names[e->type]);
	member("id", e->id);
	member("path", e->source);
	member("root", e->root);
	member("title", e->title);
	member("showTitle", e->show_title);
	member("sortKey", e->sort_key);
	member("version", e->version);
	member("machineId", e->machine_id);
	member("architecture", e->architecture);
	member("options", e->options);
	print_json_files(e);
	json_bool("isReported", e->reported);
	if (e->tries_left >= 0)
		json_number("triesLeft", (uint64_t)e->tries_left);
	if (e->tries_done >= 0)
		json_number("triesDone", (uint64_t)e->tries_done);
	json_bool("isDefault", e == marks->first);
	json_bool("isOneShot", e == marks->first && marks->by == MENU_BY_ONE_SHOT);
	json_bool("isSelected", e == marks->selected);
	member("notBooted", e->why_not.text[0] ? e->why_not.text : NULL);
	json_close('}');
}

static void print_menu(const struct menu *menu, bool json)
{
	struct marks marks = { .selected = menu_selected(menu) };

	marks.first = menu_default(menu, &marks.by);
	if (json)
		json_begin_list();
	for (unsigned i = 0; i < menu->n; i++)
		(json ? print_json_entry : print_entry)(&menu->entry[i], &marks);
	if (json)
		json_end_list();
}

/* The machine's own menu, where no place of it was given. */
static int list(struct menu_places *places, bool json)
{
	const bool given = places->esp[0] || places->xbootldr[0];
	struct menu menu;
	struct why why;

	if (!given)
		menu_places_find(places);
	/* firmware's variables are about the machine's own menu */
	if (menu_read(given ? NULL : "", places, &menu, &why) < 0)
		return fail("%s", why.text);
	for (unsigned i = 0; i < menu.n_problems; i++)
		fail("%s", menu.problem[i].text);
	if (!places->esp[0] && !places->xbootldr[0])
		fail("no EFI system partition is mounted at /efi, /boot or /boot/efi, and no "
		     "extended boot loader partition at /boot");
	else if (!menu.n)
		fail("%s: no entries by the Boot Loader Specification (GRUB's own menu is not "
		     "read): bardo boot --reuse-cmdline boots /vmlinuz",
		     places->esp[0] ? places->esp : places->xbootldr);
	print_menu(&menu, json);
	menu_free(&menu);
	return EXIT_DONE;
}

static int take_folder(const char *option, const char *given, char to[static PATH_MAX])
{
	if (!given)
		return usage_error(&verb_list, "%s needs a value", option);
	if (!given[0] || strlen(given) >= PATH_MAX)
		return usage_error(&verb_list, "%s: the path of a folder is missing or too long",
				   option);
	memcpy(to, given, strlen(given) + 1);
	return 0;
}

static int parse(char **argv, struct menu_places *places, bool *ret_json)
{
	int r = 0;

	for (; *argv && r == 0; argv++) {
		if (!strcmp(*argv, "--json"))
			*ret_json = true;
		else if (!strcmp(*argv, "--esp"))
			r = take_folder(*argv, argv[1], places->esp);
		else if (!strcmp(*argv, "--xbootldr"))
			r = take_folder(*argv, argv[1], places->xbootldr);
		else if (**argv == '-')
			return usage_error(&verb_list, "unknown option %s", *argv);
		else
			return usage_error(&verb_list, "%s: unexpected operand", *argv);
		argv += r == 0 && strcmp(*argv, "--json") != 0;
	}
	return r;
}

static int cmd_list(int argc, char **argv)
{
	struct menu_places places = { 0 };
	bool json = false;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_verb_help(&verb_list);
		return EXIT_DONE;
	}
	r = parse(argv + 1, &places, &json);
	if (r)
		return r;
	return list(&places, json);
}

const struct verb verb_list = {
	"list",
	"[--json] [--esp DIR] [--xbootldr DIR]",
	"Show the entries of this machine's boot menu",
	cmd_list,
	"  --json           for programs\n"
	"  --esp DIR        the menu of this EFI system partition (default: the machine's)\n"
	"  --xbootldr DIR   and of this extended boot loader partition\n"
	"  --help           this text\n",
	STAGE_READ,
};
