// SPDX-License-Identifier: MIT
#include "keeper/filter.h"
#include "keeper/processor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* Younger architectures have only what came later, with a folder or a set of signals. */
#ifndef SYS_open
#define SYS_open SYS_openat
#define SYS_access SYS_faccessat
#define SYS_readlink SYS_readlinkat
#define SYS_poll SYS_ppoll
#endif

/* What an argument has to be; but for addresses, all are numbers of 32 bits to the kernel, or
 * flags.
 */
struct condition {
	enum { ALWAYS, IS, LACKS, ABOVE, NULL_ADDRESS } how;
	unsigned arg;
	uint32_t value;
};

/* One call in one form; several forms of a call are several rows. */
struct row {
	int number;
	struct condition condition[2];
};

enum { MOST_INSTRUCTIONS = 512 };

struct program {
	struct sock_filter instruction[MOST_INSTRUCTIONS];
	unsigned short n;
};

static void add(struct program *p, struct sock_filter instruction)
{
	assert(p->n < MOST_INSTRUCTIONS);
	p->instruction[p->n++] = instruction;
}

static void load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* The lower half: both processors are little endian. */
static size_t arg_offset(unsigned arg)
{
	return offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t);
}

/* Jumps to where the row ends; how far that is is filled in then. */
struct leaves {
	unsigned short at[8];
	unsigned n;
};

static void leave_unless(struct program *p, struct leaves *leaves, uint16_t test, uint32_t value)
{
	assert(leaves->n < ARRAY_SIZE(leaves->at));
	leaves->at[leaves->n++] = p->n;
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 0));
}

static void add_condition(struct program *p, const struct condition *c, struct leaves *leaves)
{
	load(p, arg_offset(c->arg));
	switch (c->how) {
	case ALWAYS:
		break;
	case IS:
		leave_unless(p, leaves, BPF_JEQ, c->value);
		break;
	case LACKS:
		add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, c->value));
		leave_unless(p, leaves, BPF_JEQ, 0);
		break;
	case ABOVE:
		leave_unless(p, leaves, BPF_JGT, c->value);
		break;
	case NULL_ADDRESS:
		leave_unless(p, leaves, BPF_JEQ, 0);
		load(p, arg_offset(c->arg) + sizeof(uint32_t));
		leave_unless(p, leaves, BPF_JEQ, 0);
		break;
	}
}

/* Where the row does not apply, on with what stands behind it. */
static void add_row(struct program *p, const struct row *row, uint32_t result)
{
	struct leaves leaves = { .n = 0 };

	load(p, offsetof(struct seccomp_data, nr));
	leave_unless(p, &leaves, BPF_JEQ, (uint32_t)row->number);
	for (unsigned i = 0; i < ARRAY_SIZE(row->condition) && row->condition[i].how; i++)
		add_condition(p, &row->condition[i], &leaves);
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
	while (leaves.n--)
		p->instruction[leaves.at[leaves.n]].jf = (uint8_t)(p->n - leaves.at[leaves.n] - 1);
}

static void add_rows(struct program *p, const struct row *row, unsigned n, uint32_t result)
{
	for (unsigned i = 0; i < n; i++)
		add_row(p, &row[i], result);
}

/*
 * Driving the payload: what a service call needs stands first, for the list is read from its top.
 * None of these reaches a process that has the payload's number but is not it: ptrace(2) wants one
 * that is traced already, and the filter lets nobody begin to be.
 */
static void add_child(struct program *p, const struct filter_config *c)
{
	const uint32_t pid = (uint32_t)c->child;
	const struct row rows[] = {
		{ SYS_wait4 }, /* it has no other child; without a condition the kernel need not
				  look */
		/* its own, back to what it was */
		{ SYS_sched_setaffinity, { { IS, 0, 0 } } },
	};

	for (unsigned i = 0; i < keeper_n_ptrace_requests; i++)
		add_row(p,
			&(struct row){ SYS_ptrace,
				       { { IS, 0, (uint32_t)keeper_ptrace_requests[i] },
					 { IS, 1, pid } } },
			SECCOMP_RET_ALLOW);
	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ALLOW);
}

/* Descriptors that it has, and what can be opened below its trees. */
static void add_files(struct program *p, const struct filter_config *c)
{
	const uint32_t channel = (uint32_t)c->channel_fd;
	const struct row rows[] = {
		{ SYS_read },
		{ SYS_write },
		{ SYS_writev },
		{ SYS_pread64 },
		/* where they read and write standard input and output is their owner's */
		{ SYS_pwrite64, { { ABOVE, 0, STDERR_FILENO } } },
		{ SYS_lseek, { { ABOVE, 0, STDERR_FILENO } } },
		{ SYS_close },
		{ SYS_openat2 },
		{ SYS_getdents64 },
		{ SYS_fstat },
		{ SYS_newfstatat },
		{ SYS_statx },
		{ SYS_fstatfs },
		{ SYS_fcntl, { { IS, 1, F_GETFL } } },
		{ SYS_fcntl, { { IS, 1, F_GETFD } } },
		{ SYS_fcntl, { { IS, 1, F_SETFD } } },
		{ SYS_poll },
		{ SYS_ppoll },
		{ SYS_ioctl, { { IS, 1, TIOCGWINSZ } } },
		{ SYS_ioctl, { { IS, 1, TCGETS } } },
		{ SYS_sendto, { { IS, 0, channel } } },
		{ SYS_recvfrom, { { IS, 0, channel } } },
		{ SYS_fallocate, { { IS, 0, (uint32_t)c->ram_fd } } },
	};

	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ALLOW);
}

