// SPDX-License-Identifier: MIT
#include "handover/kexec_file.h"
#include "host/kexec_gate.h"

#include <errno.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load_files(void *context, struct why *why)
{
	const struct kexec_files *f = context;
	const unsigned long flags = f->initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;
	struct why inner;
	int r;

	if (syscall(SYS_kexec_file_load, (long)f->kernel, (long)f->initrd,
		    (unsigned long)strlen(f->cmdline) + 1, f->cmdline, flags) == 0)
		return 0;
	r = kexec_gate_file_refused("", -errno, &inner);
	return why_set(why, r, "kexec_file_load: %s", inner.text);
}

static uint64_t file_bytes(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

int kexec_file_stage(const struct kexec_files *files, const struct handover_options *options,
		     struct why *why)
{
	struct record record = { .by_file = true };
	/* the kernel reads them, and copies what it has read */
	const int r = handover_memory_check(
		2 * (file_bytes(files->kernel) + file_bytes(files->initrd)), why);

	if (r < 0)
		return r;
	return handover_recorded(options, &record, load_files, (void *)files, why);
}
