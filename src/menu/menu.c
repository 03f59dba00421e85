// SPDX-License-Identifier: MIT
#include "menu/menu.h"
#include "base/text.h"
#include "menu/glob.h"
#include "menu/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int menu_add(struct menu *menu, struct menu_entry *entry, struct why *why)
{
	struct menu_entry *more;

	if (menu->n == MENU_ENTRIES)
		return why_set(why, -E2BIG, "the boot menu has more than %d entries", MENU_ENTRIES);
	more = reallocarray(menu->entry, menu->n + 1, sizeof(*more));
	if (!more)
		return why_errno(why, -ENOMEM, "boot menu");
	menu->entry = more;
	menu->entry[menu->n++] = *entry;
	*entry = (struct menu_entry){ 0 };
	return 0;
}

void menu_problem(struct menu *menu, const char *file, const struct why *why)
{
	if (menu->n_problems < MENU_PROBLEMS)
		why_set(&menu->problem[menu->n_problems++], 0, "%s: %s", file, why->text);
}

int menu_take_conf(struct menu *menu, struct bytes text, struct why *why)
{
	struct menu_line line = { 0 };
	size_t at = 0;
	int r;

	if (text.n > MENU_FILE_BYTES)
		return why_set(why, -EINVAL, "has %zu bytes, more than %d", text.n,
			       MENU_FILE_BYTES);
	do {
		r = menu_next_line(text, &at, &line, why);
		if (r <= 0 || !menu_line_is(&line, "default") || !line.value.n)
			continue;
		free(menu->pattern);
		menu->pattern = strndup((const char *)line.value.p, line.value.n);
		if (!menu->pattern)
			return why_errno(why, -ENOMEM, "boot menu");
	} while (r > 0);
	return r;
}

/* Up to the next 0, in UTF-8; *inout_at in units goes behind it. */
static char *next_name(struct bytes names, size_t *inout_at)
{
	const size_t n = names.n / 2;
	char *name = malloc(3 * (n - *inout_at) + 4), *to = name;
	size_t used;

	if (!name)
		return NULL;
	for (; *inout_at < n && text_char(names.p, *inout_at); *inout_at += used)
		to += text_to_utf8(names.p + 2 * *inout_at, n - *inout_at, to, &used);
	*to = '\0';
	*inout_at += 1;
	return name;
}

int menu_name_of(struct bytes names, char **ret_name)
{
	size_t at = 0;
	char *name = names.n < 2 ? NULL : next_name(names, &at);

	if (names.n >= 2 && !name)
		return -ENOMEM;
	if (name && !name[0]) {
		free(name);
		name = NULL;
	}
	*ret_name = name;
	return 0;
}

