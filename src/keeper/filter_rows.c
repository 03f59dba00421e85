// SPDX-License-Identifier: MIT
#include "keeper/filter_rows.h"
#include "base/util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <stdio.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* Younger architectures have only what came later, with a folder or a set of signals. */
#ifndef SYS_poll
#define SYS_poll SYS_ppoll
#endif

#define ROWS(name, rows)                                                                           \
	{                                                                                          \
		name, rows, ARRAY_SIZE(rows)                                                       \
	}

/*
 * Driving the payload, besides ptrace(2), of which the processor has the list. None of these
 * reaches a process that has the payload's number but is not it: ptrace(2) wants one that is traced
 * already, and the filter lets nobody begin to be.
 */
static const struct filter_row drives[] = {
	{ SYS_wait4 }, /* it has no other child; without a condition the kernel need not look */
	/* its own, back to what it was */
	{ SYS_sched_setaffinity, { { IS, 0, 0 } } },
};

const struct filter_rows filter_drives = ROWS("drives", drives);

/* Descriptors that it has, and what can be opened below its trees. */
static const struct filter_row files[] = {
	{ SYS_read },
	{ SYS_write },
	{ SYS_pread64 },
	/* where they read and write standard input and output is their owner's */
	{ SYS_pwrite64, { { ABOVE, 0, STDERR_FILENO } } },
	/* which pages of it there are */
	{ SYS_lseek, { { IS, 0, .known = THE_RAM } } },
	{ SYS_fallocate, { { IS, 0, .known = THE_RAM } } },
	{ SYS_close },
	{ SYS_openat2 },
	{ SYS_getdents64 },
	{ SYS_newfstatat },
	{ SYS_fstat, .unseen = "fstat(3) since glibc 2.39; until then it is newfstatat" },
	{ SYS_statx },
	{ SYS_fstatfs },
	{ SYS_fcntl, { { IS, 1, F_GETFL } } },
	{ SYS_fcntl, { { IS, 1, F_SETFD } } },
	{ SYS_poll },
	{ SYS_ioctl, { { IS, 1, TIOCGWINSZ } } },
	{ SYS_ioctl, { { IS, 1, TCGETS } } },
	{ SYS_sendto, { { IS, 0, .known = THE_CHANNEL } } },
	{ SYS_recvfrom, { { IS, 0, .known = THE_CHANNEL } } },
};

const struct filter_rows filter_files = ROWS("files", files);

/*
 * What it makes in a tree belongs to the tree's owner, root perhaps. Made with a set-user-ID bit, a
 * file is empty, and loses the bit when something is written: so it cannot be given one later.
 *
 * A descriptor that it was given is no file of a tree, and may be one of the user's own: none of
 * these is for it. All that it opens itself lie above, since up to there no number is free.
 */
#define OPENED                                                                                     \
	{                                                                                          \
		ABOVE, 0, .known = THE_LAST_GIVEN                                                  \
	}

static const struct filter_row writes[] = {
	{ SYS_ftruncate, { OPENED } },
	{ SYS_fsync },
	/* by its descriptor: a path could lead anywhere, which Landlock would not see */
	{ SYS_utimensat, { OPENED, { NULL_ADDRESS, 1 } } },
	{ SYS_mkdirat },
	{ SYS_unlinkat },
	{ SYS_renameat2, { { IS, 4, RENAME_NOREPLACE } } },
	{ SYS_fchmod, { OPENED, { LACKS, 1, S_ISUID | S_ISGID | S_ISVTX } } },
};

const struct filter_rows filter_writes = ROWS("writes", writes);

/* Memory for what the image's bytes land in, and time that passes. */
static const struct filter_row runs[] = {
	{ SYS_mprotect, { { LACKS, 2, PROT_EXEC } } },
	{ SYS_clock_nanosleep },
	{ SYS_restart_syscall, .unseen = "the kernel's own, where a wait was stopped and goes on" },
};

const struct filter_rows filter_runs = ROWS("runs", runs);

/* What lies behind a descriptor, and how much of it: libc asks for that by an empty path. */
#define INPUT                                                                                      \
	{                                                                                          \
		IS, 0, .known = THE_INPUT                                                          \
	}

