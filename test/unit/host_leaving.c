// SPDX-License-Identifier: MIT
#include "host/leaving.h"
#include "tap.h"
#include "unit/tree.h"

#include <errno.h>
#include <string.h>

static void test_initramfs(void)
{
	static const char *const jumps[] = { "/run/initramfs/usr/bin/kexec",
					     "/run/initramfs/sbin/kexec", "/usr/sbin/kexec",
					     "/sbin/kexec" };
	static const char *const scripts[] = {
		"/run/initramfs/shutdown",
		"/run/initramfs/.need_shutdown",
		"/usr/lib/systemd/system/mkinitcpio-generate-shutdown-ramfs.service",
	};
	struct why why = { "" };

	for (unsigned i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct tree t = tree_new();

		tree_put(&t, "/run/initramfs/log", "");
		check(leaving_by_initramfs(t.root, &why) == 0);
		tree_put(&t, scripts[i], "");
		check(leaving_by_initramfs(t.root, &why) == -ENOENT &&
		      strstr(why.text, "kexec-tools"));
		tree_put(&t, jumps[i], "");
		check_msg(leaving_by_initramfs(t.root, &why) == 0, "%s", jumps[i]);
		tree_drop(&t);
	}
}

static void test_hibernation(void)
{
	struct tree t = tree_new();
	struct why why = { "" };

	check(!leaving_hibernation(t.root, &why));
	tree_put(&t, "/sys/power/state", "freeze mem disk\n");
	tree_put(&t, "/sys/power/resume", "0:0\n");
	check(!leaving_hibernation(t.root, &why));
	tree_put(&t, "/sys/power/resume", "254:2\n");
	check(leaving_hibernation(t.root, &why) && strstr(why.text, "254:2"));
	tree_put(&t, "/sys/power/state", "freeze mem\n");
	check(!leaving_hibernation(t.root, &why));
	tree_drop(&t);
}

static void test_reboot(void)
{
	struct tree t = tree_new();
	struct why why = { "" };

	check(!leaving_by_reboot(t.root, &why));
	tree_put(&t, "/lib/systemd/libsystemd-shared-252.so", "");
	check(!leaving_by_reboot(t.root, &why));
	tree_put(&t, "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-257.13-1.so", "");
	check(leaving_by_reboot(t.root, &why) && strstr(why.text, "(systemd 257)"));
	tree_put(&t, "/usr/lib/systemd/libsystemd-shared-255.so", "");
	check(!leaving_by_reboot(t.root, &why));
	tree_drop(&t);
}

#define DOG "/sys/class/watchdog/watchdog"

static void test_watchdog(void)
{
	struct tree t = tree_new();
	struct why why = { "" };

	check(!leaving_watchdog(t.root, &why));
	tree_put(&t, DOG "0/state", "inactive\n");
	check(!leaving_watchdog(t.root, &why));
	tree_put(&t, DOG "1/state", "active\n");
	check(leaving_watchdog(t.root, &why) && strstr(why.text, "watchdog1 (unknown)"));
	tree_put(&t, DOG "1/identity", "iTCO_wdt\n");
	tree_put(&t, DOG "1/timeout", "30\n");
	check(leaving_watchdog(t.root, &why) && strstr(why.text, "watchdog1 (iTCO_wdt)") &&
	      strstr(why.text, " 30 s"));
	tree_drop(&t);
}

int main(void)
{
	test_initramfs();
	test_hibernation();
	test_reboot();
	test_watchdog();
	return tap_done();
}
