// SPDX-License-Identifier: MIT
#include "boot/initrds.h"
#include "base/fd.h"
#include "base/memfd.h"
#include "boot/input.h"
#include "boot/output.h"
#include "boot/secret.h"

#include <errno.h>
#include <string.h>

enum { INITRD_ALIGN = 4 };

/* The stub can make no secret here (firmware/core/variable.c): the running system's goes on. */
static int take_secret(struct initrd_set *set, struct why *why)
{
	int r = boot_secret_read("/run/systemd/stub/boot-secret", &set->secret);

	if (r == 0 && set->secret.n_bytes)
		set->file[set->n++] = set->secret;
	return r < 0 ? why_errno(why, r, "boot secret") : 0;
}

static bool names_initrd(const char *cmdline)
{
	static const char word[] = "initrd=";

	for (const char *at = cmdline; at && (at = strstr(at, word)); at++)
		if (at == cmdline || at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\n')
			return true;
	return false;
}

int initrd_check_cmdline(const struct boot_request *request, struct why *why)
{
	return names_initrd(request->cmdline)
		       ? why_set(why, -EINVAL,
				 "--cmdline: only a kernel's EFI stub loads the file of initrd=, "
				 "and none runs here: give it with --initrd")
		       : 0;
}

/* Linux's stub looks there last, and behind an initrd that is offered not at all. */
static int check_beside(const struct boot_request *request, const struct boot_image *image,
			struct why *why)
{
	if (!names_initrd(request->cmdline) || (!request->n_initrds && !image->has_initrd))
		return 0;
	return why_set(why, -EINVAL,
		       "--cmdline: the kernel ignores its initrd= beside %s: leave it out, or give "
		       "the file with --initrd",
		       request->n_initrds ? "--initrd" : "the image's own initrd");
}

int initrd_set_open(const struct boot_request *request, const struct boot_image *image,
		    struct initrd_set *set, struct why *why)
{
	const bool merges = image->stub >= STUB_MERGES_INITRDS;
	int r = check_beside(request, image, why);

	if (r < 0)
		return r;
	/* an older one finds the place where it wants to put its own taken, and gives up */
	if (request->n_initrds && image->has_initrd && image->stub && !merges)
		return why_set(why, -EOPNOTSUPP,
			       "%s: has an initrd, and its systemd-stub %u takes no --initrd "
			       "besides (%d does)",
			       image->path, image->stub, STUB_MERGES_INITRDS);
	for (unsigned i = 0; i < request->n_initrds; i++) {
		struct firmware_file *f = &set->file[i];

		r = input_open(request->initrd[i], &set->fd[i], &f->n_bytes, why);
		if (r < 0)
			return r;
		set->n_open++;
		f->name = request->initrd[i];
		f->context = &set->fd[i];
		f->read = input_read_at;
	}
	set->n = set->n_given = request->n_initrds;
	return merges && request_boots(request) ? take_secret(set, why) : 0;
}

void initrd_set_close(struct initrd_set *set)
{
	for (unsigned i = 0; i < set->n_open; i++)
		fd_close(&set->fd[i]);
	boot_secret_free(&set->secret);
	set->n = set->n_given = set->n_open = 0;
}

uint64_t initrd_set_bytes(const struct initrd_set *set)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < set->n_given; i++)
		n += align_up(set->file[i].n_bytes, INITRD_ALIGN);
	return n;
}

uint64_t initrd_set_offered(const struct initrd_set *set)
{
	const uint64_t last = set->n_given ? set->file[set->n_given - 1].n_bytes : 0;

	return initrd_set_bytes(set) - (align_up(last, INITRD_ALIGN) - last);
}

int initrd_set_fill(const struct initrd_set *set, uint8_t *to, struct why *why)
{
	for (unsigned i = 0; i < set->n_given; i++) {
		const struct firmware_file *f = &set->file[i];
		const int r = f->read(f->context, 0, to, f->n_bytes);

		if (r < 0)
			return why_errno(why, r, "%s", f->name);
		to += align_up(f->n_bytes, INITRD_ALIGN);
	}
	return 0;
}

static int append(int fd, const struct firmware_file *f)
{
	uint8_t part[1 << 16];
	uint64_t n;
	int r = 0;

	for (uint64_t at = 0; at < f->n_bytes && r == 0; at += n) {
		n = min_u64(f->n_bytes - at, sizeof(part));
		r = f->read(f->context, at, part, n);
		if (r == 0)
			r = output_append(fd, part, n);
	}
	if (r == 0)
		r = output_append(fd, "\0\0\0", align_up(f->n_bytes, INITRD_ALIGN) - f->n_bytes);
	return r;
}

int initrd_set_join(const struct initrd_set *set, struct why *why)
{
	scoped_fd fd = memfd_open("initrd");
	int r;

	if (fd < 0)
		return why_errno(why, fd, "initrd");
	for (unsigned i = 0; i < set->n; i++) {
		r = append(fd, &set->file[i]);
		if (r < 0)
			return why_errno(why, r, "%s", set->file[i].name);
	}
	return fd_take(&fd);
}
