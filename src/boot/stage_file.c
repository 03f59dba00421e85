// SPDX-License-Identifier: MIT
#include "boot/stage_file.h"
#include "base/fd.h"
#include "boot/carry.h"
#include "boot/input.h"
#include "boot/output.h"
#include "handover/kexec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int stage(const struct kexec_files *files, const struct handover_options *options,
		 struct file_report *ret_report, struct why *why)
{
	struct why inner;
	int r = kexec_file_stage(files, options, &inner);

	if (r < 0)
		return why_set(why, r, "%s: %s", options->image, inner.text);
	*ret_report = (struct file_report){
		.kernel_bytes = output_bytes(files->kernel),
		.initrd_bytes = output_bytes(files->initrd),
		.cmdline_bytes = strlen(files->cmdline),
	};
	return 0;
}

static int stage_linux(int kernel, const struct run_result *run, const struct sources *sources,
		       const struct handover_options *options, struct file_report *ret_report,
		       struct why *why)
{
	scoped_fd initrd = -1;

	if (!run->has_linux)
		return why_set(why, -EBADMSG, "%s: %s", options->image, run->linux_why.text);
	if (run->initrd.n || carry_is_needed(sources)) {
		initrd = carry_is_needed(sources)
				 ? carry_behind(sources, run->measured, run->initrd, why)
				 : output_file("initrd", run->initrd, why);
		if (initrd < 0)
			return initrd;
	}
	return stage(&(struct kexec_files){ kernel, initrd, run->options.text }, options,
		     ret_report, why);
}

int stage_unified(int kernel, struct run_result *run, const struct sources *sources,
		  const struct handover_options *options, struct file_report *ret_report,
		  struct why *why)
{
	int r = stage_linux(kernel, run, sources, options, ret_report, why);

	run_wipe(run);
	return r;
}

int stage_open_plain(const char *kernel, struct why *why)
{
	const int fd = open(kernel, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? why_errno(why, -errno, "%s", kernel) : fd;
}

int stage_plain(int kernel, const struct initrd_set *initrds, int initrd, const char *cmdline,
		const struct handover_options *options, struct file_report *ret_report,
		struct why *why)
{
	struct kexec_files files = { kernel, initrd, cmdline ? cmdline : "" };
	scoped_fd joined = -1;

	if (initrd < 0 && initrds->n == 1 && initrds->n_given == 1) {
		files.initrd = initrds->fd[0];
	} else if (initrd < 0 && initrds->n) {
		/* one copy of ours, and the kernel's two */
		if (handover_memory_check(3 * initrd_set_bytes(initrds), why) < 0)
			return -ENOMEM;
		files.initrd = joined = initrd_set_join(initrds, why);
		if (joined < 0)
			return joined;
	}
	return stage(&files, options, ret_report, why);
}

int stage_check_unchanged(int kernel, struct bytes measured, const char *path, struct why *why)
{
	uint8_t part[1 << 16];
	bool same = output_bytes(kernel) == measured.n;
	size_t n;

	for (size_t at = 0; at < measured.n && same; at += n) {
		n = min_u64(measured.n - at, sizeof(part));
		same = input_read_at(&kernel, at, part, n) == 0 &&
		       !memcmp(part, measured.p + at, n);
	}
	return same ? 0 : why_set(why, -ESTALE, "%s: changed while it was staged", path);
}
