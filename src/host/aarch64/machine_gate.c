// SPDX-License-Identifier: MIT
#include "host/machine_gate.h"
#include "base/bytes.h"
#include "base/util.h"
#include "host/efi_map.h"
#include "host/fdt.h"
#include "host/file.h"
#include "host/kernel.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <stdio.h>
#include <string.h>
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

static bool has_other_processors(const char *root)
{
	char line[64];

	return host_file_line(root, "/sys/devices/system/cpu/possible", line, sizeof(line)) == 0 &&
	       strcmp(line, "0") != 0;
}

static bool tree_spins(const char *root)
{
	scoped_host_file file = { NULL, 0 };
	struct why ignored;

	if (host_file_read(root, FDT_SOURCE, &file) < 0)
		return false;
	/* a processor that waits to be started may have any status (DTS 0.4, 3.8.1) */
	return fdt_has_node((struct bytes){ (const uint8_t *)file.text, file.n_bytes },
			    "enable-method", "spin-table", true, &ignored) == 1;
}

/* ACPI 6.5, 5.2.9: ARM_BOOT_ARCH of the FADT, which a kernel that uses ACPI shows. */
static bool acpi_parks(const char *root)
{
	enum { ARM_BOOT_ARCH = 129, PSCI_COMPLIANT = 1 };
	scoped_host_file fadt = { NULL, 0 };
	uint16_t flags;

	return host_file_read(root, "/sys/firmware/acpi/tables/FACP", &fadt) == 0 &&
	       bytes_le16((struct bytes){ (const uint8_t *)fadt.text, fadt.n_bytes }, ARM_BOOT_ARCH,
			  &flags) &&
	       !(flags & PSCI_COMPLIANT);
}

/* cpus_are_stuck_in_kernel(): kexec_load(2) says EBUSY, which is also somebody else's load. */
static int gate_stuck(const char *root, struct why *why)
{
	scoped_host_file cmdline = { NULL, 0 };

	if (has_other_processors(root) && (tree_spins(root) || acpi_parks(root)))
		return why_set(why, -EOPNOTSUPP,
			       "the kernel refuses kexec where it cannot stop the other processors "
			       "(it starts them by %s, not by PSCI); nr_cpus=1 on its command line "
			       "leaves them alone",
			       tree_spins(root) ? "spin-table" : "ACPI's parking protocol");
	if (host_file_read(root, "/proc/cmdline", &cmdline) == 0 &&
	    strstr(cmdline.text, "kvm-arm.mode=protected") && host_file_exists(root, "/dev/kvm"))
		return why_set(why, -EOPNOTSUPP,
			       "the kernel refuses kexec while KVM protects its guests from it "
			       "(kvm-arm.mode=protected in /proc/cmdline)");
	return 0;
}

/* Is all known of memory that devices use whoever runs? Else no image need run first. */
static int gate_memory(const char *root, struct why *why)
{
	scoped_memory_layers layers = { 0 };

	return efi_map_add(root, &layers, why);
}

int machine_gate(const char *root, struct why *why)
{
	int r = gate_page(why);

	if (r == 0)
		r = gate_long_addresses(why);
	if (r == 0)
		r = gate_stuck(root, why);
	return r == 0 ? gate_memory(root, why) : r;
}
