// SPDX-License-Identifier: MIT
#include "menu/entry.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *menu_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return text;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct bytes menu_strip(struct bytes b)
{
	while (b.n && is_blank(b.p[0]))
		b = (struct bytes){ b.p + 1, b.n - 1 };
	while (b.n && is_blank(b.p[b.n - 1]))
		b.n--;
	return b;
}

static void split(struct bytes line, struct menu_line *to)
{
	size_t n = 0;

	while (n < line.n && !is_blank(line.p[n]))
		n++;
	to->key = (struct bytes){ line.p, n };
	to->value = menu_strip((struct bytes){ line.p + n, line.n - n });
}

int menu_next_line(struct bytes text, size_t *inout_at, struct menu_line *line, struct why *why)
{
	struct bytes rest, one;
	const uint8_t *end;

	while (bytes_sub(text, *inout_at, text.n - *inout_at, &rest) && rest.n) {
		end = memchr(rest.p, '\n', rest.n);
		one = (struct bytes){ rest.p, end ? (size_t)(end - rest.p) : rest.n };
		*inout_at += one.n + (end != NULL);
		line->number++;
		if (one.n > MENU_LINE_BYTES)
			return why_set(why, -EINVAL, "line %u: is longer than %d bytes",
				       line->number, MENU_LINE_BYTES);
		if (memchr(one.p, 0, one.n))
			return why_set(why, -EINVAL, "line %u: contains a NUL", line->number);
		one = menu_strip(one);
		if (!one.n || one.p[0] == '#')
			continue;
		split(one, line);
		return 1;
	}
	return 0;
}

bool menu_line_is(const struct menu_line *line, const char *key)
{
	return line->key.n == strlen(key) && !memcmp(line->key.p, key, line->key.n);
}

static int take_text(struct bytes value, char **to)
{
	char *text = strndup((const char *)value.p, value.n);

	if (!text)
		return -ENOMEM;
	free(*to);
	*to = text;
	return 0;
}

/* The first reason is the one that is told. */
static void cannot(struct menu_entry *entry, const struct menu_line *line, const char *reason)
{
	if (!entry->why_not.text[0])
		why_set(&entry->why_not, 0, "line %u: %.*s: %s", line->number, (int)line->key.n,
			(const char *)line->key.p, reason);
}

/* Names with one '/' before each; -EINVAL for what leads elsewhere or is a folder. */
static int take_path(struct bytes value, char **ret)
{
	char *path = malloc(value.n + 2), *to = path;
	size_t n;

	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < value.n; i += n + 1) {
		const char *name = (const char *)value.p + i;

		/* some write them as EFI does */
		for (n = 0; i + n < value.n && name[n] != '/' && name[n] != '\\'; n++)
			;
		if (n == 2 && !memcmp(name, "..", 2))
			break;
		if (n == 0 || (n == 1 && name[0] == '.')) {
			if (i + n + 1 >= value.n)
				break; /* a folder */
			continue;
		}
		*to++ = '/';
		memcpy(to, name, n);
		to += n;
		if (i + n == value.n) {
			*to = '\0';
			*ret = path;
			return 0;
		}
	}
	free(path);
	return -EINVAL;
}

static int take_one_path(const struct menu_line *line, struct menu_entry *entry, char **to)
{
	char *path;
	int r = take_path(line->value, &path);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		cannot(entry, line, "is not the path of a file on the partition");
		return 0;
	}
	free(*to);
	*to = path;
	return 0;
}

static int take_initrd(const struct menu_line *line, struct menu_entry *entry)
{
	char *path = NULL;
	int r;

	if (entry->n_initrds == MENU_INITRDS) {
		cannot(entry, line, "there are more than 64 of them");
		return 0;
	}
	r = take_one_path(line, entry, &path);
	if (path)
		entry->initrd[entry->n_initrds++] = path;
	return r;
}

