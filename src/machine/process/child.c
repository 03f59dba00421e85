// SPDX-License-Identifier: MIT
#include "machine/process/child.h"
#include "base/caps.h"
#include "base/fd.h"
#include "base/spaces.h"
#include "machine/process/processor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/rseq.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RAM_FD = 0,
	TICK_MS = 10,
	/* the private page: code to make calls from, then their arguments */
	PAGE_CALL = 0,
	PAGE_TIMER = PROCESSOR_CALL_BYTES, /* struct itimerval */
	PAGE_PROGRAM = 128,		   /* struct sock_fprog, then its instructions */
};

/*
 * What is left once the process is built: mprotect(2), and only when the tracer
 * asks (it refuses every call that it did not make itself); all else kills.
 * Normally nothing gets as far as this: the guest runs under PTRACE_SYSEMU, where
 * a system call is a stop and is never carried out. This is the second wall.
 */
static void fill_private_page(uint8_t *page, uint64_t addr)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, processor_audit_arch, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	const struct itimerval tick = {
		.it_interval.tv_usec = TICK_MS * 1000,
		.it_value.tv_usec = TICK_MS * 1000,
	};
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(filter),
		.filter = (struct sock_filter *)(addr + PAGE_PROGRAM + sizeof(program)),
	};

	processor_fill_page(page);
	memcpy(page + PAGE_TIMER, &tick, sizeof(tick));
	memcpy(page + PAGE_PROGRAM, &program, sizeof(program));
	memcpy(page + PAGE_PROGRAM + sizeof(program), filter, sizeof(filter));
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	const struct rlimit l = { soft, hard };

	setrlimit(resource, &l);
}

/* A security module does not have it execute what is no program's. */
enum { STEP_EXECUTE = 6 };

/*
 * In the child, a copy of us: wait for the tracer, give up what it inherited, map the private
 * page and stop there. System calls only. Never returns.
 */
static _Noreturn void child_main(const struct machine_config *config, int go)
{
	sigset_t none;
	uint8_t byte;
	void *p;

	setsid(); /* the terminal's signals are for bardo */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/*
	 * Before all that can fail: so that the tracer is there to see with what status this ends.
	 * When bardo is gone before it traces us, this reads end of file.
	 */
	if (read(go, &byte, 1) != 1)
		_exit(3);
	limit(RLIMIT_CORE, 0, 0);
	if (config->cpu_seconds)
		limit(RLIMIT_CPU, config->cpu_seconds, config->cpu_seconds + 1);
	/* the namespace that it may have made is one in which it could do all */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || caps_drop() < 0)
		_exit(1);
	p = mmap((void *)config->private_page, PAGE_BYTES, PROT_READ | PROT_EXEC,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, config->ram->fd, (off_t)config->private_page);
	if (p != (void *)config->private_page)
		_exit(p == MAP_FAILED && errno == EACCES ? STEP_EXECUTE : 2);
	/* behind caps_drop(), which has it forgotten */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(config->ram->fd, RAM_FD) < 0 || fd_close_range(RAM_FD + 1, ~0U) < 0)
		_exit(4);
	processor_stop_self();
	_exit(5);
}

/* Own namespaces where we may have them; the process could not use the others either. */
static pid_t fork_apart(const struct machine_config *config)
{
	pid_t pid = -1;

	if (config->apart)
		pid = (pid_t)syscall(SYS_clone, SPACES_WITHIN | SIGCHLD, 0, 0, 0, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(spaces_flags) && pid < 0; i++)
		pid = (pid_t)syscall(SYS_clone, spaces_flags[i] | SIGCHLD, 0, 0, 0, 0);
	return pid;
}

/* The next stop that is not the clock's, or -ECHILD. */
static int wait_stop(pid_t pid, int *ret_status)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid) {
			if (errno == EINTR)
				continue;
			return -ECHILD;
		}
		if (!WIFSTOPPED(status))
			return -ECHILD;
		if (WSTOPSIG(status) != SIGALRM)
			break;
		if (ptrace(PTRACE_CONT, pid, 0, 0) < 0)
			return -ECHILD;
	}
	*ret_status = status;
	return 0;
}

long child_call(pid_t pid, uint64_t private_page, long number, const uint64_t arg[static 6])
{
	long result;
	int status, r;

	r = processor_begin_call(pid, private_page + PAGE_CALL, number, arg);
	if (r < 0)
		return r;
	do { /* once more when the filter asks us about our own call */
		if (ptrace(PTRACE_CONT, pid, 0, 0) < 0)
			return -ECHILD;
		r = wait_stop(pid, &status);
		if (r < 0)
			return r;
	} while (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8));
	r = processor_end_call(pid, private_page + PAGE_CALL, WSTOPSIG(status), &result);
	return r < 0 ? r : result;
}

static int call(pid_t pid, const struct machine_config *config, const char *what, struct why *why,
		long number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
		uint64_t a5)
{
	const uint64_t arg[6] = { a0, a1, a2, a3, a4, a5 };
	long r = child_call(pid, config->private_page, number, arg);

	return r < 0 ? why_errno(why, (int)r, "sandbox: %s", what) : 0;
}

/*
 * glibc gave the kernel a place in its thread data to write to at every
 * preemption (rseq). That place is about to be unmapped, and the kernel
 * would end the process for it.
 */
static int forget_rseq(pid_t pid, const struct machine_config *config, struct why *why)
{
	struct __ptrace_rseq_configuration rseq = { 0 };

	if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, pid, sizeof(rseq), &rseq) < 0 ||
	    !rseq.rseq_abi_pointer)
		return 0;
	return call(pid, config, "unregistering rseq", why, SYS_rseq, rseq.rseq_abi_pointer,
		    rseq.rseq_abi_size, RSEQ_FLAG_UNREGISTER, rseq.signature, 0, 0);
}