/* Names that boot loaders have for what is no file, as bootctl(1) shows them. */
static const char *title_of(const char *id)
{
	static const char *const rows[][2] = {
		{ "auto-osx", "macOS" },
		{ "auto-windows", "Windows Boot Manager" },
		{ "auto-efi-shell", "EFI Shell" },
		{ "auto-efi-default", "EFI Default Loader" },
		{ "auto-reboot-to-firmware-setup", "Reboot Into Firmware Interface" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(id, rows[i][0]))
			return rows[i][1];
	return NULL;
}

/* Takes name over. */
static int add_reported(struct menu *menu, char *name, struct why *why)
{
	struct menu_entry entry = { .id = name, .tries_left = -1, .tries_done = -1 };
	const char *title = title_of(name);
	int r = 0;

	entry.type = strncmp(name, "auto-", 5) ? MENU_LOADER : MENU_AUTO;
	entry.reported = true;
	if (title) {
		entry.title = strdup(title);
		r = entry.title ? 0 : why_errno(why, -ENOMEM, "boot menu");
	}
	if (r == 0)
		r = menu_add(menu, &entry, why);
	menu_entry_free(&entry);
	return r;
}

int menu_take_reported(struct menu *menu, struct bytes names, struct why *why)
{
	struct menu_entry *known;
	size_t at = 0;
	char *name;
	int r = 0;

	if (names.n > MENU_REPORTED_BYTES)
		return why_set(why, -EINVAL, "has %zu bytes, more than %d", names.n,
			       MENU_REPORTED_BYTES);
	while (at < names.n / 2 && r == 0) {
		name = next_name(names, &at);
		if (!name)
			return why_errno(why, -ENOMEM, "boot menu");
		known = name[0] ? (struct menu_entry *)menu_find(menu, name) : NULL;
		if (known)
			known->reported = true;
		if (known || !name[0])
			free(name);
		else
			r = add_reported(menu, name, why);
	}
	return r;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* The profiles of one image stand as they do in it: ids differ behind the '@'. */
static int compare_ids(const struct menu_entry *a, const struct menu_entry *b)
{
	char file_a[256], file_b[256];

	snprintf(file_a, sizeof(file_a), "%.*s", (int)strcspn(a->id, "@"), a->id);
	snprintf(file_b, sizeof(file_b), "%.*s", (int)strcspn(b->id, "@"), b->id);
	return -version_compare(file_a, file_b);
}

static int compare_profiles(const struct menu_entry *a, const struct menu_entry *b)
{
	const long pa = a->profile ? atol(a->profile) : 0, pb = b->profile ? atol(b->profile) : 0;

	return (pa > pb) - (pa < pb);
}

/* What the loader alone knows is behind all files. */
static bool is_file(const struct menu_entry *e)
{
	return e->type == MENU_TYPE1 || e->type == MENU_TYPE2;
}

/*
 * The specification's order: those with no tries left at the end; those with a sort key first, by
 * it, then the machine, then the newest first; then by id, the newest first.
 */
static int compare(const void *pa, const void *pb)
{
	const struct menu_entry *a = pa, *b = pb;
	int r = is_file(b) - is_file(a);

	if (r == 0 && !is_file(a))
		return strcmp(a->id, b->id);
	if (r == 0)
		r = (a->tries_left == 0) - (b->tries_left == 0);
	if (r == 0)
		r = !a->sort_key - !b->sort_key;
	if (r == 0 && a->sort_key) {
		r = strcmp(a->sort_key, b->sort_key);
		if (r == 0)
			r = compare_texts(a->machine_id, b->machine_id);
		if (r == 0)
			r = -version_compare(a->version, b->version);
	}
	if (r == 0)
		r = compare_ids(a, b);
	if (r == 0)
		r = compare_profiles(a, b);
	if (r == 0)
		r = (b->tries_left > a->tries_left) - (b->tries_left < a->tries_left);
	if (r == 0)
		r = (a->tries_done > b->tries_done) - (a->tries_done < b->tries_done);
	/* of the same on two partitions, always the same one */
	return r ? r : compare_texts(a->source, b->source);
}

static const char *shown(const struct menu_entry *e)
{
	return e->show_title ? e->show_title : e->title ? e->title : e->id;
}

/* Marks those whose title others have, too. */
static bool find_twins(const struct menu *menu, bool *twin)
{
	bool any = false;

	memset(twin, 0, menu->n);
	for (unsigned i = 0; i < menu->n; i++)
		for (unsigned k = i + 1; k < menu->n; k++)
			if (!strcmp(shown(&menu->entry[i]), shown(&menu->entry[k])))
				any = twin[i] = twin[k] = true;
	return any;
}

static const char *version_of(const struct menu_entry *e)
{
	return e->version;
}

static const char *machine_of(const struct menu_entry *e)
{
	return e->machine_id;
}

static const char *id_of(const struct menu_entry *e)
{
	return e->id;
}

/* Twins get what sets them apart behind their title. */
static int part_twins(struct menu *menu, const bool *twin,
		      const char *(*what)(const struct menu_entry *))
{
	for (unsigned i = 0; i < menu->n; i++) {
		struct menu_entry *e = &menu->entry[i];
		char *title;

		if (!twin[i] || !what(e))
			continue;
		title = menu_format("%s (%s)", shown(e), what(e));
		if (!title)
			return -ENOMEM;
		free(e->show_title);
		e->show_title = title;
	}
	return 0;
}

int menu_finish(struct menu *menu)
{
	static const char *(*const what[])(const struct menu_entry *) = { version_of, machine_of,
									  id_of };
	bool *twin = malloc(menu->n + 1);
	int r = twin ? 0 : -ENOMEM;

	if (menu->n)
		qsort(menu->entry, menu->n, sizeof(*menu->entry), compare);
	for (unsigned i = 0; i < ARRAY_SIZE(what) && r == 0 && find_twins(menu, twin); i++)
		r = part_twins(menu, twin, what[i]);
	for (unsigned i = 0; i < menu->n && r == 0; i++) {
		struct menu_entry *e = &menu->entry[i];

		if (!e->show_title)
			e->show_title = strdup(shown(e));
		r = e->show_title ? 0 : -ENOMEM;
	}
	free(twin);
	return r;
}

static bool is_named(const struct menu_entry *e, const char *id)
{
	const size_t n = strlen(id);

	if (!strcasecmp(e->id, id))
		return true;
	return e->type == MENU_TYPE1 && !strncasecmp(e->id, id, n) &&
	       !strcasecmp(e->id + n, ".conf");
}

const struct menu_entry *menu_find(const struct menu *menu, const char *id)
{
	for (unsigned i = 0; i < menu->n; i++)
		if (is_named(&menu->entry[i], id))
			return &menu->entry[i];
	return NULL;
}

/* The first that a boot loader would have, too, and whose id the pattern matches. */
static const struct menu_entry *match(const struct menu *menu, const char *pattern)
{
	if (pattern && pattern[0] == '@')
		pattern = strcasecmp(pattern, "@saved") ? NULL
			  : menu->pointers.last_booted	? menu->pointers.last_booted
							: menu->pointers.selected;
	for (unsigned i = 0; pattern && i < menu->n; i++)
		if (!menu->entry[i].absent && glob_matches(pattern, menu->entry[i].id))
			return &menu->entry[i];
	return NULL;
}

const struct menu_entry *menu_default(const struct menu *menu, enum menu_choice *ret_choice)
{
	const struct {
		const char *pattern;
		enum menu_choice choice;
	} rows[] = {
		{ menu->pointers.one_shot, MENU_BY_ONE_SHOT },
		{ menu->pointers.chosen, MENU_BY_VARIABLE },
		{ menu->pattern, MENU_BY_CONF },
		{ "*", MENU_BY_ORDER },
	};
	const struct menu_entry *found = NULL;

	*ret_choice = MENU_BY_NOBODY;
	for (unsigned i = 0; i < ARRAY_SIZE(rows) && !found; i++) {
		found = match(menu, rows[i].pattern);
		/* nothing that is no file boots because it is the first */
		if (found && rows[i].choice == MENU_BY_ORDER && !is_file(found))
			return NULL;
		if (found)
			*ret_choice = rows[i].choice;
	}
	return found;
}

const struct menu_entry *menu_selected(const struct menu *menu)
{
	return match(menu, menu->pointers.selected);
}

void menu_free(struct menu *menu)
{
	for (unsigned i = 0; i < menu->n; i++)
		menu_entry_free(&menu->entry[i]);
	free(menu->entry);
	free(menu->pattern);
	free(menu->pointers.one_shot);
	free(menu->pointers.chosen);
	free(menu->pointers.last_booted);
	free(menu->pointers.selected);
	*menu = (struct menu){ 0 };
}
