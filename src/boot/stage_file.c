// SPDX-License-Identifier: MIT
/*
 * --handover file: kernel, initrd and command line for kexec_file_load(2). Those of a
 * unified kernel image are what its stub has put together when it enters the kernel: the
 * stub runs, and what it did besides is lost.
 */
#include "base/fd.h"
#include "boot/output.h"
#include "handover/kexec_file.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int stage(struct boot *b, const struct kexec_files *files)
{
	const struct handover_options options = {
		.generation = b->generation.text,
		.again = b->request->again,
		.image = b->request->image,
	};
	struct why why;
	int r = kexec_file_stage(files, &options, &why);

	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->request->image, why.text);
	printf("staged          kernel %.1f MiB, initrd %.1f MiB, command line %zu bytes, by "
	       "kexec_file_load\n",
	       mib(output_bytes(files->kernel)), mib(output_bytes(files->initrd)),
	       strlen(files->cmdline));
	printf("left behind     what EFI code makes besides: tables, variables, "
	       "measurements, a random address\n");
	return 0;
}

int boot_stage_unified(struct boot *b)
{
	struct kexec_files files = { b->kernel, -1, b->run.options.text };
	int r = 0;

	if (!b->run.has_linux)
		r = why_set(&b->why, -EBADMSG, "%s: %s", b->request->image, b->run.linux_why.text);
	else if (b->run.initrd.n)
		r = files.initrd = output_file("initrd", b->run.initrd, &b->why);
	if (r >= 0)
		r = stage(b, &files);
	run_wipe(&b->run);
	fd_close(&files.initrd);
	return r < 0 ? fail("%s", b->why.text) : 0;
}

int boot_stage_plain(struct boot *b)
{
	const struct initrd_set *initrds = &b->sources.initrds;
	scoped_fd joined = -1;
	struct kexec_files files = { .kernel = -1, .initrd = -1 };
	int r = 0;

	/* the file itself: who measures or verifies files wants to see its name */
	files.kernel = open(b->request->image, O_RDONLY | O_CLOEXEC);
	if (files.kernel < 0)
		return why_errno(&b->why, -errno, "%s", b->request->image);
	files.cmdline = b->request->cmdline ? b->request->cmdline : "";
	if (initrds->n == 1 && initrds->n_given == 1)
		files.initrd = initrds->fd[0];
	else if (initrds->n)
		r = files.initrd = joined = initrd_set_join(initrds, &b->why);
	if (r >= 0)
		r = stage(b, &files);
	close(files.kernel);
	return r;
}
