// SPDX-License-Identifier: MIT
#include "host/machine_gate.h"
#include "base/util.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <stdio.h>
#include <unistd.h>

/* EFI's pages are of 4 KiB, and so are those of kexec_load(2)'s segments and of mprotect(2). */
static int gate_page(struct why *why)
{
	const long n = sysconf(_SC_PAGESIZE);

	return n == PAGE_BYTES
		       ? 0
		       : why_set(why, -EPERM, "this kernel has pages of %ld KiB: bardo needs 4 KiB",
				 n >> 10);
}

/* With addresses of 52 bits, a user's may be longer than 48. */
static bool has_long_addresses(void)
{
	void *const beyond = (void *)(UINT64_C(1) << 48);
	void *p = mmap(beyond, PAGE_BYTES, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, PAGE_BYTES);
	return p == beyond;
}

/* trans_pgd_create_copy() makes no table of the topmost level then, and kexec_load(2) oopses. */
static int gate_long_addresses(struct why *why)
{
	unsigned major, minor;
	struct utsname u;

	if (!has_long_addresses() || uname(&u) < 0 ||
	    sscanf(u.release, "%u.%u", &major, &minor) != 2 || major > 7 ||
	    (major == 7 && minor >= 2) || major < 6 || (major == 6 && minor < 9))
		return 0;
	return why_set(
		why, -EPERM,
		"this kernel fails in kexec_load(2) on a processor with LPA2: arm64.nolva on "
		"its command line avoids that");
}

int machine_gate(const char *root, struct why *why)
{
	int r = gate_page(why);

	return r == 0 ? gate_long_addresses(why) : r;
}
