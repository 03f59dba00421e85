// SPDX-License-Identifier: MIT
/*
 * Only in a guest: a host that could start such guests has the same leaf of AMD's, with its own
 * memory as it always was.
 *
 * Sources: AMD APM volume 3, E.4.17 (Fn8000_001F), and volume 2, 15.34.10 (SEV_STATUS); Intel's TDX
 * Module Base Architecture Specification, CPUID leaf 21H; Microsoft's Hypervisor TLFS, leaves
 * 40000003H and 4000000CH.
 */
#include "host/confidential.h"
#include "base/fd.h"
#include "host/file.h"
#include "host_cpuid.h"

#include <cpuid.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LEAF_FEATURES = 1,
	LEAF_TDX = 0x21,
	LEAF_HYPERVISOR = 0x40000000,
	LEAF_HYPERV_FEATURES = 0x40000003,
	LEAF_HYPERV_ISOLATION = 0x4000000c,
};

#define LEAF_AMD_ENCRYPTION 0x8000001fU

#define MSR_SEV_STATUS 0xc0010131U

#define BIT(n) (UINT32_C(1) << (n))

static struct cpuid processor_cpuid(uint32_t leaf)
{
	struct cpuid r = { 0, 0, 0, 0 };

	/* the hypervisor's leaves are in no maximum of the processor's */
	if (leaf >> 16 == LEAF_HYPERVISOR >> 16)
		__cpuid_count(leaf, 0, r.eax, r.ebx, r.ecx, r.edx);
	else if (!__get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx))
		r = (struct cpuid){ 0, 0, 0, 0 };
	return r;
}

/* Twelve letters in the registers ebx, ecx, edx, or in another order of them. */
static bool says(uint32_t a, uint32_t b, uint32_t c, const char name[static 12])
{
	const uint32_t word[] = { a, b, c };

	return memcmp(word, name, 12) == 0;
}

static const char *of_hyperv(cpuid_fn *cpuid)
{
	const struct cpuid hypervisor = cpuid(LEAF_HYPERVISOR);

	if (!says(hypervisor.ebx, hypervisor.ecx, hypervisor.edx, "Microsoft Hv") ||
	    hypervisor.eax < LEAF_HYPERV_ISOLATION || !(cpuid(LEAF_HYPERV_FEATURES).ebx & BIT(22)))
		return NULL;
	return cpuid(LEAF_HYPERV_ISOLATION).ebx & 0xf ? "Hyper-V isolation" : NULL;
}

enum answer { NO, YES, UNKNOWN };

/* SEV_STATUS as the kernel reads it, where there is a device to read it by. */
static enum answer ask_status(const char *root)
{
	scoped_fd fd = -1;
	char path[PATH_MAX];
	uint64_t status;

	snprintf(path, sizeof(path), "%s/dev/cpu/0/msr", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &status, sizeof(status), (off_t)MSR_SEV_STATUS) != sizeof(status))
		return UNKNOWN;
	return status & BIT(0) ? YES : NO;
}

/* Only a log that goes back to the boot can say no. */
static enum answer ask_log(const char *root)
{
	scoped_host_file log = { NULL, 0 };

	if (host_file_read(root, "/dev/kmsg", &log) < 0)
		return UNKNOWN;
	if (strstr(log.text, "Memory Encryption Features active: AMD SEV"))
		return YES;
	return strstr(log.text, ";Linux version ") ? NO : UNKNOWN;
}

static bool of_amd(const char *root, cpuid_fn *cpuid, const char **ret_kind, bool *ret_sure)
{
	const uint32_t eax = cpuid(LEAF_AMD_ENCRYPTION).eax;
	enum answer is;

	if (!(eax & BIT(1)))
		return false;
	is = ask_status(root);
	if (is == UNKNOWN)
		is = ask_log(root);
	*ret_kind = eax & BIT(4) ? "SEV-SNP" : eax & BIT(3) ? "SEV-ES" : "SEV";
	*ret_sure = is == YES;
	return is != NO;
}

bool confidential_guest_by(const char *root, cpuid_fn *cpuid, const char **ret_kind, bool *ret_sure)
{
	struct cpuid tdx;

	if (!(cpuid(LEAF_FEATURES).ecx & BIT(31))) /* no hypervisor */
		return false;
	tdx = cpuid(LEAF_TDX);
	*ret_kind = says(tdx.ebx, tdx.edx, tdx.ecx, "IntelTDX    ") ? "TDX" : of_hyperv(cpuid);
	*ret_sure = true;
	return *ret_kind || of_amd(root, cpuid, ret_kind, ret_sure);
}

bool confidential_guest(const char *root, const char **ret_kind, bool *ret_sure)
{
	return confidential_guest_by(root, processor_cpuid, ret_kind, ret_sure);
}
