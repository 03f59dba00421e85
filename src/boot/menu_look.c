// SPDX-License-Identifier: MIT
#include "boot/menu_look.h"
#include "keeper/compute.h"
#include "menu/menu.h"
#include "menu/packed.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct question {
	const char *name;
	struct bytes file;
	unsigned number; /* of a profile */
};

struct entry_answer {
	struct menu_packed entry;
	uint32_t n_profiles;
};

struct conf_answer {
	int32_t error;
	struct why why;
	char pattern[MENU_LINE_BYTES + 1]; /* "": there is none */
};

static int take_name(const struct question *q, const char *suffix, struct menu_entry *e,
		     struct why *why)
{
	const int r = menu_entry_name(q->name, suffix, e);

	return r < 0 ? why_set(why, r, "boot loaders take no file of this name") : 0;
}

/* In the other process, which ends with its answer: nothing is freed. */
static void parse_entry(void *context, void *answer)
{
	const struct question *q = context;
	struct menu_packed *a = &((struct entry_answer *)answer)->entry;
	struct menu_entry e = { 0 };

	a->error = take_name(q, ".conf", &e, &a->why);
	if (a->error == 0)
		a->error = menu_entry_parse(q->file, &e, &a->why);
	if (a->error == 0)
		menu_pack(&e, a);
}

static void parse_unified(void *context, void *answer)
{
	const struct question *q = context;
	struct entry_answer *ea = answer;
	struct menu_packed *a = &ea->entry;
	struct menu_unified u = { .number = q->number };
	struct menu_entry e = { 0 };
	struct pe_image pe;

	a->error = pe_image_parse(q->file, PE_MACHINE_OURS, UINT64_MAX, &pe, &a->why);
	if (a->error < 0)
		return;
	ea->n_profiles = u.count = uki_count_profiles(&pe);
	u.osrel = uki_section(&pe, q->number, ".osrel");
	u.cmdline = uki_section(&pe, q->number, ".cmdline");
	if (q->number < u.count)
		u.profile = uki_profile(&pe, q->number);
	a->error = take_name(q, ".efi", &e, &a->why);
	if (a->error == 0)
		a->error = menu_entry_unified(&u, &e, &a->why);
	if (a->error == 0)
		menu_pack(&e, a);
}

static void parse_conf(void *context, void *answer)
{
	const struct question *q = context;
	struct conf_answer *a = answer;
	struct menu menu = { 0 };

	a->error = menu_take_conf(&menu, q->file, &a->why);
	if (a->error == 0 && menu.pattern)
		memcpy(a->pattern, menu.pattern, strlen(menu.pattern) + 1);
}

static int ask(void (*about)(void *, void *), const struct question *q, struct menu_entry *ret,
	       unsigned *ret_count, struct why *why)
{
	struct entry_answer *a = malloc(sizeof(*a)); /* too much for a stack */
	int r;

	if (!a)
		return why_errno(why, -ENOMEM, "entry");
	r = keeper_compute(about, (void *)q, a, sizeof(*a), why);
	if (r == 0)
		r = menu_unpack(&a->entry, ret, why);
	if (r == 0)
		*ret_count = a->n_profiles;
	free(a);
	return r;
}

int look_entry(const char *name, struct bytes text, struct menu_entry *ret_entry, struct why *why)
{
	unsigned none;

	return ask(parse_entry, &(struct question){ .name = name, .file = text }, ret_entry, &none,
		   why);
}

int look_unified(const char *name, struct bytes file, unsigned number, struct menu_entry *ret_entry,
		 unsigned *ret_count, struct why *why)
{
	const struct question q = { name, file, number };
	struct menu_entry e;
	int r = ask(parse_unified, &q, &e, ret_count, why);

	if (r < 0)
		return r;
	/* it is itself what is booted, and has the rest in it */
	if (e.kernel || e.efi || e.devicetree || e.n_initrds) {
		menu_entry_free(&e);
		return why_impossible(why, "parses");
	}
	*ret_entry = e;
	return 0;
}

int look_conf(struct bytes text, char **ret_pattern, struct why *why)
{
	const struct question q = { .file = text };
	struct conf_answer a;
	char *pattern = NULL;
	int r = keeper_compute(parse_conf, (void *)&q, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.error > 0 || !why_clean(&a.why) || !memchr(a.pattern, 0, sizeof(a.pattern)))
		return why_impossible(why, "parses");
	if (a.error < 0)
		return why_set(why, -EBADMSG, "%s", a.why.text);
	if (a.pattern[0]) {
		pattern = strdup(a.pattern);
		if (!pattern)
			return why_errno(why, -ENOMEM, "loader.conf");
	}
	*ret_pattern = pattern;
	return 0;
}
