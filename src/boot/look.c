// SPDX-License-Identifier: MIT
#include "boot/look.h"
#include "host/sandbox_gate.h"
#include "keeper/compute.h"
#include "pe/uki.h"
#include "seed/setup_data.h"

#include <errno.h>
#include <string.h>

struct question {
	struct bytes file, addon;
	const char *profile;
	unsigned number; /* of a profile */
};

struct answer {
	int32_t error;
	uint32_t number, count, small_pages;
	uint64_t offset, n_bytes;
	struct why why;
};

static int parse(const struct question *q, struct pe_image *ret_pe, struct answer *a)
{
	return a->error = pe_image_parse(q->file, PE_MACHINE_OURS, UINT64_MAX, ret_pe, &a->why);
}

/* Of a kernel, or of anything else: then there is none. */
static uint64_t list_of(struct bytes kernel)
{
	uint64_t first;

	return boot_params_first(kernel, &first, NULL) == 0 ? first : 0;
}

/* arch/arm64/include/asm/image.h: the magic number, and in the flags the size of its pages. */
static bool has_small_pages(struct bytes kernel)
{
	enum { FLAGS = 24, MAGIC = 56, PAGES_SHIFT = 1, PAGES_4K = 1 };
	uint64_t flags = 0;
	uint32_t magic = 0;

	return bytes_le32(kernel, MAGIC, &magic) && magic == 0x644d5241 &&
	       bytes_le64(kernel, FLAGS, &flags) && (flags >> PAGES_SHIFT & 3) == PAGES_4K;
}

static void image(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct pe_image pe;
	uint64_t list = list_of(q->file);

	if (parse(context, &pe, a) == 0)
		*a = (struct answer){ .number = uki_stub_version(&pe),
				      .count = uki_has_initrd(&pe),
				      .n_bytes = uki_section(&pe, 0, ".pcrsig").n,
				      .offset =
					      list ? list : list_of(uki_section(&pe, 0, ".linux")),
				      .small_pages =
					      has_small_pages(q->file) ||
					      has_small_pages(uki_section(&pe, 0, ".linux")) };
	else
		a->offset = list;
}

static void profile(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct pe_image pe;
	unsigned n;

	if (parse(q, &pe, a) < 0) {
		a->error = -ENOEXEC;
		return;
	}
	a->error = uki_find_profile(&pe, q->profile, &n);
	if (a->error == 0)
		a->number = n;
	a->count = uki_count_profiles(&pe);
}

static void kernel(void *context, void *answer)
{
	const struct question *q = context;
	struct bytes found = { 0 };
	struct answer *a = answer;
	struct pe_image pe;

	if (parse(q, &pe, a) == 0)
		a->error = uki_kernel(&pe, q->number, &found);
	if (a->error == 0) {
		a->offset = (uint64_t)(found.p - q->file.p);
		a->n_bytes = found.n;
	}
}

static void addon(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct pe_image pe;

	/* a program without stub may do with them what it likes, if it reads them */
	if (parse(q, &pe, a) < 0)
		a->error = 0;
	else
		a->error = uki_check_addon(&pe, q->addon, &a->why);
}

/* The answer, with its text as it can be shown; an error that is none is not believed. */
static int ask(void (*about)(void *, void *), const struct question *q, struct answer *ret,
	       struct why *why)
{
	struct answer a;
	int r = keeper_compute(about, (void *)q, &a, sizeof(a), why);

	if (r < 0)
		return sandbox_gate_explain("", r, why);
	if (a.error > 0 || !why_clean(&a.why))
		return why_set(why, -EBADMSG,
			       "the process that parses it gave an impossible answer");
	*ret = a;
	return 0;
}

int look_at_image(struct bytes file, struct look *ret_look, struct why *why)
{
	struct answer a;
	int r = ask(image, &(struct question){ .file = file }, &a, why);

	if (r < 0)
		return r;
	*ret_look = (struct look){ a.number, a.count, a.n_bytes, a.offset, a.small_pages };
	return 0;
}

int look_profile(struct bytes file, const char *name, unsigned *ret_n, unsigned *ret_count,
		 struct why *why)
{
	struct answer a;
	int r = ask(profile, &(struct question){ .file = file, .profile = name }, &a, why);

	if (r < 0)
		return r;
	if (a.error) {
		*why = a.why;
		*ret_count = a.count;
		return a.error;
	}
	*ret_n = a.number;
	return 0;
}

int look_kernel(struct bytes file, unsigned profile, struct bytes *ret_kernel, struct why *why)
{
	struct answer a;
	int r = ask(kernel, &(struct question){ .file = file, .number = profile }, &a, why);

	if (r < 0)
		return r;
	if (a.error)
		return a.error;
	return bytes_sub(file, a.offset, a.n_bytes, ret_kernel)
		       ? 0
		       : why_set(why, -EBADMSG,
				 "the process that parses it found a kernel outside the file");
}

int look_addon(struct bytes file, struct bytes other, struct why *why)
{
	struct answer a;
	int r = ask(addon, &(struct question){ .file = file, .addon = other }, &a, why);

	if (r == 0 && a.error) {
		*why = a.why;
		r = a.error;
	}
	return r;
}