/*
 * A C library may have switched on shadow stacks for bardo: then each return of the guest's
 * would be compared with a stack that is about to be unmapped.
 */
static int forget_shadow_stack(pid_t pid, const struct machine_config *config, struct why *why)
{
	uint64_t arg[6] = { 0 };
	const long number = processor_shadow_stack_off(pid, arg);
	const long r = number < 0 ? 0 : child_call(pid, config->private_page, number, arg);

	/* not known to this kernel, or not to this processor: nothing is on */
	if (r >= 0 || r == -EINVAL || r == -EOPNOTSUPP)
		return 0;
	return why_errno(why, (int)r, "sandbox: switching off its shadow stack");
}

/*
 * The kernel remembers where the vDSO was, beyond its unmapping: a 32-bit system call whose sixth
 * argument cannot be read goes on there without a stop. So that this tells nothing of our
 * addresses, which are the child's, it is moved first: to where nobody has anything, and where
 * the lower half, all that 32-bit code sees, is below what can be mapped.
 */
#define VDSO_PLACE (UINT64_C(0x4800) << 32)

enum { VDSO_MOST_PAGES = 16 };

static int move_vdso(pid_t pid, const struct machine_config *config, struct why *why)
{
	const uint64_t at = getauxval(AT_SYSINFO_EHDR);
	long r = at ? -EINVAL : 0;

	/* it moves as a whole or not at all, and nothing here says how long it is */
	for (uint64_t n = PAGE_BYTES; r < 0 && n <= VDSO_MOST_PAGES * PAGE_BYTES; n += PAGE_BYTES) {
		const uint64_t arg[6] = { at, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, VDSO_PLACE };

		r = child_call(pid, config->private_page, SYS_mremap, arg);
		if (r == -ECHILD)
			break;
	}
	return r < 0 ? why_errno(why, (int)r, "sandbox: moving the vDSO from %#jx", (uintmax_t)at)
		     : 0;
}

/* Take everything away, libc, stack and vDSO included; put guest RAM in its place. */
static int replace_memory(pid_t pid, const struct machine_config *config, struct why *why)
{
	const uint64_t page = config->private_page;
	const struct ram *ram = config->ram;
	uint64_t start, end;
	int r;

	r = forget_rseq(pid, config, why);
	if (r == 0)
		r = forget_shadow_stack(pid, config, why);
	if (r == 0)
		r = move_vdso(pid, config, why);
	if (r == 0)
		r = call(pid, config, "unmapping below", why, SYS_munmap, 0, page, 0, 0, 0, 0);
	if (r == 0)
		r = call(pid, config, "unmapping above", why, SYS_munmap, page + PAGE_BYTES,
			 processor_address_end() - page - PAGE_BYTES, 0, 0, 0, 0);
	for (unsigned i = 0; r == 0 && i < ram->n_ranges; i++) {
		for (start = ram->range[i].start; r == 0 && start < ram->range[i].end;
		     start = end) {
			/* around the private page, which is there already */
			if (start == page) {
				end = page + PAGE_BYTES;
				continue;
			}
			end = start < page ? min_u64(page, ram->range[i].end) : ram->range[i].end;
			r = call(pid, config, "mapping guest RAM", why, SYS_mmap, start,
				 end - start, PROT_NONE,
				 MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, RAM_FD, start);
			if (r == 0 && ram->locked)
				(void)child_call(
					pid, page, SYS_mlock2,
					(uint64_t[6]){ start, end - start, MLOCK_ONFAULT });
		}
	}
	return r;
}

static int lock_up(pid_t pid, const struct machine_config *config, struct why *why)
{
	const uint64_t page = config->private_page;
	int r;

	r = call(pid, config, "close", why, SYS_close, RAM_FD, 0, 0, 0, 0, 0);
	if (r == 0)
		r = call(pid, config, "setitimer", why, SYS_setitimer, ITIMER_REAL,
			 page + PAGE_TIMER, 0, 0, 0, 0);
	if (r == 0)
		r = call(pid, config, "seccomp", why, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
			 page + PAGE_PROGRAM, 0, 0, 0);
	return r;
}

static int attach(pid_t pid, int go, struct why *why)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		return why_errno(why, -errno, "sandbox: tracing a child of our own (ptrace)");
	if (write(go, "", 1) != 1)
		return why_errno(why, -errno, "sandbox: starting the child");
	if (waitpid(pid, &status, __WALL) != pid)
		return why_errno(why, -errno, "sandbox: waiting for the child");
	if (WIFEXITED(status) && WEXITSTATUS(status) == STEP_EXECUTE)
		return why_set(why, -EACCES,
			       "sandbox: IPE or another security module lets no memory be executed "
			       "that is not a program's");
	if (!WIFSTOPPED(status))
		return why_set(why, -EIO, "sandbox: the child failed at step %d of its set-up",
			       WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	return 0;
}

int child_start(const struct machine_config *config, pid_t *ret_pid, struct why *why)
{
	int go[2], r;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return why_errno(why, -errno, "sandbox: pipe");
	fill_private_page(config->ram->host + config->private_page, config->private_page);
	pid = fork_apart(config);
	if (pid == 0) {
		close(go[1]);
		child_main(config, go[0]);
	}
	close(go[0]);
	r = pid < 0 ? why_errno(why, -errno, "sandbox: fork") : attach(pid, go[1], why);
	close(go[1]);
	if (pid < 0)
		return r;
	if (r == 0)
		r = replace_memory(pid, config, why);
	if (r == 0)
		r = lock_up(pid, config, why);
	if (r < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
		return r;
	}
	*ret_pid = pid;
	return 0;
}