/* Several are one text, a blank between them. */
static int take_options(const struct menu_line *line, struct menu_entry *entry)
{
	const struct bytes v = line->value;
	char *all = menu_format("%s%s%.*s", entry->options ? entry->options : "",
				entry->options ? " " : "", (int)v.n, (const char *)v.p);

	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '$' && (i == 0 || is_blank(v.p[i - 1])))
			cannot(entry, line, "has a variable of GRUB's, which only GRUB replaces");
	if (!all)
		return -ENOMEM;
	free(entry->options);
	entry->options = all;
	return 0;
}

/* What only the kernels of other processors take, and what nobody here would fetch. */
static const char *not_supported(const struct menu_line *line)
{
	static const struct {
		const char *key, *reason;
	} rows[] = {
		{ "devicetree", "no kernel of this processor takes one" },
		{ "devicetree-overlay", "no kernel of this processor takes one" },
		{ "uki-url", "bardo reads no network" },
		{ "extra", "bardo does not support it" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (menu_line_is(line, rows[i].key))
			return rows[i].reason;
	return NULL;
}

static char **text_field(const struct menu_line *line, struct menu_entry *e)
{
	const struct {
		const char *key;
		char **to;
	} rows[] = {
		{ "title", &e->title },
		{ "version", &e->version },
		{ "machine-id", &e->machine_id },
		{ "sort-key", &e->sort_key },
		{ "architecture", &e->architecture },
		{ "profile", &e->profile },
		{ "devicetree-overlay", &e->devicetree_overlay },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (menu_line_is(line, rows[i].key))
			return rows[i].to;
	return NULL;
}

static int take_line(const struct menu_line *line, struct menu_entry *e)
{
	const char *reason = not_supported(line);
	char **text = text_field(line, e);

	if (!line->value.n)
		return 0;
	if (reason)
		cannot(e, line, reason);
	if (text)
		return take_text(line->value, text);
	if (menu_line_is(line, "linux"))
		return take_one_path(line, e, &e->kernel);
	if (menu_line_is(line, "efi") || menu_line_is(line, "uki"))
		return take_one_path(line, e, &e->efi);
	if (menu_line_is(line, "devicetree"))
		return take_one_path(line, e, &e->devicetree);
	if (menu_line_is(line, "initrd"))
		return take_initrd(line, e);
	if (menu_line_is(line, "options"))
		return take_options(line, e);
	return 0; /* later versions of the specification have more, and GRUB has its own */
}

int menu_entry_parse(struct bytes text, struct menu_entry *entry, struct why *why)
{
	struct menu_line line = { 0 };
	size_t at = 0;
	int r;

	entry->type = MENU_TYPE1;
	if (text.n > MENU_FILE_BYTES)
		return why_set(why, -EINVAL,
			       "has %zu bytes, more than the %d that an entry may have", text.n,
			       MENU_FILE_BYTES);
	do {
		r = menu_next_line(text, &at, &line, why);
		if (r > 0 && take_line(&line, entry) < 0)
			return why_errno(why, -ENOMEM, "line %u", line.number);
	} while (r > 0);
	return r;
}

void menu_entry_judge(struct menu_entry *entry, const char *architecture)
{
	const bool is_file = entry->type == MENU_TYPE1 || entry->type == MENU_TYPE2;
	struct why why = { "" };

	if (!is_file) {
		why_set(&entry->why_not, 0, "only the boot loader can start it");
		return;
	}
	if (!entry->kernel && !entry->efi)
		why_set(&why, 0, "names no kernel and no EFI program");
	else if (entry->architecture && strcasecmp(entry->architecture, architecture) != 0)
		why_set(&why, 0, "is for the architecture %.32s, and this machine is %s",
			entry->architecture, architecture);
	if (!why.text[0])
		return;
	entry->absent = true;
	entry->why_not = why;
}

void menu_entry_free(struct menu_entry *e)
{
	char *const text[] = { e->id,	   e->source,	  e->root,	 e->title,
			       e->version, e->machine_id, e->sort_key,	 e->architecture,
			       e->kernel,  e->efi,	  e->devicetree, e->devicetree_overlay,
			       e->options, e->show_title, e->profile };

	for (unsigned i = 0; i < ARRAY_SIZE(text); i++)
		free(text[i]);
	for (unsigned i = 0; i < e->n_initrds; i++)
		free(e->initrd[i]);
	*e = (struct menu_entry){ 0 };
}
