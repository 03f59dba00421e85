// SPDX-License-Identifier: MIT
/*
 * The firmware process is the attacker's: as soon as it has shut itself in, and once more behind a
 * run of the payload, it tries whatever could reach the keeper or the machine. Each attempt is a
 * process of its own, since most of them end it; each is first made without walls, where it has to
 * work, or it would show nothing.
 * usage: keeper_attack [user|no-namespaces|no-landlock|no-capabilities|container]
 * With the first three as a user who is not root, with two of them on a host that has none; then as
 * root who may not do what root does, and as one whom a user namespace knows as root and nobody
 * else.
 */
#include "base/caps.h"
#include "keeper/keeper.h"
#include "machine/convention.h"
#include "tap.h"
#include "unit/keeper_machine.h"
#include "unit_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <linux/kexec.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE = 0x102000,
	STACK = 0x105000,
	RESUME = 0x180000,
	RESUME_BYTES = 0x10000,
	LIMIT_S = 60,
	WORKED = 7, /* status of a report: the attempt did */
	FAILED = 8,
};

static const struct ram_range ranges[] = { { 0x100000, 0x200000 } };
static struct ram ram;
static char folder[64];
static char secret[64], outside[64]; /* files beside and below the tree */
static int tree = -1;
static int given = -1; /* a file besides, the user's own, which the image is to read */
static pid_t keeper, payload;
static bool little_root;     /* may not do what root does */
static char scratch[8];	     /* of the keeper's */
static struct walls missing; /* on this host */

/* Opened as an attacker does: with no care for where it leads. */
static long open_any(int at, const char *path, uint64_t flags)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { flags, flags & O_CREAT ? 0600 : 0, 0 };

	return syscall(SYS_openat2, at, path, &how, sizeof(how));
}

static bool read_secret(void)
{
	return open_any(AT_FDCWD, secret, O_RDONLY) >= 0;
}

static bool read_above(void)
{
	return open_any(tree, "../secret", O_RDONLY) >= 0;
}

static bool read_passwords(void)
{
	return open_any(AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0;
}

static bool read_by_open(void)
{
#ifdef SYS_open
	if (syscall(SYS_open, "/etc/passwd", O_RDONLY) >= 0)
		return true;
#endif
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0;
}

static bool open_proc(void)
{
	return open_any(AT_FDCWD, "/proc/self/status", O_RDONLY) >= 0;
}

static bool list_root(void)
{
	char buf[4096];
	const long fd = open_any(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	/* an empty folder has two entries of 24 bytes */
	return fd >= 0 && syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 48;
}

static bool create_in_tree(void)
{
	return open_any(tree, "new", O_WRONLY | O_CREAT) >= 0;
}

static bool write_in_tree(void)
{
	return open_any(tree, "inside", O_WRONLY) >= 0;
}

/* To read and no more, as far as its flags go. */
static bool empty_in_tree(void)
{
	return open_any(tree, "inside", O_RDONLY | O_TRUNC) >= 0;
}

/* Landlock knows of that since its third version, Linux 6.2. */
static bool landlock_truncates(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1U) >= 3;
}

static bool create_outside(void)
{
	return open_any(AT_FDCWD, outside, O_WRONLY | O_CREAT) >= 0;
}

static bool make_folder(void)
{
	return syscall(SYS_mkdirat, tree, "folder", 0700) == 0;
}

static bool remove_file(void)
{
	return syscall(SYS_unlinkat, tree, "victim", 0) == 0;
}

static bool start_program(void)
{
	char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)"exit 7", NULL };

	return syscall(SYS_execve, argv[0], argv, NULL) == 0;
}

static bool start_from_memory(void)
{
	static const char script[] = "#!/bin/sh\nexit 7\n";
	char *const argv[] = { (char *)"x", NULL };
	const int fd = (int)syscall(SYS_memfd_create, "x", 0);

	return fd >= 0 && write(fd, script, sizeof(script) - 1) > 0 &&
	       syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH) == 0;
}

