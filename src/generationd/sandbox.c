// SPDX-License-Identifier: MIT
#include "generationd/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/random.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#define FIELD(f) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, f))
#define UNLESS(v, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), 0, (skip))
#define ANSWER(v) BPF_STMT(BPF_RET | BPF_K, (v))
#define ALLOW(nr) UNLESS(nr, 1), ANSWER(SECCOMP_RET_ALLOW)

/* args[1] of ioctl is 32 bits of a 64-bit field: its low half, on both architectures */
static const struct sock_filter filter[] = {
	FIELD(arch),
	UNLESS(OUR_ARCH, 1),
	BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	FIELD(nr),
	/* the loop */
	ALLOW(SYS_ppoll),
	ALLOW(SYS_clock_nanosleep),
	ALLOW(SYS_clock_gettime),
	ALLOW(SYS_accept4),
	ALLOW(SYS_sendmsg),
	ALLOW(SYS_sendto),
	ALLOW(SYS_close),
	ALLOW(SYS_read),
	ALLOW(SYS_pread64),
	ALLOW(SYS_write),
	ALLOW(SYS_getrandom),
	/* the library's first draw in a generation, and its end */
	ALLOW(SYS_gettid),
	ALLOW(SYS_set_robust_list),
	ALLOW(SYS_rt_sigprocmask),
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_restart_syscall),
	ALLOW(SYS_exit_group),
	ALLOW(SYS_exit),
	UNLESS(SYS_ioctl, 3),
	FIELD(args[1]),
	UNLESS(RNDRESEEDCRNG, 1),
	ANSWER(SECCOMP_RET_ALLOW),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
};

static int keep_one_capability(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };

	d[0].permitted = d[0].effective = 1u << CAP_SYS_ADMIN;
	return syscall(SYS_capset, &h, d) < 0 ? -errno : 0;
}

static int become_nobody(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return keep_one_capability();
}

static int filter_calls(void)
{
	struct sock_fprog p = { ARRAY_SIZE(filter), (struct sock_filter *)filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p) < 0)
		return -errno;
	return 0;
}

int sandbox_enter(struct why *why)
{
	int r;

	/* the folder is where our socket and page are, and nothing that matters to anybody else */
	if (chroot(".") < 0)
		return why_errno(why, -errno, "chroot");
	r = become_nobody();
	if (r < 0)
		return why_errno(why, r, "cannot become nobody");
	r = filter_calls();
	if (r < 0)
		return why_errno(why, r, "seccomp");
	return 0;
}
