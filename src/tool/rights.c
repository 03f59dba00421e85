// SPDX-License-Identifier: MIT
#include "tool/rights.h"
#include "base/caps.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <unistd.h>

#define READ CAPS_BIT(CAP_DAC_READ_SEARCH)
/* The device of a TPM belongs to somebody, too. */
#define WRITE (READ | CAPS_BIT(CAP_DAC_OVERRIDE))
/* Namespaces, mounts (with MACHINE), another user, limits, and an end of it. */
#define WALLS                                                                                      \
	(CAPS_BIT(CAP_SYS_PTRACE) | CAPS_BIT(CAP_SYS_RESOURCE) | CAPS_BIT(CAP_SYS_CHROOT) |        \
	 CAPS_BIT(CAP_IPC_LOCK) | CAPS_BIT(CAP_KILL) | CAPS_BIT(CAP_SETUID) |                      \
	 CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETPCAP) | CAPS_BIT(CAP_SETFCAP))
/* Addresses in /proc/iomem; what lies there, in /dev/mem where nothing else shows it. */
#define MEMORY (CAPS_BIT(CAP_SYS_ADMIN) | CAPS_BIT(CAP_SYS_RAWIO))
/* And what only the kernel's log tells; Linux 6.1 let CAP_SYS_ADMIN read it too, 6.12 does not. */
#define MACHINE (MEMORY | CAPS_BIT(CAP_SYSLOG))
#define KEXEC CAPS_BIT(CAP_SYS_BOOT)
/* The one-shot entry of the boot menu is a file of efivarfs that is made immutable. */
#define VARIABLES CAPS_BIT(CAP_LINUX_IMMUTABLE)

/*
 * Has a program that we execute what root has, whatever we have given up? If not, what is staged
 * again by one needs all that we have.
 */
static bool executed_has_all(void)
{
	return geteuid() == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 &&
	       !(prctl(PR_GET_SECUREBITS) & SECBIT_NOROOT);
}

void stage_enter(enum stage stage)
{
	static const uint64_t needed[N_STAGES] = {
		[STAGE_READ] = READ,
		[STAGE_WRITE] = WRITE,
		[STAGE_LISTS] = READ | CAPS_BIT(CAP_SYS_ADMIN),
		[STAGE_RUN] = WRITE | WALLS | MACHINE,
		[STAGE_PREDICT] = WRITE | WALLS | MACHINE | KEXEC,
		[STAGE_STATUS] = READ | WALLS | MACHINE | KEXEC,
		[STAGE_LOAD] = WRITE | WALLS | MACHINE | KEXEC | VARIABLES,
		[STAGE_KERNEL] = WRITE | MACHINE | KEXEC | VARIABLES,
		[STAGE_RENEW] = READ | MACHINE,
		[STAGE_EXEC] = WRITE | MACHINE | KEXEC,
		[STAGE_JUMP] = WRITE | KEXEC | VARIABLES,
		[STAGE_WATCH] = WRITE | MEMORY | CAPS_BIT(CAP_SYS_NICE) | CAPS_BIT(CAP_SYS_CHROOT) |
				CAPS_BIT(CAP_SETUID) | CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETPCAP),
	};
	uint64_t keep = needed[stage];

	if ((stage == STAGE_RENEW || stage == STAGE_EXEC || stage == STAGE_JUMP) &&
	    !executed_has_all())
		keep |= needed[STAGE_LOAD];
	/* root of a container may have no other right to read what is not its own */
	if (!caps_have(CAP_DAC_READ_SEARCH))
		keep |= CAPS_BIT(CAP_DAC_OVERRIDE);
	(void)!caps_keep(keep);
}
