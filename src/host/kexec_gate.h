/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * May this process load a kexec image? Asks every gate that would refuse
 * before anything is run, so that the message names the gate and not an errno.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * 0 when nothing stands in the way of kexec_load(2); else -EPERM, -EACCES or
 * -EOPNOTSUPP and the gate by name: not root / no CAP_SYS_BOOT, a container,
 * kernel.kexec_load_disabled, kernel.kexec_load_limit_reboot, lockdown, Secure Boot with an
 * IMA policy that wants a file, no kexec_load in this kernel, kexec handover (KHO) in use.
 *
 * What files do not show (an LSM, a seccomp filter) is found by calling
 * kexec_load(2) with flags that no kernel takes. Nothing is loaded or unloaded.
 */
must_check int kexec_gate(struct why *why);

/*
 * The same for kexec_file_load(2), which lockdown, Secure Boot and kexec handover leave
 * open: whether they take the kernel in the file only the call itself tells.
 */
must_check int kexec_gate_file(const char *root, struct why *why);

/* The gates that files show, below root; nothing is called. */
must_check int kexec_gate_files(const char *root, struct why *why);

/*
 * r, which kexec_load(2) returned as negative errno, in words; returns r. For a
 * gate that closed in between, and for limits of the call itself.
 */
int kexec_gate_refused(const char *root, int r, struct why *why);

/* The same for kexec_file_load(2): which gate, and what would help. */
int kexec_gate_file_refused(const char *root, int r, struct why *why);

/* Is the kernel locked down? Then "integrity" or "confidentiality". */
bool kexec_gate_lockdown(const char *root, char *ret_mode, size_t room);
/* Does the firmware say that Secure Boot is on? */
bool kexec_gate_secure_boot(const char *root);

/* /sys/kernel/kexec_loaded: 1, 0, or a negative errno. */
int kexec_is_loaded(void);
