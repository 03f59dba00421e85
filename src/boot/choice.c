// SPDX-License-Identifier: MIT
#include "boot/choice.h"
#include "host/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool choice_reused_cmdline(const char *running, char to[static REUSED_BYTES])
{
	static const char *const loaders[] = { "BOOT_IMAGE=", "initrd=" };
	size_t n_to = 0, n;
	bool quoted, ours;

	for (const char *at = running; *at; at += n) {
		at += strspn(at, " \n");
		/* a quoted value has blanks in it */
		quoted = false;
		for (n = 0; at[n] && at[n] != '\n' && (quoted || at[n] != ' '); n++)
			quoted ^= at[n] == '"';
		ours = n > 0;
		for (unsigned i = 0; i < ARRAY_SIZE(loaders); i++)
			ours &= strncmp(at, loaders[i], strlen(loaders[i])) != 0;
		if (!ours)
			continue;
		if (n_to + n + 2 > REUSED_BYTES)
			return false;
		if (n_to)
			to[n_to++] = ' ';
		memcpy(to + n_to, at, n);
		n_to += n;
	}
	to[n_to] = '\0';
	return true;
}

static int reuse_cmdline(struct boot_request *request, struct choice *c, struct why *why)
{
	scoped_host_file running = { 0 };
	int r = host_file_read("", "/proc/cmdline", &running);

	if (r < 0)
		return why_errno(why, r, "/proc/cmdline");
	if (!choice_reused_cmdline(running.text, c->cmdline))
		return why_set(why, -E2BIG, "/proc/cmdline: has more than %d bytes", REUSED_BYTES);
	request->cmdline = c->cmdline;
	return 0;
}

/* A path of the host's, which lives as long as the choice. */
static const char *keep_path(struct choice *c, const char *root, const char *path)
{
	char *full = menu_format("%s%s", root, path);

	if (full)
		c->path[c->n_paths++] = full;
	return full;
}

/* Those of the entry, then those that were given. */
static int add_initrds(struct boot_request *request, struct choice *c, struct why *why)
{
	const struct menu_entry *e = c->entry;
	const char *initrd[MAX_INITRDS];
	unsigned n = 0;

	if (e->n_initrds + request->n_initrds > MAX_INITRDS)
		return why_set(why, -E2BIG, "%s: more than %d initrds", e->id, MAX_INITRDS);
	for (; n < e->n_initrds; n++) {
		initrd[n] = keep_path(c, e->root, e->initrd[n]);
		if (!initrd[n])
			return why_errno(why, -ENOMEM, "%s", e->id);
	}
	for (unsigned i = 0; i < request->n_initrds; i++)
		initrd[n++] = request->initrd[i];
	memcpy(request->initrd, initrd, n * sizeof(*initrd));
	request->n_initrds = n;
	return 0;
}

static int take_entry(struct boot_request *request, struct choice *c, struct why *why)
{
	const struct menu_entry *e = c->entry;

	if (e->why_not.text[0])
		return why_set(why, -EOPNOTSUPP, "%s: %s", e->id, e->why_not.text);
	request->image = keep_path(c, e->root, e->kernel ? e->kernel : e->efi);
	if (!request->image)
		return why_errno(why, -ENOMEM, "%s", e->id);
	/* what its loader would give it: a unified kernel image has its own, of its profile */
	if (e->type == MENU_TYPE1 && !request->cmdline)
		request->cmdline = e->options;
	if (!request->profile)
		request->profile = e->profile;
	/* it was for the menu: no EFI code runs that could use it */
	if (request->way != HANDOVER_FREEZE && e->type == MENU_TYPE1)
		request->esp.folder = NULL;
	request->one_shot_is_used = c->by == MENU_BY_ONE_SHOT;
	return add_initrds(request, c, why);
}

static int read_menu(const struct boot_request *request, struct choice *c, struct why *why)
{
	const char *folder = request->esp.folder;
	struct menu_places places = { 0 };

	if (!folder)
		menu_places_find(&places);
	else if ((size_t)snprintf(places.esp, sizeof(places.esp), "%s", folder) >= PATH_MAX)
		return why_errno(why, -ENAMETOOLONG, "--esp");
	/* firmware's variables are about the machine's own menu */
	return menu_read(folder ? NULL : "", &places, &c->menu, why);
}

/* Debian's links to its newest kernel. */
static bool take_links(struct boot_request *request)
{
	static const char *const links[][2] = { { "/vmlinuz", "/initrd.img" },
						{ "/boot/vmlinuz", "/boot/initrd.img" } };

	for (unsigned i = 0; i < ARRAY_SIZE(links); i++)
		if (access(links[i][0], F_OK) == 0) {
			request->image = links[i][0];
			if (!request->n_initrds && access(links[i][1], F_OK) == 0)
				request->initrd[request->n_initrds++] = links[i][1];
			return true;
		}
	return false;
}

static int no_menu(struct boot_request *request, struct why *why)
{
	if (!request->reuse_cmdline)
		return why_set(why, -ENOENT,
			       "no boot menu with an entry that boots: bardo list shows it; "
			       "--reuse-cmdline boots /vmlinuz with the present command line");
	if (!take_links(request))
		return why_set(why, -ENOENT, "no boot menu, and there is no /vmlinuz");
	return 0;
}

static int choose(struct boot_request *request, struct choice *c, struct why *why)
{
	int r = read_menu(request, c, why);

	if (r < 0)
		return r;
	c->entry = request->entry ? menu_find(&c->menu, request->entry)
				  : menu_default(&c->menu, &c->by);
	if (c->entry)
		return take_entry(request, c, why);
	if (request->entry)
		return why_set(why, -ENOENT, "%s: there is no such entry; bardo list shows all %u",
			       request->entry, c->menu.n);
	return no_menu(request, why);
}

int choice_make(struct boot_request *request, struct choice *ret_choice, struct why *why)
{
	struct boot_request completed = *request;
	int r = 0;

	*ret_choice = (struct choice){ 0 };
	if (request->reuse_cmdline)
		r = reuse_cmdline(&completed, ret_choice, why);
	if (r == 0 && !request->image)
		r = choose(&completed, ret_choice, why);
	if (r < 0) {
		choice_free(ret_choice);
		return r;
	}
	*request = completed;
	return 0;
}

void choice_free(struct choice *choice)
{
	menu_free(&choice->menu);
	for (unsigned i = 0; i < choice->n_paths; i++)
		free(choice->path[i]);
	*choice = (struct choice){ 0 };
}