/* A second process that stays would outlive the run. */
static bool fork_one(void)
{
	const long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

/* Not every processor's kernel has it. */
#ifdef SYS_fork
static bool fork_old(void)
{
	const long pid = syscall(SYS_fork);

	if (pid == 0)
		_exit(0);
	return pid > 0;
}
#endif

static bool fork_shared(void)
{
	const pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool open_inet(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool open_unix(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool open_netlink(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool open_pair(void)
{
	int fd[2];

	return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fd) == 0;
}

static bool signal_keeper(void)
{
	return syscall(SYS_kill, keeper, 0) == 0;
}

static bool signal_group(void)
{
	return syscall(SYS_kill, 0, 0) == 0;
}

static bool signal_all(void)
{
	return syscall(SYS_kill, -1, 0) == 0;
}

static bool signal_thread(void)
{
	return syscall(SYS_tgkill, keeper, keeper, 0) == 0;
}

static bool open_pidfd(void)
{
	return syscall(SYS_pidfd_open, keeper, 0) >= 0;
}

static bool trace_keeper(void)
{
	return syscall(SYS_ptrace, PTRACE_SEIZE, keeper, 0, 0) == 0;
}

static bool read_keeper(void)
{
	char here[8];
	struct iovec local = { here, 8 }, remote = { folder, 8 };

	return syscall(SYS_process_vm_readv, keeper, &local, 1, &remote, 1, 0) == 8;
}

static bool write_keeper(void)
{
	char here[8] = "";
	struct iovec local = { here, 8 }, remote = { scratch, 8 };

	return syscall(SYS_process_vm_writev, keeper, &local, 1, &remote, 1, 0) == 8;
}

static bool compare_kernel(void)
{
	return syscall(SYS_kcmp, getpid(), keeper, 0, 0, 0) >= 0;
}

/* None of these two changes anything where it is allowed: it is wrong, which is seen last. */
static bool load_kexec(void)
{
	return syscall(SYS_kexec_load, 0, 17, NULL, 0x8000) == 0 || errno == EINVAL;
}

static bool use_reboot(void)
{
	return syscall(SYS_reboot, 0, 0, 0, NULL) == 0 || errno == EINVAL;
}

static bool mount_something(void)
{
	return syscall(SYS_unshare, CLONE_NEWNS) == 0 &&
	       syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL) == 0;
}

static bool new_file_system(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0) >= 0;
}

static bool new_users(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER) == 0;
}

static bool change_root(void)
{
	return syscall(SYS_chroot, "/") == 0;
}

static bool change_folder(void)
{
	return syscall(SYS_chdir, "/") == 0;
}

static bool become_root(void)
{
	return syscall(SYS_setresuid, 0, 0, 0) == 0;
}

static bool change_groups(void)
{
	return syscall(SYS_setgroups, 0, NULL) == 0;
}

static bool get_capabilities(void)
{
	uint32_t header[2] = { 0x20080522, 0 }, data[6] = { 0 };

	return syscall(SYS_capget, header, data) == 0 && syscall(SYS_capset, header, data) == 0;
}

static bool set_up_uring(void)
{
	uint8_t params[120] = { 0 };

	return syscall(SYS_io_uring_setup, 1, params) >= 0;
}

static bool set_personality(void)
{
	return syscall(SYS_personality, READ_IMPLIES_EXEC) >= 0;
}

static bool code_in_memory(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) > 0;
}

static bool code_in_ram(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, ram.fd, CODE) > 0;
}

static bool code_by_mprotect(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && syscall(SYS_mprotect, p, 4096, PROT_READ | PROT_EXEC) == 0;
}

/* What is typed is out of reach, which is seen last too. */
static bool type_ahead(void)
{
	return syscall(SYS_ioctl, 0, TIOCSTI, NULL) == 0 || errno == EFAULT;
}

