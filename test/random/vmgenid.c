// SPDX-License-Identifier: MIT
/*
 * Where the VM generation id is looked for, in a mount namespace whose tables, device tree
 * and /dev/mem are files of ours; and that /dev/mem is left alone where it cannot help.
 */
#include "random/vmgenid.h"
#include "tap.h"
#include "unit/tiny_aml.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLES "/sys/firmware/acpi/tables"
#define TREE "/sys/firmware/devicetree/base"

static int watch;

static bool folders(void)
{
	static const char *const made[] = {
		"/sys/firmware",
		"/sys/firmware/acpi",
		TABLES,
		TABLES "/dynamic",
		"/sys/kernel",
		"/sys/kernel/security",
		"/sys/firmware/devicetree",
		TREE,
		TREE "/vmgenid",
	};
	size_t i;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/sys", "tmpfs", 0, NULL) < 0 ||
	    mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		if (mkdir(made[i], 0755) < 0)
			return false;
	}
	return true;
}

static void put_at(const char *path, uint64_t at, const void *p, size_t n)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	require(fd >= 0 && pwrite(fd, p, n, (off_t)at) == (ssize_t)n);
	close(fd);
}

static void put(const char *path, struct bytes b)
{
	unlink(path);
	put_at(path, 0, b.p, b.n);
}

/* How often somebody opened /dev/mem since the last question. */
static unsigned opened(void)
{
	struct inotify_event e[16];
	const ssize_t n = read(watch, e, sizeof(e));

	return n < 0 ? 0 : (unsigned)((size_t)n / sizeof(e[0]));
}

static const uint64_t id[2] = { 0x1122334455667788, 0x99aabbccddeeff00 };

static bool finds(uint64_t want)
{
	const volatile uint64_t *p;
	struct why why;
	uint64_t at = 0;
	bool ok;
	int r;

	put_at("/dev/mem", want, id, sizeof(id));
	r = vmgenid_map(&p, &why);
	if (r < 0) {
		printf("# %s\n", why.text);
		return false;
	}
	ok = p[0] == id[0] && p[1] == id[1];
	vmgenid_unmap(p);
	return vmgenid_find(&at, &why) == 0 && at == want && ok;
}

static bool fails(int r, const char *word)
{
	const volatile uint64_t *p;
	struct why why;
	int got = vmgenid_map(&p, &why);

	if (got >= 0)
		vmgenid_unmap(p);
	return got == r && strstr(why.text, word) != NULL;
}

static void test_nothing(void)
{
	static const uint8_t other[] = "DSDT\0\0\0\0[\x82\x0b"
				       "COM1\x08_HID\0";

	check(fails(-ENOENT, "/dev/mem"));
	put_at("/dev/mem", 0, "", 1);
	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	require(inotify_add_watch(watch, "/dev/mem", IN_OPEN) >= 0);
	put(TABLES "/DSDT", (struct bytes){ other, sizeof(other) });
	check(fails(-ENOENT, "no VM generation id"));
	check(opened() == 0);
}

static void test_tables(void)
{
	const uint32_t half[2] = { 0x00012350, 0x12 };

	put(TABLES "/SSDT3", tiny_aml[TINY_AML_FIRECRACKER]);
	check(finds(0x1234000dfff0));
	opened();
	check(fails(0, "") && opened() == 1);
	put(TABLES "/SSDT3", tiny_aml[TINY_AML_QEMU]);
	check(finds(0x1ffff028));
	unlink(TABLES "/SSDT3");
	/* a table that was loaded later; halves that lie in memory */
	put(TABLES "/dynamic/SSDT1", tiny_aml[TINY_AML_HYPERV]);
	put_at("/dev/mem", 0x12345010, half, sizeof(half));
	check(finds(0x1200012350));
	/* not set by the firmware */
	put_at("/dev/mem", 0x12345010, "\0\0\0\0\0\0\0\0", 8);
	check(fails(-ENOEXEC, "VM generation id at 0"));
	put_at("/dev/mem", 0x12345010, half, sizeof(half));
}

static void test_lockdown(void)
{
	const char *const lockdown = "/sys/kernel/security/lockdown";

	put_at(lockdown, 0, "none [integrity] confidentiality\n", 33);
	opened();
	check(fails(-EPERM, "/dev/mem") && opened() == 0);
	unlink(lockdown);
	put_at(lockdown, 0, "[none] integrity confidentiality\n", 33);
	check(finds(0x1200012350));
}

static void test_tree(void)
{
	unlink(TABLES "/dynamic/SSDT1");
	put_at(TREE "/#address-cells", 0, "\0\0\0\2", 4);
	put_at(TREE "/vmgenid/compatible", 0, "microsoft,vmgenid", 18);
	put_at(TREE "/vmgenid/reg", 0, "\0\0\0\3\x7f\xff\xf0\0\0\0\0\0\0\0\0\x10", 16);
	check(finds(0x37ffff000));
}

int main(void)
{
	if (!folders()) {
		skip("no namespace to be had");
		return tap_done();
	}
	umask(022);
	test_nothing();
	test_tables();
	test_lockdown();
	test_tree();
	return tap_done();
}
