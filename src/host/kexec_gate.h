/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * May this process load a kexec image? Asks every gate that would refuse
 * before anything is run, so that the message names the gate and not an errno.
 */
#include "base/why.h"

/*
 * 0 when nothing stands in the way of kexec_load(2); else -EPERM, -EACCES or
 * -EOPNOTSUPP and the gate by name: not root / no CAP_SYS_BOOT,
 * kernel.kexec_load_disabled, kernel.kexec_load_limit_reboot, lockdown, Secure Boot with an
 * IMA policy that wants a file, no kexec_load in this kernel, kexec handover (KHO) in use.
 */
must_check int kexec_gate(struct why *why);

/* /sys/kernel/kexec_loaded: 1, 0, or a negative errno. */
int kexec_is_loaded(void);