static bool paste_ahead(void)
{
	uint8_t selection[16] = { 2 }; /* TIOCL_SETSEL */

	return syscall(SYS_ioctl, 0, TIOCLINUX, selection) == 0;
}

/* Of another type than a terminal's, so that it works outside. */
static bool control_device(void)
{
	int n;

	return syscall(SYS_ioctl, tree, FIONREAD, &n) == 0 || errno == EBADF || errno == ENOTTY;
}

static bool leave_session(void)
{
	return syscall(SYS_setpgid, 0, 0) == 0;
}

static bool outlive_keeper(void)
{
	return syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0;
}

static bool show_memory(void)
{
	return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool take_signal(void)
{
	/* refused without ending the process: libc tries it by itself before it aborts */
	return signal(SIGUSR1, SIG_IGN) != SIG_ERR;
}

static bool load_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) >= 0;
}

static bool count_events(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0;
}

static bool handle_faults(void)
{
	return syscall(SYS_userfaultfd, 1) >= 0;
}

static bool add_key(void)
{
	return syscall(SYS_keyctl, 0, -3, 1) >= 0;
}

static bool share_memory(void)
{
	return syscall(SYS_shmget, 0, 4096, 0600) >= 0;
}

static bool new_memfd(void)
{
	return syscall(SYS_memfd_create, "x", 0) >= 0;
}

static bool raise_limits(void)
{
	const struct rlimit l = { 1, 1 };

	return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &l, NULL) == 0;
}

static bool be_nice(void)
{
	return syscall(SYS_setpriority, PRIO_PROCESS, 0, 19) == 0; /* whatever it is now */
}

static bool cut_ram(void)
{
	return syscall(SYS_ftruncate, tree, 0) == 0 || errno == EBADF || errno == EINVAL;
}

/* Of the payload, or of whoever else has its number since it ended: here, of somebody. */
static pid_t somebody(void)
{
	const pid_t pid = payload ? payload : fork();

	while (pid == 0)
		pause();
	return pid;
}

static bool kill_number(void)
{
	return syscall(SYS_kill, somebody(), SIGKILL) == 0;
}

static bool write_number(void)
{
	char here[8] = "";
	const pid_t pid = somebody();
	struct iovec local = { here, 8 }, remote = { payload ? (void *)CODE : secret, 8 };
	const bool written = syscall(SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0) == 8;

	if (!payload)
		kill(pid, SIGKILL);
	return written;
}

/* Past its clock, to where it stops or ends. */
static bool go_on(int *ret_status)
{
	do
		if (syscall(SYS_ptrace, PTRACE_CONT, payload, 0, 0) < 0 ||
		    syscall(SYS_wait4, payload, ret_status, __WALL, NULL) != payload)
			return false;
	while (WIFSTOPPED(*ret_status) && WSTOPSIG(*ret_status) == SIGALRM);
	return true;
}

/* Whoever traces another can have him make calls: here getpid(2), from where a call can be made. */
static bool call_through_payload(bool in_place_of_another)
{
	int status;

	if (!payload ||
	    !unit_trace_call(payload, PRIVATE, in_place_of_another ? SYS_mprotect : SYS_getpid) ||
	    !go_on(&status))
		return false;
	if (in_place_of_another) { /* its filter asks us about the one that it lets through */
		if (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) ||
		    !unit_trace_exchange(payload, SYS_getpid))
			return true; /* it should have: that is no refusal */
		if (!go_on(&status))
			return false;
	}
	return !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS;
}

static bool call_by_payload(void)
{
	return call_through_payload(false);
}

static bool exchange_call(void)
{
	return call_through_payload(true);
}

