// SPDX-License-Identifier: MIT
/*
 * In the order in which the kernel asks: first whether it can, then who we are,
 * the sysctls, lockdown, IMA. Each gate is 0 when it is open or cannot be seen;
 * one that cannot be seen shows itself when the system call is probed.
 */
#include "host/kexec_gate.h"
#include "host/confidential.h"
#include "host/file.h"
#include "host/kernel.h"
#include "host/machine_gate.h"
#include "host/status.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { CAP_SYS_BOOT_BIT = 22 };

/* Beyond what kernels take: 16 segments, and flags up to 0x3f or so below the machine's number. */
enum { PROBE_SEGMENTS = 17, PROBE_FLAGS = 0x8000 };

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define KHO "/sys/kernel/debug/kho/out"
#define LIMIT "/proc/sys/kernel/kexec_load_limit_reboot"
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static int gate_kernel(const char *root, struct why *why)
{
	if (!host_file_exists(root, "/sys/kernel") ||
	    host_file_exists(root, "/sys/kernel/kexec_loaded") ||
	    host_file_exists(root, "/sys/kernel/kexec/loaded"))
		return 0;
	return why_set(why, -EOPNOTSUPP,
		       "this kernel was built without kexec (CONFIG_KEXEC; there is no "
		       "/sys/kernel/kexec_loaded)");
}

static int gate_capability(const char *root, struct why *why)
{
	scoped_host_file status = { NULL, 0 };
	const char *effective;

	if (host_file_read(root, "/proc/self/status", &status) < 0)
		return 0;
	effective = status_field(&status, "CapEff:");
	if (!effective || strtoull(effective, NULL, 16) >> CAP_SYS_BOOT_BIT & 1)
		return 0;
	return why_set(why, -EPERM,
		       "needs CAP_SYS_BOOT, which root has (CapEff in "
		       "/proc/self/status)");
}

/* The kernel's own namespaces have numbers that never change. */
static int gate_namespace(const char *root, const char *path, const char *first, const char *what,
			  struct why *why)
{
	char target[64];

	if (host_file_link(root, path, target, sizeof(target)) < 0 || strcmp(target, first) == 0)
		return 0;
	return why_set(why, -EPERM,
		       "only the machine's root can use kexec, and this is a container (%s is %s)",
		       what, target);
}

/* CAP_SYS_BOOT of a user namespace does not count. */
static int gate_user_namespace(const char *root, struct why *why)
{
	return gate_namespace(root, "/proc/self/ns/user", "user:[4026531837]", "its user namespace",
			      why);
}

/* Loading would do, but reboot(2) there ends the container. */
static int gate_pid_namespace(const char *root, struct why *why)
{
	return gate_namespace(root, "/proc/self/ns/pid", "pid:[4026531836]", "its PID namespace",
			      why);
}

static int gate_disabled(const char *root, struct why *why)
{
	char line[32];

	if (host_file_line(root, "/proc/sys/kernel/kexec_load_disabled", line, sizeof(line)) < 0 ||
	    strcmp(line, "0") == 0)
		return 0;
	return why_set(why, -EPERM,
		       "kexec is disabled by sysctl kernel.kexec_load_disabled=%s (until the next "
		       "boot)",
		       line);
}

static int gate_limit(const char *root, struct why *why)
{
	char line[32];

	if (host_file_line(root, LIMIT, line, sizeof(line)) < 0 || strcmp(line, "0") != 0)
		return 0;
	return why_set(why, -EPERM,
		       "sysctl kernel.kexec_load_limit_reboot allows no more kexec loads (0, until "
		       "the next boot)");
}

/* Of "none [integrity] confidentiality" the word in brackets. */
bool kexec_gate_lockdown(const char *root, char *ret_mode, size_t room)
{
	char line[128], *mode, *end;

	if (host_file_line(root, LOCKDOWN, line, sizeof(line)) < 0)
		return false;
	mode = strchr(line, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end)
		return false;
	*end = 0;
	mode++;
	if (strcmp(mode, "none") == 0)
		return false;
	snprintf(ret_mode, room, "%s", mode);
	return true;
}

