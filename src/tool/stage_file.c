// SPDX-License-Identifier: MIT
/*
 * --handover file: kernel, initrd and command line for kexec_file_load(2). Those of a
 * unified kernel image are what its stub has put together when it enters the kernel: the
 * stub runs, and what it did besides is lost.
 */
#include "base/fd.h"
#include "handover/kexec_file.h"
#include "pe/uki.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int find_kernel(struct bytes file, struct bytes *ret_kernel)
{
	struct pe_section linux_section;
	struct pe_image pe;
	int r;

	r = pe_image_parse(file, PE_MACHINE_X86_64, UINT64_MAX, &pe, NULL);
	if (r == 0)
		r = pe_image_find_section(&pe, ".linux", &linux_section);
	if (r == 0)
		*ret_kernel = linux_section.data;
	return r;
}

bool boot_is_unified(const struct boot *b)
{
	struct bytes kernel;
	const int r = find_kernel(b->image, &kernel);

	/* of two kernels none is the right one: boot_keep_kernel() says so */
	return r == 0 || r == -ENOTUNIQ;
}

static int append(int fd, const void *data, uint64_t n)
{
	const uint8_t *p = data;
	ssize_t done;

	for (; n; p += done, n -= (uint64_t)done) {
		done = write(fd, p, min_u64(n, 1 << 30));
		if (done < 0)
			return -errno;
	}
	return 0;
}

/* A file without a name that holds data. */
static int file_of(const char *name, struct bytes data, struct why *why)
{
	scoped_fd fd = memfd_create(name, MFD_CLOEXEC);
	int r = fd < 0 ? -errno : append(fd, data.p, data.n);

	return r < 0 ? why_errno(why, r, "%s", name) : fd_take(&fd);
}

int boot_keep_kernel(struct boot *b)
{
	struct bytes kernel;
	int r;

	if (!b->for_this_machine || b->options->way != HANDOVER_FILE)
		return 0;
	r = find_kernel(b->image, &kernel);
	if (r < 0)
		return why_set(&b->why, r, "%s: has %s kernel (.linux)", b->options->image,
			       r == -ENOTUNIQ ? "more than one" : "no");
	b->kernel_fd = file_of("kernel", kernel, &b->why);
	return b->kernel_fd < 0 ? b->kernel_fd : 0;
}

static uint64_t file_bytes(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int stage(struct boot *b, const struct kexec_files *files)
{
	char again[4096];
	const struct handover_options options = {
		.generation = b->generation.text,
		.again = boot_note_again(b, again, sizeof(again)) ? again : NULL,
		.image = b->options->image,
	};
	struct why why;
	int r = kexec_file_stage(files, &options, &why);

	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	printf("staged          kernel %.1f MiB, initrd %.1f MiB, command line %zu bytes, by "
	       "kexec_file_load\n",
	       mib(file_bytes(files->kernel)), mib(file_bytes(files->initrd)),
	       strlen(files->cmdline));
	printf("left behind     what EFI code makes besides: tables, variables, "
	       "measurements, a random address\n");
	return 0;
}

int boot_stage_unified(struct boot *b)
{
	struct kexec_files files = { .kernel = b->kernel_fd, .initrd = -1 };
	struct firmware_linux l = { 0 };
	struct why why;
	int r;

	r = firmware_linux(b->firmware, &l, &why);
	if (r < 0) {
		why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	} else {
		files.cmdline = l.cmdline;
		if (l.initrd.n)
			r = files.initrd = file_of("initrd", l.initrd, &b->why);
		if (r >= 0)
			r = stage(b, &files);
	}
	firmware_wipe(b->firmware);
	fd_close(&files.initrd);
	return r < 0 ? fail("%s", b->why.text) : 0;
}

/* All --initrd files one behind the other, each where the kernel looks for the next. */
static int join_initrds(struct boot *b)
{
	scoped_fd fd = memfd_create("initrd", MFD_CLOEXEC);
	uint8_t part[1 << 16];
	uint64_t at, n;
	int r = fd < 0 ? why_errno(&b->why, -errno, "initrd") : 0;

	for (unsigned i = 0; i < b->n_initrds; i++) {
		const struct firmware_file *f = &b->initrd[i];

		for (at = 0; at < f->n_bytes && r == 0; at += n) {
			n = min_u64(f->n_bytes - at, sizeof(part));
			r = f->read(f->context, at, part, n);
			if (r == 0)
				r = append(fd, part, n);
		}
		if (r == 0)
			r = append(fd, "\0\0\0", align_up(f->n_bytes, 4) - f->n_bytes);
		if (r < 0)
			return why_errno(&b->why, r, "%s", f->name);
	}
	return r < 0 ? r : fd_take(&fd);
}

int boot_stage_plain(struct boot *b)
{
	struct kexec_files files = { .kernel = -1, .initrd = -1 };
	int r = 0;

	/* the file itself: who measures or verifies files wants to see its name */
	files.kernel = open(b->options->image, O_RDONLY | O_CLOEXEC);
	if (files.kernel < 0)
		return why_errno(&b->why, -errno, "%s", b->options->image);
	files.cmdline = b->options->cmdline ? b->options->cmdline : "";
	if (b->n_initrds == 1)
		files.initrd = b->initrd_fd[0];
	else if (b->n_initrds)
		r = files.initrd = join_initrds(b);
	if (r >= 0)
		r = stage(b, &files);
	close(files.kernel);
	if (b->n_initrds > 1)
		fd_close(&files.initrd);
	return r;
}