/*
 * What it makes in a tree belongs to the tree's owner, root perhaps. Made with a set-user-ID bit, a
 * file is empty, and loses the bit when something is written: so it cannot be given one later.
 *
 * A descriptor that it was given is no file of a tree, and may be one of the user's own: none of
 * these is for it. All that it opens itself lie above, since up to there no number is free.
 */
static void add_writes(struct program *p, const struct filter_config *c)
{
	const struct condition opened = { ABOVE, 0, (uint32_t)c->last_given_fd };
	const struct row rows[] = {
		{ SYS_ftruncate, { opened } },
		{ SYS_fsync },
		/* by its descriptor: a path could lead anywhere, which Landlock would not see */
		{ SYS_utimensat, { opened, { NULL_ADDRESS, 1, 0 } } },
		{ SYS_mkdirat },
		{ SYS_unlinkat },
		{ SYS_renameat2, { { IS, 4, RENAME_NOREPLACE } } },
		{ SYS_fchmod, { opened, { LACKS, 1, S_ISUID | S_ISGID | S_ISVTX } } },
	};

	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ALLOW);
}

/* Itself: memory that no code can be in, time, random numbers, its end. */
static void add_self(struct program *p)
{
	static const struct row rows[] = {
		/* what is shared no limit counts */
		{ SYS_mmap, { { LACKS, 2, PROT_EXEC }, { LACKS, 3, MAP_SHARED } } },
		{ SYS_mprotect, { { LACKS, 2, PROT_EXEC } } },
		{ SYS_munmap },
		{ SYS_mremap },
		{ SYS_madvise },
		{ SYS_brk },
		{ SYS_futex },
		{ SYS_getrandom },
		{ SYS_clock_gettime },
		{ SYS_clock_nanosleep },
		{ SYS_nanosleep },
		{ SYS_gettimeofday },
		{ SYS_getpid },
		{ SYS_gettid },
		{ SYS_getcpu },
		{ SYS_sched_yield },
		{ SYS_restart_syscall },
		{ SYS_rt_sigreturn },
		{ SYS_sigaltstack },
		{ SYS_exit },
		{ SYS_exit_group },
	};

	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ALLOW);
}

/* What libc or a sanitizer tries on its own account, mostly in order to say what went wrong. */
static void add_refused(struct program *p)
{
	static const struct row rows[] = {
		{ SYS_open },	   { SYS_access },     { SYS_readlink },     { SYS_openat },
		{ SYS_faccessat }, { SYS_readlinkat }, { SYS_rt_sigaction }, { SYS_rt_sigprocmask },
		{ SYS_prlimit64 }, { SYS_lseek },
	};

	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ERRNO | EACCES);
}

static void begin(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0));
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

static int install(struct program *p, struct why *why)
{
	struct sock_fprog program = { 0, p->instruction };

	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	program.len = p->n;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0
		       ? why_errno(why, -errno, "seccomp")
		       : 0;
}

int filter_install(const struct filter_config *config, struct why *why)
{
	struct program p = { .n = 0 };

	begin(&p);
	add_child(&p, config);
	add_files(&p, config);
	if (config->writes)
		add_writes(&p, config);
	add_self(&p);
	add_refused(&p);
	return install(&p, why);
}

/* What lies behind a descriptor, and how much of it: libc asks for that by an empty path. */
static void add_input(struct program *p, int fd)
{
	const struct condition is_it = { IS, 0, (uint32_t)fd };
	const struct row rows[] = {
		{ SYS_read, { is_it } },
		{ SYS_pread64, { is_it } },
		{ SYS_lseek, { is_it } },
		{ SYS_fadvise64, { is_it } },
		{ SYS_fstat, { is_it } },
		{ SYS_newfstatat, { is_it, { IS, 3, AT_EMPTY_PATH } } },
		{ SYS_ioctl, { is_it, { IS, 1, BLKGETSIZE64 } } },
	};

	add_rows(p, rows, ARRAY_SIZE(rows), SECCOMP_RET_ALLOW);
}

int filter_install_bare(const struct filter_bare *config, struct why *why)
{
	const struct row writes[] = {
		{ SYS_write, { { IS, 0, (uint32_t)config->answer_fd } } },
		{ SYS_write, { { IS, 0, STDERR_FILENO } } },
		{ SYS_write, { { IS, 0, STDOUT_FILENO } } },
	};
	/*
	 * Of a disk libblkid asks for more, of standard output libc does, and json-c for random
	 * numbers where the kernel has none yet; they do without.
	 */
	static const struct row refused[] = { { SYS_ioctl }, { SYS_fstat }, { SYS_newfstatat } };
	struct program p = { .n = 0 };

	begin(&p);
	add_rows(&p, writes, ARRAY_SIZE(writes) - !config->shows, SECCOMP_RET_ALLOW);
	if (config->input_fd >= 0)
		add_input(&p, config->input_fd);
	add_rows(&p, refused, ARRAY_SIZE(refused), SECCOMP_RET_ERRNO | EACCES);
	add_self(&p);
	add_refused(&p);
	return install(&p, why);
}
