// SPDX-License-Identifier: MIT
#include "menu/entry.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_BYTES = 256 };

/* The first of these keys that text has, or NULL. */
static int first_of(struct bytes text, const char *const *key, char **ret)
{
	char value[FIELD_BYTES];

	for (; *key; key++) {
		if (uki_text_field(text, *key, value, sizeof(value)) < 0 || !value[0])
			continue;
		*ret = strdup(value);
		return *ret ? 0 : -ENOMEM;
	}
	return 0;
}

/* os-release(5): the precise before the vague, what people read before what programs read. */
static int take_os(struct bytes osrel, struct menu_entry *entry)
{
	static const char *const title[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };
	static const char *const version[] = { "IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID",
					       NULL };
	static const char *const sort_key[] = { "IMAGE_ID", "ID", NULL };
	int r = first_of(osrel, title, &entry->title);

	if (r == 0)
		r = first_of(osrel, version, &entry->version);
	if (r == 0)
		r = first_of(osrel, sort_key, &entry->sort_key);
	return r;
}

static int take_cmdline(struct bytes b, struct menu_entry *entry)
{
	const uint8_t *end = b.n ? memchr(b.p, 0, b.n) : NULL;

	if (end)
		b.n = (size_t)(end - b.p);
	b = menu_strip(b);
	if (!b.n)
		return 0;
	entry->options = strndup((const char *)b.p, b.n);
	return entry->options ? 0 : -ENOMEM;
}

static int replace(char **old, char *text)
{
	if (!text)
		return -ENOMEM;
	free(*old);
	*old = text;
	return 0;
}

/* As systemd-boot names them: ID@PROFILE from the second one on, "TITLE (PROFILE)". */
static int name_profile(const struct menu_unified *u, const char *id, const char *title,
			struct menu_entry *entry)
{
	int r = 0;

	if (u->number) {
		entry->profile = menu_format("%u", u->number);
		if (!entry->profile)
			return -ENOMEM;
		r = replace(&entry->id, menu_format("%s@%s", entry->id, id ? id : entry->profile));
		if (r == 0 && !title)
			r = replace(&entry->title,
				    menu_format("%s (@%s)", entry->title, entry->profile));
	}
	if (r == 0 && title)
		r = replace(&entry->title, menu_format("%s (%s)", entry->title, title));
	return r;
}

static int take_profile(const struct menu_unified *u, struct menu_entry *entry)
{
	static const char *const id_keys[] = { "ID", NULL };
	static const char *const title_keys[] = { "TITLE", "ID", NULL };
	char *id = NULL, *title = NULL;
	int r = first_of(u->profile, id_keys, &id);

	if (r == 0)
		r = first_of(u->profile, title_keys, &title);
	if (r == 0)
		r = name_profile(u, id, title, entry);
	free(id);
	free(title);
	return r;
}

int menu_entry_unified(const struct menu_unified *unified, struct menu_entry *entry,
		       struct why *why)
{
	int r = take_os(unified->osrel, entry);

	entry->type = MENU_TYPE2;
	if (r == 0 && !entry->title)
		return why_set(why, -EBADMSG,
			       "its os-release (.osrel) has no name, so no boot loader lists it");
	if (r == 0)
		r = take_cmdline(unified->cmdline, entry);
	if (r == 0 && unified->count)
		r = take_profile(unified, entry);
	return r < 0 ? why_errno(why, r, "entry") : 0;
}
