// SPDX-License-Identifier: MIT
#include "handover/kexec_load.h"
#include "host/kexec_gate.h"

#include <errno.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(uint64_t entry, const struct kexec_segment *segment, unsigned n, struct why *why)
{
	if (syscall(SYS_kexec_load, entry, (unsigned long)n, segment, kexec_arch) == 0)
		return 0;
	return kexec_gate_refused("", -errno, why);
}

int kexec_load_pieces(uint64_t entry, const struct kexec_piece *piece, unsigned n, struct why *why)
{
	struct kexec_segment segment[KEXEC_SEGMENT_MAX];
	unsigned i;

	if (n == 0 || n > KEXEC_SEGMENT_MAX)
		return why_set(why, -EINVAL, "kexec_load: %u segments", n);
	for (i = 0; i < n; i++)
		segment[i] = (struct kexec_segment){ .buf = piece[i].bytes,
						     .bufsz = piece[i].n_bytes,
						     .mem = (const void *)piece[i].addr,
						     .memsz = piece[i].n_bytes };
	return load(entry, segment, n, why);
}

int kexec_load_nothing(struct why *why)
{
	const int r = load(0, NULL, 0, why);

	/* lockdown refuses that call, even to take back what the other one has loaded */
	if (r < 0 && syscall(SYS_kexec_file_load, -1L, -1L, 0UL, NULL,
			     (unsigned long)KEXEC_FILE_UNLOAD) == 0)
		return 0;
	return r;
}

int kexec_jump(struct why *why)
{
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	if (errno == EINVAL)
		return why_set(why, -EINVAL,
			       "reboot: nothing is staged, or this kernel has no kexec");
	return why_errno(why, -errno, "reboot");
}
