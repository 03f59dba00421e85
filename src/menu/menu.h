/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A machine's boot menu: its entries in the order in which a boot loader shows them, and which of
 * them it would boot. Pure.
 */
#include "menu/entry.h"

enum { MENU_ENTRIES = 1024, MENU_PROBLEMS = 32, MENU_REPORTED_BYTES = 1 << 16 };

/* What the boot loader and others left in firmware variables: ids of entries, or patterns. */
struct menu_pointers {
	char *one_shot;	   /* LoaderEntryOneShot */
	char *chosen;	   /* LoaderEntryDefault */
	char *last_booted; /* LoaderEntryLastBooted */
	char *selected;	   /* LoaderEntrySelected: what this system was booted from */
};

struct menu {
	struct menu_entry *entry;
	unsigned n;
	char *pattern; /* loader.conf's default */
	struct menu_pointers pointers;
	struct why problem[MENU_PROBLEMS]; /* files that are no entries although they should be */
	unsigned n_problems;
};

/* Takes entry over, or returns -E2BIG, -ENOMEM. */
must_check int menu_add(struct menu *menu, struct menu_entry *entry, struct why *why);
/* What is wrong with a file; more than MENU_PROBLEMS are not kept. */
void menu_problem(struct menu *menu, const char *file, const struct why *why);

/* The text of loader.conf. */
must_check int menu_take_conf(struct menu *menu, struct bytes text, struct why *why);

/* Names in UTF-16, a 0 behind each, as LoaderEntries has them: those the boot loader shows. */
must_check int menu_take_reported(struct menu *menu, struct bytes names, struct why *why);
/* The first of such names, in UTF-8; NULL where there is none. -ENOMEM. */
must_check int menu_name_of(struct bytes names, char **ret_name);

/* All entries are there: into their order, each with a title of its own. -ENOMEM. */
must_check int menu_finish(struct menu *menu);

/* By id, with or without the end of its file's name; NULL: there is none. */
const struct menu_entry *menu_find(const struct menu *menu, const char *id);

/* Who has chosen an entry. */
enum menu_choice {
	MENU_BY_NOBODY,
	MENU_BY_ONE_SHOT,
	MENU_BY_VARIABLE,
	MENU_BY_CONF,
	MENU_BY_ORDER
};

/* What the boot loader would boot by itself, and why that one; NULL: nothing. */
const struct menu_entry *menu_default(const struct menu *menu, enum menu_choice *ret_choice);
/* What has booted this system; NULL: nobody knows. */
const struct menu_entry *menu_selected(const struct menu *menu);

void menu_free(struct menu *menu);