static int gate_lockdown(const char *root, struct why *why)
{
	char mode[32];

	if (!kexec_gate_lockdown(root, mode, sizeof(mode)))
		return 0;
	return why_set(why, -EPERM, "lockdown=%s refuses kexec_load(2) (see " LOCKDOWN ")", mode);
}

/* The name of some entry of a folder, or false where there is none. */
static bool first_entry(const char *root, const char *path, char *name, size_t room)
{
	char full[PATH_MAX];
	struct dirent *d;
	DIR *folder;

	snprintf(full, sizeof(full), "%s%s", root, path);
	folder = opendir(full);
	do
		d = folder ? readdir(folder) : NULL;
	while (d && d->d_name[0] == '.');
	if (d)
		snprintf(name, room, "%s", d->d_name);
	if (folder)
		closedir(folder);
	return d != NULL;
}

/* Was the kernel built to have kexec handover on where its command line says nothing? */
static bool handover_by_default(const char *root)
{
	scoped_host_file config = { NULL, 0 };
	struct utsname system;
	char path[sizeof(system.release) + 16];

	if (uname(&system) < 0)
		return false;
	snprintf(path, sizeof(path), "/boot/config-%s", system.release);
	return host_file_read(root, path, &config) == 0 &&
	       strstr(config.text, "\nCONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y\n");
}

/*
 * What a live update handed over to be kept lies in memory that kexec_load(2)
 * images know nothing of: they would be copied over it. That the kernel could keep
 * something is no reason to refuse, that it does or cannot be asked is one. Sessions of a
 * live update are in no list, so there its being on has to do.
 */
static int gate_handover(const char *root, struct why *why)
{
	scoped_host_file cmdline = { NULL, 0 };
	enum host_switch kho = SWITCH_NOT_THERE;
	char name[NAME_MAX + 1];

	if (first_entry(root, KHO "/sub_fdts", name, sizeof(name)))
		return why_set(why, -EOPNOTSUPP,
			       "kexec handover keeps something (" KHO "/sub_fdts/%s), which would "
			       "be overwritten; a kernel booted with kho=off keeps nothing",
			       name);
	if (host_file_read(root, "/proc/cmdline", &cmdline) == 0) {
		if (host_switch(cmdline.text, "liveupdate=") == SWITCH_ON)
			return why_set(why, -EOPNOTSUPP,
				       "live update is on (liveupdate= in /proc/cmdline): what its "
				       "sessions keep would be overwritten");
		kho = host_switch(cmdline.text, "kho=");
	}
	if (host_file_exists(root, KHO "/sub_fdts") || kho == SWITCH_OFF)
		return 0;
	if (kho == SWITCH_ON || handover_by_default(root))
		return why_set(
			why, -EOPNOTSUPP,
			"kexec handover is on, and there is no " KHO "/sub_fdts (debugfs) "
			"to say whether it keeps anything, which would be overwritten; kho=off "
			"on the command line turns it off");
	return 0;
}

/* Xen turns the machine off where other kernels let go of it for kexec (xen_machine_ops). */
static int gate_xen(const char *root, struct why *why)
{
	char line[32];

	if (host_file_line(root, "/sys/hypervisor/guest_type", line, sizeof(line)) < 0 ||
	    strcmp(line, "PV") != 0)
		return 0;
	return why_set(why, -EOPNOTSUPP,
		       "a Xen PV guest cannot be taken over by kexec: the jump would turn it "
		       "off (/sys/hypervisor/guest_type is PV)");
}

/*
 * Memory of such a guest is encrypted or has to be accepted page by page. The kernel does that for
 * what it loads from files; what is frozen here knows nothing of it.
 */
static int gate_confidential(struct why *why)
{
	const char *kind;
	bool sure;

	if (!confidential_guest("", &kind, &sure))
		return 0;
	if (!sure)
		return why_set(
			why, -EOPNOTSUPP,
			"this may be a confidential guest (%s): neither /dev/cpu/0/msr (modprobe "
			"msr) nor the kernel's log says that its memory is not encrypted",
			kind);
	return why_set(why, -EOPNOTSUPP,
		       "this is a confidential guest (%s): the next kernel would find its memory "
		       "unreadable; --handover file leaves that to the running kernel",
		       kind);
}

typedef int gate_fn(const char *root, struct why *why);

enum { GATES_OF_MEMORY = 3 }; /* the last ones are for kexec_load(2) alone */

