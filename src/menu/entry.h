/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One entry of a boot menu, by the Boot Loader Specification (UAPI.1): a text file (type 1) or a
 * unified kernel image (type 2). Pure: what was read comes in as bytes.
 */
#include "base/bytes.h"
#include "base/why.h"

enum {
	MENU_FILE_BYTES = 1 << 16, /* of a type 1 file and of loader.conf */
	MENU_LINE_BYTES = 8192,
	MENU_INITRDS = 64, /* as many as --initrd takes */
};

enum menu_entry_type {
	MENU_TYPE1,
	MENU_TYPE2,
	MENU_LOADER, /* the boot loader has told of it, and its file is not there any more */
	MENU_AUTO,   /* the boot loader has found or made it by itself */
};

/* Texts are NULL where nothing is said. Paths begin with a / and are below root. */
struct menu_entry {
	enum menu_entry_type type;
	char *id;     /* the file's name without boot counters */
	char *source; /* that file */
	char *root;   /* the folder where its partition is mounted */
	char *title, *version, *machine_id, *sort_key, *architecture;
	char *show_title; /* made different from those of all other entries */
	char *kernel, *efi, *devicetree, *devicetree_overlay, *options;
	char *initrd[MENU_INITRDS];
	unsigned n_initrds;
	char *profile;		    /* of a unified kernel image, by number; NULL: the first */
	int tries_left, tries_done; /* -1: boots are not counted */
	bool reported;		    /* the boot loader has it in its menu */
	bool absent;		    /* no boot loader would have it there */
	struct why why_not;	    /* it cannot be booted; "": it can */
};

/*
 * A file's name: characters that boot loaders take, ended by suffix (".conf", ".efi", in upper or
 * lower case); "+LEFT" and "+LEFT-DONE" in front of that are boot counters. Sets id and tries. 0,
 * -EINVAL for a name that is none, -ENOMEM.
 */
must_check int menu_entry_name(const char *name, const char *suffix, struct menu_entry *entry);

/*
 * The text of a type 1 file. 0, or -EINVAL for a file that breaks a limit, -ENOMEM. What it names
 * and bardo cannot do is no error: why_not says it.
 */
must_check int menu_entry_parse(struct bytes text, struct menu_entry *entry, struct why *why);

/* A line of the form that loader.conf and type 1 files have: a key, blanks, a value. */
struct menu_line {
	unsigned number; /* from 1 */
	struct bytes key, value;
};

/*
 * The next line of text that has a key: 1, 0 behind the last, -EINVAL for one that breaks a limit.
 * *inout_at and ret_line->number begin at 0.
 */
must_check int menu_next_line(struct bytes text, size_t *inout_at, struct menu_line *ret_line,
			      struct why *why);
bool menu_line_is(const struct menu_line *line, const char *key);

/* What a unified kernel image says of itself, in its sections; n 0: it has none. */
struct menu_unified {
	struct bytes osrel, cmdline, profile;
	unsigned number, count; /* of profiles; count 0: there are none */
};

/* Behind menu_entry_name(). 0, or -EBADMSG when its os-release has no name, -ENOMEM. */
must_check int menu_entry_unified(const struct menu_unified *unified, struct menu_entry *entry,
				  struct why *why);

/* What another machine's boot loader takes is in no menu here; architecture is EFI's name. */
void menu_entry_judge(struct menu_entry *entry, const char *architecture);

/* Without white space at its ends. */
struct bytes menu_strip(struct bytes text);
/* A text of its own, for free(); NULL: no memory. */
char *menu_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* All zeros are fine. */
void menu_entry_free(struct menu_entry *entry);
