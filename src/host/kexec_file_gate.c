// SPDX-License-Identifier: MIT
/*
 * What kexec_file_load(2) says no to, in words. Which error stands for which gate:
 * kernel/kexec_file.c, kexec_load_check(), kimage_validate_signature(); security/integrity/ima,
 * security/lockdown. Without lockdown and Secure Boot a kernel that is not signed is taken.
 */
#include "host/kexec_gate.h"
#include "host/status.h"

#include <errno.h>
#include <stdio.h>

/* Who insists on a signature. */
struct insists {
	char text[64];
};

static struct insists insists(const char *root)
{
	struct insists i = { "this kernel" };
	char mode[32];

	if (kexec_gate_secure_boot(root))
		snprintf(i.text, sizeof(i.text), "Secure Boot");
	else if (kexec_gate_lockdown(root, mode, sizeof(mode)))
		snprintf(i.text, sizeof(i.text), "lockdown=%s", mode);
	return i;
}

static int refused_eperm(const char *root, struct why *why)
{
	char mode[32];
	int r = kexec_gate_file(root, why);

	if (r < 0)
		return r;
	if (kexec_gate_lockdown(root, mode, sizeof(mode)))
		return why_set(why, -EPERM,
			       "lockdown=%s takes only a kernel that is signed with a key which "
			       "the running kernel trusts; sign it (sbsign), or have the firmware "
			       "boot it",
			       mode);
	if (status_is_filtered(root))
		return why_set(why, -EPERM,
			       "it is refused, perhaps by the seccomp filter of this process "
			       "(Seccomp in /proc/self/status)");
	return why_set(why, -EPERM,
		       "it is refused by a security module (the kernel's log may say which)");
}

int kexec_gate_file_refused(const char *root, int r, struct why *why)
{
	switch (-r) {
	case EPERM:
		return refused_eperm(root, why);
	case EACCES:
		return why_set(why, r,
			       "a policy of IMA, IPE or another security module does not take this "
			       "file (the kernel's log may say which)");
	case ENODATA:
	case ENOPKG:
		return why_set(why, r,
			       "the kernel has no signature of its own, and %s takes signed ones "
			       "only; sign it (sbsign; ukify --sign-kernel)",
			       insists(root).text);
	case ENOKEY:
		return why_set(
			why, r,
			"the kernel's signature is by a key that no keyring of the running "
			"kernel leads to; enroll its certificate (mokutil --import), or sign "
			"with one that is in db");
	case EKEYREJECTED:
	case EBADMSG:
	case ELIBBAD:
		return why_set(why, r,
			       "the kernel's signature does not verify, or its key is revoked "
			       "(.blacklist in /proc/keys)");
	case ENOEXEC:
		return why_set(why, r,
			       "not a kernel that this one can load (bzImage with a 64-bit entry)");
	case EINVAL:
		return why_set(why, r,
			       "a command line that is too long, or a kernel that it cannot load");
	case EBUSY:
		return why_set(why, r, "another kexec operation is under way");
	case ENOMEM:
	case EADDRNOTAVAIL:
		return why_set(why, r, "not enough memory for kernel and initrd");
	case ENOSYS:
		return why_set(why, r, "this kernel has no kexec_file_load (CONFIG_KEXEC_FILE)");
	default:
		return why_errno(why, r, "the kernel does not take it");
	}
}
