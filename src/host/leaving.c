// SPDX-License-Identifier: MIT
#include "host/leaving.h"
#include "host/file.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool any_exists(const char *root, const char *const *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (host_file_exists(root, path[i]))
			return true;
	return false;
}

int leaving_by_initramfs(const char *root, struct why *why)
{
	/* the script; what has dracut unpack it at the end; mkinitcpio's unit that makes it then */
	static const char *const goes_back[] = {
		"/run/initramfs/shutdown",
		"/run/initramfs/.need_shutdown",
		"/usr/lib/systemd/system/mkinitcpio-generate-shutdown-ramfs.service",
	};
	/* in there, or where the script finds it in the system that was left, or it is copied from
	 */
	static const char *const jumps[] = {
		"/run/initramfs/usr/sbin/kexec",
		"/run/initramfs/usr/bin/kexec",
		"/run/initramfs/sbin/kexec",
		"/run/initramfs/bin/kexec",
		"/usr/sbin/kexec",
		"/usr/bin/kexec",
		"/sbin/kexec",
		"/bin/kexec",
	};

	if (!any_exists(root, goes_back, ARRAY_SIZE(goes_back)) ||
	    any_exists(root, jumps, ARRAY_SIZE(jumps)))
		return 0;
	return why_set(
		why, -ENOENT,
		"systemd ends in the initramfs here (/run/initramfs/shutdown), which finds no "
		"kexec to call and would reboot by the firmware: install kexec-tools");
}

bool leaving_hibernation(const char *root, struct why *ret_why)
{
	char line[64], states[64];

	if (host_file_line(root, "/sys/power/resume", line, sizeof(line)) < 0 ||
	    !strcmp(line, "0:0") ||
	    host_file_line(root, "/sys/power/state", states, sizeof(states)) < 0 ||
	    !strstr(states, "disk"))
		return false;
	why_set(ret_why, 0,
		"do not hibernate in the next kernel: the machine cannot resume that, its firmware "
		"describes memory in another way (resume device %s, /sys/power/resume)",
		line);
	return true;
}

/* Its version stands nowhere else without asking it: in the name of its library. 0: not found. */
static unsigned systemd_version(const char *root)
{
	static const char name[] = "libsystemd-shared-";
	static const char *const folders[] = { "/usr/lib/systemd", "/usr/lib64/systemd",
					       "/usr/lib/*/systemd", "/lib/systemd" };
	unsigned long version = 0;
	char pattern[PATH_MAX];
	glob_t found;

	for (unsigned i = 0; i < ARRAY_SIZE(folders) && !version; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/%s*.so", root, folders[i], name);
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		version = strtoul(strrchr(found.gl_pathv[0], '/') + sizeof(name), NULL, 10);
		globfree(&found);
	}
	return (unsigned)version;
}

bool leaving_by_reboot(const char *root, struct why *ret_why)
{
	enum { JUMPS_BY_ITSELF = 256 };
	const unsigned version = systemd_version(root);

	if (version < JUMPS_BY_ITSELF)
		return false;
	why_set(ret_why, 0,
		"a plain reboot boots this as well (systemd %u): bardo unload, or "
		"SYSTEMCTL_SKIP_AUTO_KEXEC=1, has the firmware reboot",
		version);
	return true;
}

bool leaving_watchdog(const char *root, struct why *ret_why)
{
	enum { MAX_WATCHDOGS = 8 };
	char path[64], state[32], name[64], timeout[32];

	for (unsigned i = 0; i < MAX_WATCHDOGS; i++) {
		snprintf(path, sizeof(path), "/sys/class/watchdog/watchdog%u/state", i);
		if (host_file_line(root, path, state, sizeof(state)) < 0 ||
		    strcmp(state, "active") != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/class/watchdog/watchdog%u/identity", i);
		if (host_file_line(root, path, name, sizeof(name)) < 0)
			snprintf(name, sizeof(name), "unknown");
		snprintf(path, sizeof(path), "/sys/class/watchdog/watchdog%u/timeout", i);
		if (host_file_line(root, path, timeout, sizeof(timeout)) < 0)
			snprintf(timeout, sizeof(timeout), "some");
		why_set(ret_why, 0,
			"watchdog%u (%s) is armed: it resets the machine after %s s, unless the "
			"next "
			"kernel takes it over",
			i, name, timeout);
		return true;
	}
	return false;
}
