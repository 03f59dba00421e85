/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What depends on the processor in a traced process: its registers, how it makes a system
 * call, what stops it and which instructions want a privilege. <processor>/processor.c.
 */
#include "machine/machine.h"
#include "machine/process/pages.h"

#include <signal.h>
#include <sys/types.h>

/* What the guest believes to own, and registers beyond struct machine_regs. */
struct processor;

struct processor *processor_new(const struct machine_config *config); /* NULL: no memory; free() */

/* Nothing of ours stays in a register; *ret_regs are what a machine begins with. */
int processor_clear(struct processor *p, pid_t pid, struct machine_regs *ret_regs, struct why *why);
/* Negative errno only. -EIO: a value that no register may have. */
int processor_load(struct processor *p, pid_t pid, const struct machine_regs *regs);
int processor_store(struct processor *p, pid_t pid, struct machine_regs *ret_regs);

int processor_get_fpu(pid_t pid, struct machine_fpu *ret_fpu, struct why *why);
int processor_set_fpu(pid_t pid, const struct machine_fpu *fpu, struct why *why);

/* Of the registers stored last: what no machine has, or nobody can give back; NULL: all is well. */
const char *processor_left_mode(const struct processor *p);
/* And the number of a system call that was asked for. */
long processor_syscall(const struct processor *p);

/* What a gate stops with. */
extern const int processor_gate_signal;

/* An instruction that wants a privilege: answered in m, or not. */
enum processor_answer {
	PROCESSOR_DONE,	   /* the program counter is behind it */
	PROCESSOR_HALT,	   /* the same; it waits for an interrupt */
	PROCESSOR_CODE,	   /* the same; it has written code, which has to be seen */
	PROCESSOR_REFUSED, /* not one that we answer: *ret_what, and nothing changed */
	PROCESSOR_ELSE,	   /* something else stopped the process */
};
enum processor_answer processor_answer(struct processor *p, const struct pages *pages,
				       const siginfo_t *info, struct machine *m,
				       const char **ret_what);

/*
 * Does code have to be looked at before it is executed? Then each page is, the first time: it may
 * have instructions that the process could execute, and that are to stop it all the same.
 * Where they will not, m->unseen says so.
 */
bool processor_looks(const struct processor *p);
void processor_look(struct processor *p, struct machine *m, const struct pages *pages,
		    uint64_t page);

/* Instructions were written to these pages by us, and are about to be executed by the process. */
void processor_code_written(const struct ram *ram, uint64_t addr, uint64_t n_bytes);

/* For the process while it is built: it runs libc's code still. */
extern const uint32_t processor_audit_arch; /* AUDIT_ARCH_* of its system calls */
/* What switches shadow stacks off for pid: a system call and its arguments; -1: there are none. */
long processor_shadow_stack_off(pid_t pid, uint64_t ret_arg[static 6]);
uint64_t processor_address_end(void); /* beyond it nothing can be mapped */
void processor_stop_self(void);	      /* SIGTRAP, seen by the tracer */

/*
 * A page that stops whatever runs into it, and at its start code for a system call that
 * stops behind it. It takes at most PROCESSOR_CALL_BYTES.
 */
enum { PROCESSOR_CALL_BYTES = 64 };
void processor_fill_page(uint8_t *page);
/* Set registers for a call from there; then, stopped by signal, its result. -ECHILD, -EIO. */
int processor_begin_call(pid_t pid, uint64_t code, long number, const uint64_t arg[static 6]);
int processor_end_call(pid_t pid, uint64_t code, int signal, long *ret_result);
