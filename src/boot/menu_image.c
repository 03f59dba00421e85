// SPDX-License-Identifier: MIT
/*
 * Unified kernel images as entries. They are large, and only a few sections are wanted: a process
 * that can do nothing looks at the mapped file and says where these are.
 */
#include "boot/input.h"
#include "boot/menu.h"
#include "keeper/compute.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAX_PROFILES = 64, SECTION_BYTES = 1 << 16 };

struct part {
	uint64_t offset, n_bytes;
};

struct question {
	struct bytes file;
	unsigned number;
};

struct answer {
	int32_t error;
	uint32_t count; /* of profiles */
	struct part osrel, cmdline, profile;
	struct why why;
};

static struct part part_of(struct bytes file, struct bytes section)
{
	return section.n ? (struct part){ (uint64_t)(section.p - file.p), section.n }
			 : (struct part){ 0 };
}

/* In the other process. */
static void look(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct pe_image pe;

	a->error = pe_image_parse(q->file, PE_MACHINE_OURS, UINT64_MAX, &pe, &a->why);
	if (a->error < 0)
		return;
	a->count = uki_count_profiles(&pe);
	a->osrel = part_of(q->file, uki_section(&pe, q->number, ".osrel"));
	a->cmdline = part_of(q->file, uki_section(&pe, q->number, ".cmdline"));
	if (q->number < a->count)
		a->profile = part_of(q->file, uki_profile(&pe, q->number));
}

static int read_part(int fd, struct part part, const char *name, uint8_t *buf,
		     struct bytes *ret_bytes, struct why *why)
{
	int r;

	if (part.n_bytes > SECTION_BYTES)
		return why_set(why, -EINVAL, "its %s has more than %d bytes", name, SECTION_BYTES);
	r = input_read_at(&fd, part.offset, buf, part.n_bytes);
	if (r < 0)
		return why_errno(why, r, "its %s", name);
	*ret_bytes = (struct bytes){ buf, part.n_bytes };
	return 0;
}

struct sections {
	uint8_t osrel[SECTION_BYTES], cmdline[SECTION_BYTES], profile[SECTION_BYTES];
};

static int read_parts(int fd, const struct answer *a, unsigned number, struct sections *s,
		      struct menu_unified *ret, struct why *why)
{
	struct menu_unified u = { .number = number, .count = a->count };
	int r = read_part(fd, a->osrel, ".osrel", s->osrel, &u.osrel, why);

	if (r == 0)
		r = read_part(fd, a->cmdline, ".cmdline", s->cmdline, &u.cmdline, why);
	if (r == 0)
		r = read_part(fd, a->profile, ".profile", s->profile, &u.profile, why);
	if (r == 0)
		*ret = u;
	return r;
}

static int name_entry(const char *path, const char *root, struct menu_entry *e)
{
	int r = menu_entry_name(strrchr(path, '/') + 1, ".efi", e);

	if (r < 0)
		return r;
	e->source = strdup(path);
	e->root = strdup(root);
	e->kernel = strdup(path + strlen(root));
	return e->source && e->root && e->kernel ? 0 : -ENOMEM;
}

static int add_profile(int fd, struct bytes file, unsigned number, const char *path,
		       const char *root, struct menu *menu, unsigned *ret_count, struct why *why)
{
	const struct question q = { file, number };
	struct menu_entry e = { 0 };
	struct menu_unified unified;
	struct sections *s;
	struct answer a;
	int r = keeper_compute(look, (void *)&q, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.error > 0 || !why_clean(&a.why))
		return why_set(why, -EBADMSG, "the process that parses it says what cannot be");
	if (a.error < 0)
		return why_set(why, a.error, "%s", a.why.text);
	s = malloc(sizeof(*s));
	r = s ? read_parts(fd, &a, number, s, &unified, why) : why_errno(why, -ENOMEM, "image");
	if (r == 0 && (r = name_entry(path, root, &e)) < 0)
		why_set(why, r, "boot loaders take no file of this name");
	if (r == 0)
		r = menu_entry_unified(&unified, &e, why);
	if (r == 0)
		r = menu_add(menu, &e, why);
	if (r == 0)
		*ret_count = a.count;
	menu_entry_free(&e);
	free(s);
	return r;
}

int menu_read_image(int fd, const char *path, const char *root, struct menu *menu, struct why *why)
{
	unsigned count = 1;
	struct stat st;
	struct bytes file;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return why_errno(why, -errno, "image");
	if (st.st_size == 0)
		return why_set(why, -EINVAL, "is empty");
	file.n = (size_t)st.st_size;
	file.p = mmap(NULL, file.n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file.p == MAP_FAILED)
		return why_errno(why, -errno, "image");
	for (unsigned i = 0; i < count && i < MAX_PROFILES && r == 0; i++)
		r = add_profile(fd, file, i, path, root, menu, &count, why);
	munmap((void *)file.p, file.n);
	return r;
}
