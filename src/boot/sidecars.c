// SPDX-License-Identifier: MIT
#include "boot/sidecars.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* of one, and of all that are looked at */
	MAX_ADDON_BYTES = 256 << 20,
	STUB_EXTENSIONS = 262,
};

struct place {
	const char *kind, *folder /* NULL: the image's own */, *end, *but;
	unsigned since; /* the first stub that looks there */
};

/* What no stub takes: hidden, not ASCII. */
static bool is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c & 0x80)
			return false;
	return name[0] != '.';
}

int sidecar_read(const struct esp *esp, const struct sidecar *sidecar, uint8_t **ret_p,
		 size_t *ret_n)
{
	const struct firmware_file_system *fs = &esp->tree.files;
	struct firmware_node node;
	uint8_t *p = NULL;
	int64_t got = 0;
	void *file;
	int r = fs->open(fs->context, sidecar->path + 1, 0, &file);

	if (r < 0)
		return r;
	r = fs->describe(file, &node);
	if (r == 0 && node.n_bytes > MAX_ADDON_BYTES)
		r = -EFBIG;
	if (r == 0) {
		p = malloc(node.n_bytes + 1);
		got = p ? fs->read(file, 0, p, node.n_bytes) : -ENOMEM;
		r = got < 0 ? (int)got : 0;
	}
	fs->close(file);
	if (r < 0) {
		free(p);
		return r;
	}
	*ret_p = p;
	*ret_n = (size_t)got;
	return 0;
}

/* What an addon holds, and whether it would be taken. */
static int look_into_addon(const struct pe_image *image, struct sidecar *s)
{
	struct bytes cmdline;
	struct pe_image addon;
	struct why why;

	if (!s->file.p)
		return 0; /* why not is known */
	if (uki_check_addon(image, s->file, &why) < 0)
		memcpy(s->why_not, why.text, sizeof(s->why_not));
	if (pe_image_parse(s->file, image->machine, UINT32_MAX, &addon, NULL) < 0)
		return 0;
	s->initrd_bytes = uki_section(&addon, 0, ".initrd").n;
	s->ucode_bytes = uki_section(&addon, 0, ".ucode").n;
	cmdline = uki_section(&addon, 0, ".cmdline");
	s->cmdline = cmdline.n ? strndup((const char *)cmdline.p, cmdline.n) : NULL;
	return cmdline.n && !s->cmdline ? -ENOMEM : 0;
}

static int add(const struct place *place, const char *folder, const struct firmware_node *node,
	       struct sidecars *list)
{
	struct sidecar *s = &list->sidecar[list->n];

	if (list->n == MAX_SIDECARS_SHOWN)
		return -E2BIG;
	*s = (struct sidecar){ .kind = place->kind, .n_bytes = node->n_bytes };
	if (asprintf(&s->path, "/%s/%s", folder, node->name) < 0)
		return -ENOMEM;
	list->n++;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sidecar *)a)->path, ((const struct sidecar *)b)->path);
}

static int entry(const struct firmware_file_system *fs, void *file, uint64_t i,
		 struct firmware_node *ret_node)
{
	int r;

	do
		r = fs->entry(file, i, ret_node);
	while (r == -EAGAIN);
	return r;
}

static int look_in(const struct esp *esp, const struct place *place, struct sidecars *list)
{
	const struct firmware_file_system *fs = &esp->tree.files;
	const unsigned first = list->n;
	struct firmware_node node;
	char folder[4096];
	void *file;
	int r;

	snprintf(folder, sizeof(folder), "%s", place->folder ? place->folder : esp->extra + 1);
	r = fs->open(fs->context, folder, 0, &file);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	for (uint64_t i = 0; r == 0 && (r = entry(fs, file, i, &node)) == 0; i++)
		if (!node.folder && is_plain(node.name) &&
		    esp_name_ends_in(node.name, place->end) &&
		    (!place->but || !esp_name_ends_in(node.name, place->but)))
			r = add(place, folder, &node, list);
	fs->close(file);
	qsort(list->sidecar + first, list->n - first, sizeof(*list->sidecar), by_path);
	return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

int sidecars_list(unsigned stub, const struct esp *esp, struct sidecars *ret, struct why *why)
{
	static const struct place places[] = {
		{ "addon", "loader/addons", ".addon.efi", NULL, 0 },
		{ "addon", NULL, ".addon.efi", NULL, 0 },
		{ "credential", NULL, ".cred", NULL, 0 },
		{ "credential", "loader/credentials", ".cred", NULL, 0 },
		{ "extension", NULL, ".raw", ".confext.raw", 0 },
		{ "extension", "loader/extensions", ".raw", ".confext.raw", STUB_EXTENSIONS },
		{ "extension", NULL, ".confext.raw", NULL, 0 },
		{ "extension", "loader/extensions", ".confext.raw", NULL, STUB_EXTENSIONS },
	};
	int r = 0;

	ret->n = 0;
	for (unsigned i = 0; stub && i < ARRAY_SIZE(places) && r == 0; i++)
		if (stub >= places[i].since)
			r = look_in(esp, &places[i], ret);
	return r < 0 ? why_errno(why, r, "the files beside it") : 0;
}

static bool is_addon(const struct sidecar *s)
{
	return !strcmp(s->kind, "addon");
}

int sidecars_read(const struct esp *esp, struct sidecars *list, struct why *why)
{
	uint64_t n_bytes = 0;

	for (unsigned i = 0; i < list->n; i++) {
		struct sidecar *s = &list->sidecar[i];
		uint8_t *p;
		int r;

		if (!is_addon(s))
			continue;
		n_bytes += s->n_bytes;
		r = n_bytes > MAX_ADDON_BYTES ? -EFBIG : sidecar_read(esp, s, &p, &s->file.n);
		if (r == -ENOMEM)
			return why_errno(why, r, "the files beside it");
		if (r < 0)
			snprintf(s->why_not, sizeof(s->why_not), "%s", strerror(-r));
		else
			s->file.p = p;
	}
	return 0;
}

int sidecars_look(const struct pe_image *image, struct sidecars *list, struct why *why)
{
	int r = 0;

	for (unsigned i = 0; i < list->n && r == 0; i++)
		if (is_addon(&list->sidecar[i]))
			r = look_into_addon(image, &list->sidecar[i]);
	return r < 0 ? why_errno(why, r, "the files beside it") : 0;
}

void sidecars_free(struct sidecars *sidecars)
{
	for (unsigned i = 0; i < sidecars->n; i++) {
		free(sidecars->sidecar[i].path);
		free(sidecars->sidecar[i].cmdline);
		free((void *)sidecars->sidecar[i].file.p);
	}
	sidecars->n = 0;
}
