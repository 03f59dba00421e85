// SPDX-License-Identifier: MIT
#include "host/kexec_gate.h"
#include "unit/tree.h"

#include <errno.h>
#include <sys/utsname.h>

#define STATUS "Name:\tbardo\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

#define HANDOVER_UNSEEN                                                                            \
	"kexec handover is on, and there is no /sys/kernel/debug/kho/out/sub_fdts (debugfs) to "   \
	"say whether it keeps anything, which would be overwritten; kho=off on the command line "  \
	"turns it off"

/* A machine on which nothing is in the way. */
static struct tree open_machine(void)
{
	struct tree t = tree_new();

	tree_put(&t, "/sys/kernel/kexec_loaded", "0\n");
	tree_put(&t, "/proc/self/status", STATUS);
	tree_link(&t, "/proc/self/ns/user", "user:[4026531837]");
	tree_link(&t, "/proc/self/ns/pid", "pid:[4026531836]");
	tree_put(&t, "/proc/sys/kernel/kexec_load_disabled", "0\n");
	tree_put(&t, "/proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
	tree_put(&t, "/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	tree_put(&t, "/proc/cmdline", "root=/dev/vda1 ro quiet\n");
	return t;
}

static const struct {
	const char *path, *text;
	int want;
	const char *why;
} rows[] = {
	{ "/proc/self/status", "CapEff:\t0000000000000000\n", -EPERM,
	  "needs CAP_SYS_BOOT, which root has (CapEff in /proc/self/status)" },
	{ "/proc/self/status", "CapEff:\t000001ffffbfffff\n", -EPERM,
	  "needs CAP_SYS_BOOT, which root has (CapEff in /proc/self/status)" },
	{ "/proc/self/status", "CapEff:\t0000000000400000\n", 0, "" },
	{ "/proc/sys/kernel/kexec_load_disabled", "1\n", -EPERM,
	  "kexec is disabled by sysctl kernel.kexec_load_disabled=1 (until the next boot)" },
	{ "/proc/sys/kernel/kexec_load_limit_reboot", "0\n", -EPERM,
	  "sysctl kernel.kexec_load_limit_reboot allows no more kexec loads (0, until the next "
	  "boot)" },
	{ "/proc/sys/kernel/kexec_load_limit_reboot", "1\n", 0, "" },
	{ "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n", -EPERM,
	  "lockdown=integrity refuses kexec_load(2) (see /sys/kernel/security/lockdown)" },
	{ "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n", -EPERM,
	  "lockdown=confidentiality refuses kexec_load(2) (see /sys/kernel/security/lockdown)" },
	{ "/sys/kernel/security/lockdown", "unheard of\n", 0, "" },
	/* on, and nothing kept */
	{ "/sys/kernel/debug/kho/out/sub_fdts/.none", "", 0, "" },
	{ "/sys/kernel/debug/kho/out/sub_fdts/memblock", "", -EOPNOTSUPP,
	  "kexec handover keeps something (/sys/kernel/debug/kho/out/sub_fdts/memblock), which "
	  "would "
	  "be overwritten; a kernel booted with kho=off keeps nothing" },
	{ "/proc/cmdline", "ro kho=on\n", -EOPNOTSUPP, HANDOVER_UNSEEN },
	{ "/proc/cmdline", "kho=off kho=1\n", -EOPNOTSUPP, HANDOVER_UNSEEN },
	{ "/proc/cmdline", "liveupdate=1\n", -EOPNOTSUPP,
	  "live update is on (liveupdate= in /proc/cmdline): what its sessions keep would be "
	  "overwritten" },
	{ "/sys/hypervisor/guest_type", "HVM\n", 0, "" },
	{ "/sys/hypervisor/guest_type", "PVH\n", 0, "" },
	{ "/sys/hypervisor/guest_type", "PV\n", -EOPNOTSUPP,
	  "a Xen PV guest cannot be taken over by kexec: the jump would turn it off "
	  "(/sys/hypervisor/guest_type is PV)" },
	{ "/proc/cmdline", "kho=off\n", 0, "" },
	{ "/proc/cmdline", "kho=on kho=0\n", 0, "" },
	{ "/proc/cmdline", "kho=\n", 0, "" },
	{ "/proc/cmdline", "kho=", 0, "" },
	{ "/proc/cmdline", "nokho=on kho=n\n", 0, "" },
};

static void test_open(void)
{
	struct tree t = open_machine();
	struct why why = { "" };

	check_msg(kexec_gate_files(t.root, &why) == 0, "nothing in the way %s", why.text);
	tree_drop(&t);
	t = tree_new();
	check_msg(kexec_gate_files(t.root, &why) == 0, "nothing to be seen %s", why.text);
	tree_drop(&t);
}

static void test_rows(void)
{
	struct tree t;
	struct why why;
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = open_machine();
		tree_put(&t, rows[i].path, rows[i].text);
		why.text[0] = 0;
		r = kexec_gate_files(t.root, &why);
		if (!check_msg(r == rows[i].want && strcmp(why.text, rows[i].why) == 0, "%s: %s",
			       rows[i].path, rows[i].why))
			printf("# got %d: %s\n", r, why.text);
		/* what stands in the way of memory alone leaves files a way */
		r = kexec_gate_file(t.root, &why);
		check_msg(r == (strstr(rows[i].why, "lockdown") ||
						strstr(rows[i].why, "would be overwritten")
					? 0
					: rows[i].want),
			  "of a file: %s: %s", rows[i].path, rows[i].text);
		tree_drop(&t);
	}
}

/* A kernel whose handover is on by itself, and one whose command line turns that off. */
static void test_default(void)
{
	struct tree t = open_machine();
	struct utsname system;
	char path[sizeof(system.release) + 16];
	struct why why;

	require(uname(&system) == 0);
	snprintf(path, sizeof(path), "/boot/config-%s", system.release);
	tree_put(&t, path, "# a kernel\nCONFIG_KEXEC_HANDOVER=y\n");
	check(kexec_gate_files(t.root, &why) == 0);
	tree_put(&t, path, "# a kernel\nCONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y\n");
	check(kexec_gate_files(t.root, &why) == -EOPNOTSUPP);
	check_msg(!strcmp(why.text, HANDOVER_UNSEEN), "%s", why.text);
	tree_put(&t, "/proc/cmdline", "kho=off\n");
	check(kexec_gate_files(t.root, &why) == 0);
	tree_put(&t, "/proc/cmdline", "quiet\n");
	tree_put(&t, "/sys/kernel/debug/kho/out/sub_fdts/.none", "");
	check(kexec_gate_files(t.root, &why) == 0);
	tree_drop(&t);
}

static void test_kernel(void)
{
	struct tree t = open_machine();
	struct why why;

	tree_remove(&t, "/sys/kernel/kexec_loaded");
	check(kexec_gate_files(t.root, &why) == -EOPNOTSUPP);
	check(strstr(why.text, "built without kexec") != NULL);
	tree_put(&t, "/sys/kernel/kexec/loaded", "0\n"); /* where it may move to */
	check(kexec_gate_files(t.root, &why) == 0);
	tree_drop(&t);
}

static void test_container(void)
{
	struct tree t = open_machine();
	struct why why;

	tree_link(&t, "/proc/self/ns/user", "user:[4026532201]");
	check(kexec_gate_files(t.root, &why) == -EPERM);
	check(strcmp(why.text,
		     "only the machine's root can use kexec, and this is a container (its user "
		     "namespace is user:[4026532201])") == 0);
	tree_link(&t, "/proc/self/ns/user", "user:[4026531837]");
	tree_link(&t, "/proc/self/ns/pid", "pid:[4026532202]");
	check(kexec_gate_files(t.root, &why) == -EPERM);
	check(strstr(why.text, "its PID namespace is pid:[4026532202]") != NULL);
	tree_drop(&t);
}

/* What the system call says, after all files have said nothing. */
static void test_refused(void)
{
	static const uint8_t on[] = { 6, 0, 0, 0, 1 }, off[] = { 6, 0, 0, 0, 0 };
	struct tree t = open_machine();
	struct why why;

	check(kexec_gate_refused(t.root, -EPERM, &why) == -EPERM);
	check(strstr(why.text, "by a security module") != NULL);
	tree_put(&t, "/proc/self/status", "CapEff:\tffffffffff\nSeccomp:\t2\n");
	check(kexec_gate_refused(t.root, -EPERM, &why) == -EPERM);
	check(strstr(why.text, "seccomp filter") != NULL);
	tree_put(&t, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	check(kexec_gate_refused(t.root, -EPERM, &why) == -EPERM);
	check(strstr(why.text, "lockdown=integrity") != NULL);

	check(kexec_gate_refused(t.root, -EACCES, &why) == -EACCES);
	check(strstr(why.text, "an IMA policy") != NULL);
	tree_put_bytes(&t, SECURE_BOOT, off, sizeof(off));
	check(kexec_gate_refused(t.root, -EACCES, &why) == -EACCES);
	check(strstr(why.text, "an IMA policy") != NULL);
	tree_put_bytes(&t, SECURE_BOOT, on, sizeof(on));
	check(kexec_gate_refused(t.root, -EACCES, &why) == -EACCES);
	check(strstr(why.text, "Secure Boot is on") != NULL);

	check(kexec_gate_refused(t.root, -ENOSYS, &why) == -ENOSYS);
	check(strstr(why.text, "CONFIG_KEXEC") != NULL);
	check(kexec_gate_refused(t.root, -EADDRNOTAVAIL, &why) == -EADDRNOTAVAIL);
	check(strstr(why.text, "may not write to one of the addresses") != NULL);
	check(kexec_gate_refused(t.root, -EINVAL, &why) == -EINVAL);
	check(strstr(why.text, "more than half of memory") != NULL);
	check(kexec_gate_refused(t.root, -EIO, &why) == -EIO);
	check(strcmp(why.text, "kexec_load(2): Input/output error") == 0);
	tree_drop(&t);
}

/* On whatever runs the tests: an answer, with words if it is no, and nothing loaded by it. */
static void test_here(void)
{
	struct why why = { "" };
	int before = kexec_is_loaded(), r = kexec_gate(&why);

	check_msg(r == 0 || why.text[0], "here: %d %s", r, why.text);
	check(kexec_is_loaded() == before);
}

/* Of a file: each error of the kernel's, and who it is that insists. */
static void test_file_refused(void)
{
	static const struct {
		int r;
		const char *words;
	} errors[] = {
		{ -EACCES, "a policy of IMA, IPE" },
		{ -ENODATA, "no signature of its own, and this kernel takes signed ones only" },
		{ -ENOPKG, "no signature of its own" },
		{ -ENOKEY, "enroll its certificate" },
		{ -EKEYREJECTED, "does not verify, or its key is revoked" },
		{ -EBADMSG, "does not verify" },
		{ -ENOEXEC, "not a kernel that this one can load" },
		{ -EINVAL, "a command line that is too long" },
		{ -EBUSY, "another kexec operation" },
		{ -ENOMEM, "not enough memory" },
		{ -ENOSYS, "CONFIG_KEXEC_FILE" },
		{ -EIO, "Input/output error" },
		{ -EPERM, "by a security module" },
	};
	static const uint8_t on[] = { 6, 0, 0, 0, 1 };
	struct tree t = open_machine();
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(errors); i++)
		check_msg(kexec_gate_file_refused(t.root, errors[i].r, &why) == errors[i].r &&
				  strstr(why.text, errors[i].words),
			  "%d: %s", errors[i].r, why.text);
	tree_put(&t, "/proc/self/status", "CapEff:\tffffffffff\nSeccomp:\t2\n");
	check(kexec_gate_file_refused(t.root, -EPERM, &why) == -EPERM &&
	      strstr(why.text, "seccomp filter"));
	tree_put(&t, "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	check(kexec_gate_file_refused(t.root, -EPERM, &why) == -EPERM &&
	      strstr(why.text, "lockdown=confidentiality takes only a kernel that is signed"));
	check(kexec_gate_file_refused(t.root, -ENODATA, &why) == -ENODATA &&
	      strstr(why.text, "and lockdown=confidentiality takes signed ones only"));
	tree_put_bytes(&t, SECURE_BOOT, on, sizeof(on));
	check(kexec_gate_file_refused(t.root, -ENODATA, &why) == -ENODATA &&
	      strstr(why.text, "and Secure Boot takes signed ones only"));
	/* a sysctl comes before lockdown, as in the kernel */
	tree_put(&t, "/proc/sys/kernel/kexec_load_disabled", "1\n");
	check(kexec_gate_file_refused(t.root, -EPERM, &why) == -EPERM &&
	      strstr(why.text, "kexec_load_disabled=1"));
	tree_drop(&t);
}

int main(void)
{
	test_open();
	test_rows();
	test_default();
	test_kernel();
	test_container();
	test_refused();
	test_file_refused();
	test_here();
	return tap_done();
}
