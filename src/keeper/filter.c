// SPDX-License-Identifier: MIT
#include "keeper/filter.h"
#include "keeper/filter_rows.h"
#include "keeper/processor.h"
#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

enum { MOST_INSTRUCTIONS = 512 };

struct program {
	struct sock_filter instruction[MOST_INSTRUCTIONS];
	unsigned short n;
	uint32_t known[FILTER_N_KNOWN];
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

static void add_condition(struct program *p, const struct filter_condition *c,
			  struct leaves *leaves)
{
	const uint32_t value = c->known ? p->known[c->known] : c->value;

	load(p, arg_offset(c->arg));
	switch (c->how) {
	case ALWAYS:
		break;
	case IS:
		leave_unless(p, leaves, BPF_JEQ, value);
		break;
	case LACKS:
		add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, value));
		leave_unless(p, leaves, BPF_JEQ, 0);
		break;
	case ABOVE:
		leave_unless(p, leaves, BPF_JGT, value);
		break;
	case NULL_ADDRESS:
		leave_unless(p, leaves, BPF_JEQ, 0);
		load(p, arg_offset(c->arg) + sizeof(uint32_t));
		leave_unless(p, leaves, BPF_JEQ, 0);
		break;
	}
}

/* Where the row does not apply, on with what stands behind it. */
static void add_row(struct program *p, const struct filter_row *row, uint32_t result)
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

static void add_rows(struct program *p, const struct filter_rows *rows, uint32_t result)
{
	for (unsigned i = 0; i < rows->n; i++)
		add_row(p, &rows->row[i], result);
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

/* What a service call needs stands first, for the list is read from its top. */
int filter_install(const struct filter_config *config, struct why *why)
{
	struct program p = {
		.known = {
			[THE_CHILD] = (uint32_t)config->child,
			[THE_RAM] = (uint32_t)config->ram_fd,
			[THE_CHANNEL] = (uint32_t)config->channel_fd,
			[THE_LAST_GIVEN] = (uint32_t)config->last_given_fd,
		},
	};

	begin(&p);
	add_rows(&p, &keeper_ptrace, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_drives, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_files, SECCOMP_RET_ALLOW);
	if (config->writes)
		add_rows(&p, &filter_writes, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_runs, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_self, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_refused, SECCOMP_RET_ERRNO | EACCES);
	return install(&p, why);
}

int filter_install_bare(const struct filter_bare *config, struct why *why)
{
	struct program p = {
		.known = {
			[THE_ANSWER] = (uint32_t)config->answer_fd,
			[THE_INPUT] = (uint32_t)config->input_fd,
		},
	};

	begin(&p);
	add_rows(&p, &filter_answers, SECCOMP_RET_ALLOW);
	if (config->shows)
		add_rows(&p, &filter_shows, SECCOMP_RET_ALLOW);
	if (config->input_fd >= 0)
		add_rows(&p, &filter_input, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_answers_refused, SECCOMP_RET_ERRNO | EACCES);
	add_rows(&p, &filter_self, SECCOMP_RET_ALLOW);
	add_rows(&p, &filter_refused, SECCOMP_RET_ERRNO | EACCES);
	return install(&p, why);
}
