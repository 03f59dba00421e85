// SPDX-License-Identifier: MIT
#include "handover/kexec_file.h"

#include <errno.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *refusal(int r)
{
	switch (-r) {
	case EPERM:
		return "not permitted: needs CAP_SYS_BOOT, kernel.kexec_load_disabled = 0 and, "
		       "under lockdown, a kernel with a signature";
	case EACCES:
		return "a security policy of the kernel does not take this file";
	case ENODATA:
	case ENOPKG:
		return "the kernel has no signature, and this machine takes signed ones only";
	case ENOKEY:
		return "the kernel is signed with a key that this machine does not know";
	case EKEYREJECTED:
	case EBADMSG:
	case ELIBBAD:
		return "the kernel's signature does not verify";
	case ENOEXEC:
		return "not a kernel that this one can load (bzImage with a 64-bit entry)";
	case EINVAL:
		return "a command line that is too long, or a kernel that it cannot load";
	case EBUSY:
		return "another kexec operation is under way";
	case ENOMEM:
	case EADDRNOTAVAIL:
		return "not enough memory for kernel and initrd";
	case ENOSYS:
		return "this kernel has no kexec_file_load (CONFIG_KEXEC_FILE)";
	default:
		return NULL;
	}
}

static int load_files(void *context, struct why *why)
{
	const struct kexec_files *f = context;
	const unsigned long flags = f->initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;
	const char *text;
	int r;

	if (syscall(SYS_kexec_file_load, (long)f->kernel, (long)f->initrd,
		    (unsigned long)strlen(f->cmdline) + 1, f->cmdline, flags) == 0)
		return 0;
	r = -errno;
	text = refusal(r);
	return text ? why_set(why, r, "kexec_file_load: %s", text)
		    : why_errno(why, r, "kexec_file_load");
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