/* RLIMIT_DATA counts what is private. */
static bool memory_shared(void)
{
	return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

/* The tables of pages that are only read cost memory too. */
static bool much_space(void)
{
	return mmap(NULL, UINT64_C(1) << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0) != MAP_FAILED;
}

static bool open_given_to_all(void)
{
	return syscall(SYS_fchmod, given, 0666) == 0;
}

static bool cut_given(void)
{
	return syscall(SYS_ftruncate, given, 0) == 0;
}

static bool date_given(void)
{
	return syscall(SYS_utimensat, given, NULL, NULL, 0) == 0;
}

static bool date_secret(void)
{
	return syscall(SYS_utimensat, AT_FDCWD, secret, NULL, 0) == 0;
}

/* The same for who looks at the lower half of an address. */
static bool date_secret_far(void)
{
	char *far = mmap((void *)(UINT64_C(0x5000) << 32), PAGE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (far == MAP_FAILED)
		return false;
	memcpy(far, secret, sizeof(secret));
	return syscall(SYS_utimensat, AT_FDCWD, far, NULL, 0) == 0;
}

/* Whoever started us reads on from there. */
static bool turn_input_back(void)
{
	return syscall(SYS_lseek, 0, 0, SEEK_SET) == 0;
}

static bool write_back(void)
{
	return syscall(SYS_pwrite64, 0, "x", 1, 0) == 1;
}

static bool copy_descriptor(void)
{
	return syscall(SYS_fcntl, 0, F_DUPFD_CLOEXEC, 100) >= 0;
}

static bool exchange_files(void)
{
	return syscall(SYS_renameat2, tree, "inside", tree, "victim", 1 << 1) == 0;
}

static bool send_descriptor(void)
{
	struct msghdr m = { 0 };

	return syscall(SYS_sendmsg, 0, &m, 0) == 0 || errno == ENOTSOCK;
}

static bool old_system_call(void)
{
	return unit_old_system_call() > 0;
}

static const struct attempt {
	const char *name;
	bool (*try)(void);
	enum { ANYBODY, ROOT, NOT_SURE } works_for; /* without walls */
	bool filtered; /* by the filter alone: it harms nobody by itself */
	bool opens;    /* files, which the filter cannot tell from those of the tree */
	bool writable; /* is the tree, so that there are calls to change files */
} attempts[] = {
	{ "reads a file beside its tree", read_secret, ANYBODY, false, true },
	{ "reads a file above its tree", read_above, ANYBODY, false, true },
	{ "reads /etc/passwd", read_passwords, ANYBODY, false, true },
	{ "reads it by open and openat", read_by_open, ANYBODY },
	{ "opens /proc", open_proc, ANYBODY, false, true },
	{ "sees something in the root folder", list_root, ANYBODY, false, true },
	{ "creates a file in a tree that is read-only", create_in_tree, ANYBODY, false, true },
	{ "writes to a file in it", write_in_tree, ANYBODY, false, true },
	{ "empties a file in it as it opens it", empty_in_tree, ANYBODY, false, true },
	{ "makes a folder in it", make_folder, ANYBODY },
	{ "removes a file in it", remove_file, ANYBODY },
	{ "creates a file elsewhere", create_outside, ANYBODY, false, true },
	{ "starts a program", start_program, ANYBODY },
	{ "starts a program that is in memory", start_from_memory, ANYBODY, true },
	{ "makes a process by clone", fork_one, ANYBODY, true },
#ifdef SYS_fork
	{ "makes a process by fork", fork_old, ANYBODY, true },
#endif
	{ "makes a process by vfork", fork_shared, ANYBODY, true },
	{ "opens an internet socket", open_inet, ANYBODY, true },
	{ "opens a local socket", open_unix, ANYBODY, true },
	{ "opens a netlink socket", open_netlink, ANYBODY, true },
	{ "opens a pair of sockets", open_pair, ANYBODY, true },
	{ "signals its keeper", signal_keeper, ANYBODY },
	{ "signals its process group", signal_group, ANYBODY, true },
	{ "signals everybody", signal_all, ANYBODY, true },
	{ "signals a thread of the keeper's", signal_thread, ANYBODY },
	{ "gets hold of its keeper", open_pidfd, ANYBODY },
	{ "traces its keeper", trace_keeper, NOT_SURE },
	{ "reads its keeper's memory", read_keeper, NOT_SURE },
	{ "writes its keeper's memory", write_keeper, NOT_SURE },
	{ "compares itself with its keeper", compare_kernel, NOT_SURE },
	{ "unloads what kexec holds", load_kexec, NOT_SURE },
	{ "uses reboot", use_reboot, ROOT },
	{ "mounts something", mount_something, ROOT },
	{ "opens a file system", new_file_system, ROOT },
	{ "makes a user namespace", new_users, NOT_SURE, true },
	{ "changes its root folder", change_root, ROOT, true },
	{ "changes its folder", change_folder, ANYBODY, true },
	{ "becomes root", become_root, ROOT, true },
	{ "changes its groups", change_groups, ROOT, true },
	{ "sets its capabilities", get_capabilities, ANYBODY, true },
	{ "uses io_uring", set_up_uring, NOT_SURE, true },
	{ "changes its personality", set_personality, ANYBODY, true },
	{ "maps memory for code", code_in_memory, ANYBODY, true },
	{ "maps guest RAM for code", code_in_ram, ANYBODY, true },
	{ "makes code of memory", code_by_mprotect, ANYBODY, true },
	{ "types into the terminal", type_ahead, NOT_SURE, true },
	{ "pastes into the terminal", paste_ahead, NOT_SURE, true },
	{ "controls a device", control_device, ANYBODY, true },
	{ "leaves its process group", leave_session, ANYBODY, true },
	{ "is not to end with its keeper", outlive_keeper, ANYBODY, true },
	{ "shows its memory", show_memory, ANYBODY, true },
	{ "takes signals", take_signal, ANYBODY, true },
	{ "uses bpf", load_bpf, NOT_SURE },
	{ "uses perf", count_events, NOT_SURE, true },
	{ "handles page faults", handle_faults, NOT_SURE, true },
	{ "uses the kernel's keys", add_key, NOT_SURE, true },
	{ "makes shared memory", share_memory, NOT_SURE, true },
	{ "makes memory with a descriptor", new_memfd, ANYBODY, true },
	{ "changes its limits", raise_limits, ANYBODY, true },
	{ "changes its priority", be_nice, ANYBODY, true },
	{ "cuts a file off", cut_ram, ANYBODY, true },
	{ "sends descriptors", send_descriptor, ANYBODY, true },
	{ "makes a system call of 32 bits", old_system_call, NOT_SURE, true },
	{ "kills whoever has its payload's number", kill_number, ANYBODY, true },
	{ "writes memory of whoever has its payload's number", write_number, NOT_SURE, true },
	{ "has its payload make a call", call_by_payload, NOT_SURE, true },
	{ "exchanges the call that its payload may make", exchange_call, NOT_SURE, true },
	{ "takes memory that is shared", memory_shared, ANYBODY, true },
	{ "takes more address space than it may have", much_space, ANYBODY, true },
	{ "opens a file that it was given to all", open_given_to_all, ANYBODY, true, false, true },
	{ "cuts off a file that it was given", cut_given, ANYBODY, true, false, true },
	{ "changes the date of a file that it was given", date_given, ANYBODY, true, false, true },
	{ "changes the date of a file by its path", date_secret, ANYBODY, true, false, true },
	{ "does so from another address", date_secret_far, ANYBODY, true, false, true },
	{ "turns standard input back", turn_input_back, ANYBODY, true },
	{ "writes over what was written", write_back, ANYBODY, true },
	{ "copies a descriptor", copy_descriptor, ANYBODY, true },
	{ "exchanges two files", exchange_files, NOT_SURE, true, false, true },
};

/* In a child as it is: does the attempt work at all? */
static bool works_outside(const struct attempt *a)
{
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(a->try() ? WORKED : FAILED);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == WORKED;
}

static struct machine *open_machine(struct why *why)
{
	static const uint8_t code[] = UNIT_CALLS_ARGUMENT;
	struct machine *m;

	convention_fill_gates(ram.host + GATES, PAGE_BYTES);
	memcpy(ram.host + CODE, code, sizeof(code));
	if (keeper_machine_open(&ram, &m, why) < 0 ||
	    m->ops->protect(m, GATES, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, why) < 0 ||
	    m->ops->protect(m, CODE, 4 * PAGE_BYTES, MACHINE_READ | MACHINE_WRITE | MACHINE_EXEC,
			    why) < 0)
		return NULL;
	return m;
}

static int run_payload(struct machine *m, struct why *why)
{
	struct machine_exit exit = { 0 };
	int r;

	m->regs = unit_regs(CODE, STACK, GATES);
	do
		r = m->ops->run(m, &exit, why);
	while (r == 0 && exit.kind == MACHINE_TICK);
	return r < 0 ? r : exit.kind == MACHINE_GATE ? 0 : -EIO;
}

enum moment {
	UNFILTERED, /* with all walls but the last one, as if a call had slipped through that */
	CONFINED,
	RUNNING, /* behind a run of the payload */
	N_MOMENTS,
};

static const char *const moments[N_MOMENTS] = { "without a filter, ", "", "while running, " };

struct plan {
	bool (*try)(void);
	enum moment moment;
};

static int attack(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct plan *plan = context;
	struct machine *m = open_machine(why);
	int r = 0;

	if (!m)
		return -EIO;
	payload = m->pid;
	if (plan->moment != UNFILTERED)
		r = inside_confine(in, m->pid, (struct ram_range){ RESUME, RESUME + RESUME_BYTES },
				   why);
	if (r == 0 && plan->moment == RUNNING)
		r = run_payload(m, why);
	if (r < 0)
		return r;
	report->status = plan->try() ? WORKED : FAILED;
	return 0;
}

static void note_walls(void *context, const struct walls *walls, pid_t pid)
{
	static bool told;
	struct why why;

	missing = *walls;
	for (unsigned i = 0; i < N_WALLS && !told; i++)
		if (walls->error[i]) {
			wall_describe(i, walls->error[i], &why);
			printf("# %s\n", why.text);
		}
	told = true;
}

static int run_firmware(struct plan *plan, bool writable, struct report *report, struct why *why)
{
	static const struct report_terms terms = {
		.ram = ranges,
		.n_ram = ARRAY_SIZE(ranges),
		.n_ends = 2,
		.boot_end = 1,
	};
	const struct keeper_config config = {
		.ram = &ram,
		.terms = &terms,
		.resume_bytes = RESUME_BYTES,
		.tree = { { &tree, writable } },
		.n_trees = 1,
		.fd = { given },
		.n_fds = 1,
		.most_written = 1 << 20,
		.limit_s = LIMIT_S,
		.work = attack,
		.began = note_walls,
		.context = plan,
	};
	int r;

	tree = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(tree >= 0);
	r = ram_open(ranges, ARRAY_SIZE(ranges), &ram, why);
	if (r == 0)
		r = keeper_run(&config, report, why);
	ram_close(&ram);
	close(tree);
	tree = -1;
	return r;
}

static bool read_inside(void)
{
	return open_any(tree, "inside", O_RDONLY) >= 0;
}

static bool write_inside(void)
{
	return open_any(tree, "made", O_RDWR | O_CREAT) >= 0;
}

static void test_works(void)
{
	struct plan plan = { read_inside, RUNNING };
	struct report report = { 0 };
	struct why why = { "" };
	int r = run_firmware(&plan, false, &report, &why);

	/* or nothing below would show anything */
	check_msg(r == 0 && report.error == 0 && report.status == WORKED,
		  "works, and reads its tree: %d %d %s%s", r, report.error, why.text,
		  report.why.text);
	plan.try = write_inside;
	r = run_firmware(&plan, true, &report, &why);
	check_msg(r == 0 && report.status == WORKED, "writes to one that is writable: %s%s",
		  why.text, report.why.text);
}

/* A program that whoever starts it runs as the tree's owner. */
static bool make_set_user_id(void)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { .flags = O_RDWR | O_CREAT | O_CLOEXEC, .mode = 04755 };
	const int fd = (int)syscall(SYS_openat2, tree, "owners", &how, sizeof(how));

	/* by the mode that it is made with, and, should writing take that away, by another */
	return fd >= 0 && write(fd, "#!/bin/sh\n", 10) == 10 && fchmod(fd, 04755) == 0;
}

/* Whoever has the firmware process may write to a tree, and gets no program of its owner's there.
 */
static void test_set_user_id(enum moment moment, bool can)
{
	struct plan plan = { make_set_user_id, moment };
	struct report report = { 0 };
	struct why why = { "" };
	char path[128];
	struct stat st = { 0 };

	(void)!run_firmware(&plan, true, &report, &why);
	snprintf(path, sizeof(path), "%s/owners", folder);
	require(stat(path, &st) == 0);
	check_msg(st.st_size == 10 && !!(st.st_mode & S_ISUID) == can,
		  "%sa program with a set-user-ID bit in a tree to write to: %o", moments[moment],
		  st.st_mode);
	unlink(path);
}

static void test_outside(const struct attempt *a)
{
	const bool root = geteuid() == 0 && !little_root;
	bool works;

	tree = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(ram_open(ranges, ARRAY_SIZE(ranges), &ram, NULL) == 0);
	works = works_outside(a);
	if (a->works_for == ANYBODY || (a->works_for == ROOT && root))
		check_msg(works, "without walls it %s", a->name);
	else if (!works)
		printf("# it could not have been done here: %s\n", a->name);
	ram_close(&ram);
	close(tree);
}

static bool run_data(void)
{
	static const uint8_t code[] = UNIT_RETURNS(0);
	char *p =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	memcpy(p, code, sizeof(code));
	__builtin___clear_cache(p, p + sizeof(code));
	((void (*)(void))p)();
	return true;
}

/* Who started it has programs for which all that can be read can be executed. */
static void test_personality(void)
{
	static const struct attempt attempt = { "executes data", run_data, ANYBODY };
	const int before = personality(READ_IMPLIES_EXEC);
	struct plan plan = { run_data, CONFINED };
	struct report report = { 0 };
	struct why why = { "" };
	int r;

	if (before < 0) {
		skip("no personality to be had");
		return;
	}
	test_outside(&attempt);
	r = run_firmware(&plan, false, &report, &why);
	personality((unsigned)before);
	/* killed for it, unless a sanitizer explains it first; no report says that it worked */
	check_msg(r == -EPIPE, "executes data: %s", why.text);
}

static void test_attempt(const struct attempt *a, enum moment moment)
{
	struct plan plan = { a->try, moment };
	struct report report = { 0 };
	struct why why = { "" };
	const int r = run_firmware(&plan, a->writable, &report, &why);
	/* killed for it, or told that it cannot */
	const bool killed = r == -EPIPE && strstr(why.text, "signal 31");
	const bool refused = r == 0 && report.error == 0 && report.status == FAILED;

	check_msg(killed || refused, "%s%s: %s", moments[moment], a->name,
		  killed    ? "killed"
		  : refused ? "refused"
		  : r == 0  ? report.why.text
			    : why.text);
	/* nothing of it is left, the payload included */
	check_msg(waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD, "nobody is left");
}

static void make_file(const char *at, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", at, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0);
	close(fd);
}

static void open_given(const char *above)
{
	char path[128];

	make_file(above, "given");
	snprintf(path, sizeof(path), "%s/given", above);
	given = open(path, O_RDWR | O_CLOEXEC);
	/* and one that a script is read from, say */
	require(given >= 0 && dup2(given, STDIN_FILENO) == STDIN_FILENO);
}

static void make_folders(void)
{
	char above[] = "/tmp/keeper-attack-XXXXXX";

	require(mkdtemp(above) != NULL);
	snprintf(secret, sizeof(secret), "%s/secret", above);
	snprintf(outside, sizeof(outside), "%s/outside", above);
	snprintf(folder, sizeof(folder), "%s/t", above);
	require(mkdir(folder, 0700) == 0);
	make_file(above, "secret");
	open_given(above);
}

static void remove_folders(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %.*s", (int)(strlen(folder) - 2), folder);
	require(system(command) == 0);
}

static void test_all(void)
{
	make_folders();
	make_file(folder, "inside");
	test_works();
	test_set_user_id(UNFILTERED, true);
	test_set_user_id(CONFINED, false);
	test_set_user_id(RUNNING, false);
	test_personality();
	for (unsigned i = 0; i < ARRAY_SIZE(attempts); i++) {
		make_file(folder, "victim");
		test_outside(&attempts[i]);
		remove(outside);
		if (attempts[i].opens && missing.error[WALL_FILES] &&
		    missing.error[WALL_LANDLOCK]) {
			skip("neither namespaces nor Landlock here: it opens what its user can");
			continue;
		}
		if (attempts[i].try == empty_in_tree && missing.error[WALL_TREES] &&
		    !landlock_truncates()) {
			skip("the tree is the host's, and Landlock does not know of O_TRUNC");
			continue;
		}
		for (enum moment m = UNFILTERED; m < N_MOMENTS; m++)
			if (m != UNFILTERED || (!attempts[i].filtered && walls_all(&missing)))
				test_attempt(&attempts[i], m);
		check_msg(access(outside, F_OK) < 0, "nothing was made outside");
	}
	remove_folders();
}

static void become_user(void)
{
	enum { NOBODY = 65534 };

	require(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void put(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool enter_container(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1\n", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1\n", getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", uids);
	put("/proc/self/gid_map", gids);
	return true;
}

/* What is missing is said. */
static void test_walls_named(bool namespaces)
{
	struct walls walls;
	struct why why;

	require(keeper_probe(0, &walls, &why) == 0);
	check(walls.error[WALL_USER] == (namespaces ? -EPERM : 0));
	check(walls.error[WALL_PROCESSES] == (namespaces ? -EPERM : 0));
	check(walls.error[WALL_FILES] == (namespaces ? -EPERM : 0));
	check(walls.error[WALL_LANDLOCK] == (namespaces ? 0 : -ENOSYS));
	wall_describe(namespaces ? WALL_USER : WALL_LANDLOCK, -EPERM, &why);
	check_msg(strstr(why.text, namespaces ? "no user namespace" : "no Landlock"), "%s",
		  why.text);
}

/* A host that has no such things, as containers do it: the calls fail. */
static void forbid(bool namespaces, bool landlock)
{
	enum { LANDLOCK_CREATE_RULESET = 444 };
	const uint32_t spaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
				CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LANDLOCK_CREATE_RULESET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 landlock ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, spaces, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 namespaces ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	little_root = !strcmp(how, "no-capabilities") || !strcmp(how, "container");
	if (*how && geteuid() == 0 && !little_root)
		become_user();
	if (!strcmp(how, "no-capabilities"))
		require(caps_drop() == 0);
	if (!strcmp(how, "container") && !enter_container()) {
		skip("this host allows no user namespaces");
		return tap_done();
	}
	if (!strcmp(how, "no-namespaces") || !strcmp(how, "no-landlock")) {
		forbid(how[3] == 'n', how[3] == 'l');
		test_walls_named(how[3] == 'n');
	}
	keeper = getpid();
	test_all();
	return tap_done();
}