static const struct filter_row input[] = {
	{ SYS_read, { INPUT } },
	{ SYS_pread64, { INPUT } },
	{ SYS_lseek, { INPUT } },
	{ SYS_fadvise64, { INPUT } },
	{ SYS_fstat, { INPUT }, "fstat(3) since glibc 2.39; until then it is newfstatat" },
	{ SYS_newfstatat, { INPUT, { IS, 3, AT_EMPTY_PATH } } },
	{ SYS_ioctl, { INPUT, { IS, 1, BLKGETSIZE64 } }, "of a disk, and tests have files" },
};

const struct filter_rows filter_input = ROWS("input", input);

#define NO_VDSO "where the machine's clock is none that a vDSO can read"

static const struct filter_row shows[] = { { SYS_write, { { IS, 0, STDOUT_FILENO } } } };

const struct filter_rows filter_shows = ROWS("shows", shows);

static const struct filter_row answers[] = {
	{ SYS_write, { { IS, 0, .known = THE_ANSWER } } },
	{ SYS_write, { { IS, 0, STDERR_FILENO } }, "who explains a fault, as a sanitizer does" },
	{ SYS_getpid }, /* libblkid */
	{ SYS_gettimeofday, .unseen = NO_VDSO },
};

const struct filter_rows filter_answers = ROWS("answers", answers);

/* Itself: memory that no code can be in, time, random numbers, its end. */
static const struct filter_row self[] = {
	/* what is shared no limit counts */
	{ SYS_mmap, { { LACKS, 2, PROT_EXEC }, { LACKS, 3, MAP_SHARED } } },
	{ SYS_munmap },
	{ SYS_mremap,
	  .unseen = "realloc(3) of a list that hostile_limits makes, which takes too long" },
	{ SYS_madvise, .unseen = "malloc(3) where GLIBC_TUNABLES asks for large pages" },
	{ SYS_brk },
	{ SYS_futex },
	{ SYS_getrandom, .unseen = "json-c, on a processor without RDRAND" },
	{ SYS_exit_group },
	{ SYS_clock_gettime, .unseen = NO_VDSO },
	{ SYS_writev, { { IS, 0, STDERR_FILENO } }, "libc's last words, when its heap is damaged" },
#ifdef SANITIZED
#define SANITIZER "a sanitizer that says what went wrong"
	{ SYS_gettimeofday, .unseen = SANITIZER },
	{ SYS_getpid, .unseen = SANITIZER },
	{ SYS_gettid, .unseen = SANITIZER },
	{ SYS_sched_yield, .unseen = SANITIZER },
	{ SYS_rt_sigreturn, .unseen = SANITIZER },
	{ SYS_sigaltstack, .unseen = SANITIZER },
	{ SYS_nanosleep, .unseen = SANITIZER },
	{ SYS_exit, .unseen = SANITIZER },
#endif
};

const struct filter_rows filter_self = ROWS("self", self);

static const struct filter_row refused[] = {
	{ SYS_openat, .unseen = "gmtime_r(3) looks for a time zone" },
	{ SYS_lseek, .unseen = "stdio gives back what it has read of standard input, in the end" },
#ifdef SANITIZED
#ifdef SYS_open
	{ SYS_open, .unseen = SANITIZER },
	{ SYS_access, .unseen = SANITIZER },
	{ SYS_readlink, .unseen = SANITIZER },
#endif
	{ SYS_faccessat, .unseen = SANITIZER },
	{ SYS_readlinkat, .unseen = SANITIZER },
	{ SYS_rt_sigaction, .unseen = SANITIZER },
	{ SYS_rt_sigprocmask, .unseen = SANITIZER },
	{ SYS_prlimit64, .unseen = SANITIZER },
#endif
};

const struct filter_rows filter_refused = ROWS("refused", refused);

#define LOOKS "libblkid looks in /sys for what a disk is"

static const struct filter_row answers_refused[] = {
	{ SYS_ioctl, .unseen = "libblkid asks a disk for more" },
	{ SYS_fstat, .unseen = "stdio looks at standard output" },
	{ SYS_newfstatat, .unseen = "stdio looks at standard output" },
	{ SYS_faccessat, .unseen = LOOKS },
	{ SYS_readlinkat, .unseen = LOOKS },
#ifdef SYS_open
	{ SYS_open, .unseen = LOOKS },
	{ SYS_access, .unseen = LOOKS },
	{ SYS_readlink, .unseen = LOOKS },
#endif
};

const struct filter_rows filter_answers_refused = ROWS("refused to who answers", answers_refused);