static gate_fn *const gates[] = {
	gate_kernel,   gate_capability, gate_user_namespace, gate_pid_namespace, gate_xen,
	gate_disabled, gate_limit,	gate_lockdown,	     gate_handover,	 machine_gate,
};

static int ask_files(const char *root, unsigned n, struct why *why)
{
	int r;

	for (unsigned i = 0; i < n; i++) {
		r = gates[i](root, why);
		if (r < 0)
			return r;
	}
	return 0;
}

int kexec_gate_files(const char *root, struct why *why)
{
	return ask_files(root, ARRAY_SIZE(gates), why);
}

int kexec_gate_file(const char *root, struct why *why)
{
	return ask_files(root, ARRAY_SIZE(gates) - GATES_OF_MEMORY, why);
}

/* The variable is four bytes of attributes and one that says. */
bool kexec_gate_secure_boot(const char *root)
{
	scoped_host_file var = { NULL, 0 };

	return host_file_read(root, SECURE_BOOT, &var) == 0 && var.n_bytes == 5 && var.text[4] == 1;
}

static int refused_eperm(const char *root, struct why *why)
{
	int r = kexec_gate_files(root, why);

	if (r < 0)
		return r;
	if (status_is_filtered(root))
		return why_set(why, -EPERM,
			       "kexec_load(2) is refused, perhaps by the seccomp filter "
			       "of this process (Seccomp in /proc/self/status)");
	return why_set(why, -EPERM,
		       "kexec_load(2) is refused by a security module (the kernel's "
		       "log may say which)");
}

static int refused_eacces(const char *root, struct why *why)
{
	if (kexec_gate_secure_boot(root))
		return why_set(why, -EACCES,
			       "Secure Boot is on, and IMA accepts only signed kernel files: it "
			       "refuses kexec_load(2)");
	return why_set(why, -EACCES,
		       "an IMA policy (appraise func=KEXEC_KERNEL_CHECK) accepts only signed "
		       "kernel files: it refuses kexec_load(2)");
}

int kexec_gate_refused(const char *root, int r, struct why *why)
{
	switch (-r) {
	case EPERM:
		return refused_eperm(root, why);
	case EACCES:
		return refused_eacces(root, why);
	case ENOSYS:
		return why_set(why, r,
			       "this kernel was built without kexec_load(2) (CONFIG_KEXEC)");
	case EBUSY:
		return why_set(why, r,
			       "another process is loading or unloading a kexec image, or a "
			       "processor cannot be stopped (the kernel's log says which)");
	case EOPNOTSUPP:
		return why_set(why, r, "this machine cannot do kexec (the kernel's log says why)");
	case ENOMEM:
		return why_set(why, r,
			       "the kernel has not enough memory for the image: kexec_load(2) uses "
			       "at most half of it");
	case EADDRNOTAVAIL:
		return why_set(why, r,
			       "kexec_load(2): the kernel may not write to one of the addresses");
	case EINVAL:
		return why_set(why, r,
			       "kexec_load(2): segments that overlap, or take more than half of "
			       "memory");
	default:
		return why_errno(why, r, "kexec_load(2)");
	}
}

/*
 * Call with arguments wrong in two ways, so that no kernel can take it for an
 * unload: behind all gates waits EINVAL. But each call that gets past the
 * capability uses up one of kernel.kexec_load_limit_reboot: then better not.
 */
static int probe(struct why *why)
{
	char limit[32];

	if (host_file_line("", LIMIT, limit, sizeof(limit)) == 0 && strcmp(limit, "-1") != 0)
		return 0;
	if (syscall(SYS_kexec_load, 0, PROBE_SEGMENTS, NULL, PROBE_FLAGS) == 0 || errno == EINVAL)
		return 0;
	return kexec_gate_refused("", -errno, why);
}

int kexec_gate(struct why *why)
{
	int r = kexec_gate_files("", why);

	if (r == 0)
		r = gate_confidential(why);
	return r < 0 ? r : probe(why);
}

int kexec_is_loaded(void)
{
	char line[16];
	int r = host_file_line("", "/sys/kernel/kexec_loaded", line, sizeof(line));

	return r < 0 ? r : strcmp(line, "0") != 0;
}
