// SPDX-License-Identifier: MIT
#include "boot/stage_file.h"
#include "base/fd.h"
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

static int stage_linux(int kernel, const struct run_result *run,
		       const struct handover_options *options, struct file_report *ret_report,
		       struct why *why)
{
	scoped_fd initrd = -1;

	if (!run->has_linux)
		return why_set(why, -EBADMSG, "%s: %s", options->image, run->linux_why.text);
	if (run->initrd.n) {
		initrd = output_file("initrd", run->initrd, why);
		if (initrd < 0)
			return initrd;
	}
	return stage(&(struct kexec_files){ kernel, initrd, run->options.text }, options,
		     ret_report, why);
}

int stage_unified(int kernel, struct run_result *run, const struct handover_options *options,
		  struct file_report *ret_report, struct why *why)
{
	int r = stage_linux(kernel, run, options, ret_report, why);

	run_wipe(run);
	return r;
}

int stage_open_plain(const char *kernel, struct why *why)
{
	const int fd = open(kernel, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? why_errno(why, -errno, "%s", kernel) : fd;
}

int stage_plain(int kernel, const struct initrd_set *initrds, const char *cmdline,
		const struct handover_options *options, struct file_report *ret_report,
		struct why *why)
{
	struct kexec_files files = { kernel, -1, cmdline ? cmdline : "" };
	scoped_fd joined = -1;

	if (initrds->n == 1 && initrds->n_given == 1) {
		files.initrd = initrds->fd[0];
	} else if (initrds->n) {
		/* one copy of ours, and the kernel's two */
		if (handover_memory_check(3 * initrd_set_bytes(initrds), why) < 0)
			return -ENOMEM;
		files.initrd = joined = initrd_set_join(initrds, why);
		if (joined < 0)
			return joined;
	}
	return stage(&files, options, ret_report, why);
}
