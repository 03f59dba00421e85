// SPDX-License-Identifier: MIT
#include "menu/packed.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_ID_BYTES = 2 * NAME_MAX + 3, /* a file's name, '@', a profile's, and the 0 */
	OPTIONS = MENU_PACKED_NAMED - 1,  /* the one text that is longer than a line */
	FIRST_PATH = 8,			  /* of the named texts */
};

struct members {
	char **text[MENU_PACKED_TEXTS];
};

/* In the order of packed->n_bytes: paths behind FIRST_PATH, but for the last one. */
static struct members members_of(struct menu_entry *e)
{
	struct members m = {
		.text = { &e->id, &e->title, &e->version, &e->machine_id, &e->sort_key,
			  &e->architecture, &e->devicetree_overlay, &e->profile, &e->kernel,
			  &e->efi, &e->devicetree, &e->options },
	};

	for (unsigned i = 0; i < MENU_INITRDS; i++)
		m.text[MENU_PACKED_NAMED + i] = &e->initrd[i];
	return m;
}

void menu_pack(const struct menu_entry *entry, struct menu_packed *packed)
{
	struct menu_entry e = *entry;
	const struct members m = members_of(&e);
	size_t at = 0, n;

	for (unsigned i = 0; i < MENU_PACKED_TEXTS; i++) {
		if (!*m.text[i])
			continue;
		n = strlen(*m.text[i]) + 1;
		if (n > sizeof(packed->text) - at) {
			packed->error =
				why_set(&packed->why, -E2BIG, "says more than an entry may");
			return;
		}
		memcpy(packed->text + at, *m.text[i], n);
		packed->n_bytes[i] = (uint32_t)n;
		at += n;
	}
	packed->tries_left = e.tries_left;
	packed->tries_done = e.tries_done;
	packed->why_not = e.why_not;
}

/* As take_path() in entry.c makes them. */
static bool is_path(const char *path)
{
	size_t n;

	do {
		if (*path++ != '/')
			return false;
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && !memcmp(path, "..", 2)))
			return false;
		path += n;
	} while (*path);
	return true;
}

static size_t most_bytes(unsigned i)
{
	if (i == 0)
		return MOST_ID_BYTES;
	return i == OPTIONS ? MENU_PACKED_BYTES : MENU_LINE_BYTES + 2;
}

static int take_text(const struct menu_packed *p, unsigned i, size_t at, char **ret)
{
	const size_t n = p->n_bytes[i];
	char *text;

	if (n > sizeof(p->text) - at || n > most_bytes(i) || strnlen(p->text + at, n) != n - 1)
		return -EBADMSG;
	if (i >= FIRST_PATH && i != OPTIONS && !is_path(p->text + at))
		return -EBADMSG;
	text = strdup(p->text + at);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static int take_texts(const struct menu_packed *p, struct menu_entry *e)
{
	const struct members m = members_of(e);
	size_t at = 0;
	int r = 0;

	for (unsigned i = 0; i < MENU_PACKED_TEXTS && r == 0; i++) {
		if (!p->n_bytes[i])
			continue;
		if (i >= MENU_PACKED_NAMED && i - MENU_PACKED_NAMED != e->n_initrds)
			return -EBADMSG;
		r = take_text(p, i, at, m.text[i]);
		e->n_initrds += r == 0 && i >= MENU_PACKED_NAMED;
		at += p->n_bytes[i];
	}
	return r == 0 && !e->id[0] ? -EBADMSG : r;
}

int menu_unpack(const struct menu_packed *packed, struct menu_entry *ret_entry, struct why *why)
{
	struct menu_entry e = { .tries_left = packed->tries_left,
				.tries_done = packed->tries_done,
				.why_not = packed->why_not };
	struct why said = packed->why;
	int r;

	if (packed->error > 0 || !why_clean(&said) || !why_clean(&e.why_not))
		return why_impossible(why, "parses");
	if (packed->error < 0)
		return why_set(why, -EBADMSG, "%s", said.text);
	/* boots that were done are counted where those that are left are */
	if (!packed->n_bytes[0] || e.tries_left < -1 || e.tries_done < -1 ||
	    (e.tries_left < 0 && e.tries_done >= 0))
		return why_impossible(why, "parses");
	r = take_texts(packed, &e);
	if (r < 0) {
		menu_entry_free(&e);
		return r == -ENOMEM ? why_errno(why, r, "entry") : why_impossible(why, "parses");
	}
	*ret_entry = e;
	return 0;
}
