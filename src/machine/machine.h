/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A processor with memory, run until something happens that it cannot answer
 * itself. Knows nothing of UEFI: what a gate means is its caller's business.
 * Backends: machine/process (a traced process); a KVM one fits the same table.
 *
 * Not thread safe: the thread that opens a machine is the one that runs it.
 */
#include "base/why.h"
#include "machine/ram.h"
#include "machine_regs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum machine_prot {
	MACHINE_READ = 1,
	MACHINE_WRITE = 2,
	MACHINE_EXEC = 4,
};

enum machine_exit_kind {
	MACHINE_GATE,	 /* a trapping instruction in the gate pages; addr is its address */
	MACHINE_HALT,	 /* waits for an interrupt; continuing goes on behind it */
	MACHINE_TICK,	 /* nothing: some milliseconds went by, look at your clocks */
	MACHINE_FAULT,	 /* an exception nobody handles; why says which and where */
	MACHINE_SYSCALL, /* asked for a host system call; refused */
	MACHINE_LIMIT,	 /* used up its processor time */
};

struct machine_exit {
	enum machine_exit_kind kind;
	uint64_t addr;	/* gate, or the faulting data address */
	struct why why; /* FAULT, SYSCALL, LIMIT: one line without the image's name */
};

struct machine_config {
	const struct ram *ram;
	uint64_t gates, gates_bytes; /* page aligned; a trap in here is MACHINE_GATE */
	/*
	 * A page of ram below 2 GiB that the backend may fill, keeps executable in
	 * the guest, and that nobody else touches while the machine is open.
	 */
	uint64_t private_page;
	uint16_t pm_timer_port; /* where the ACPI timer is to be read; 0: nowhere */
	uint64_t mmfr0; /* arm64's ID_AA64MMFR0_EL1, of which processes see less; 0: as they do */
	unsigned cpu_seconds; /* limit; 0: none */
	bool apart; /* who opens it is in namespaces of its own already, all that there are */
};

struct machine {
	const struct machine_ops *ops;
	struct machine_regs regs; /* loaded before run(), stored by it */
	bool interrupts_off;	  /* behind cli; one that asks for a TICK's work has to wait */
	pid_t pid;		  /* of the process that it is, 0: it is none */
	/* Why the image may have seen less of the processor than there is; empty: it has not. */
	struct why unseen;
};

struct machine_ops {
	const char *name;
	/* All of ram is inaccessible to the guest until protect() says otherwise. */
	int (*open)(const struct machine_config *config, struct machine **ret_machine,
		    struct why *why);
	/* prot: MACHINE_* bits, 0 takes the range away. Page aligned, inside one range of ram. */
	int (*protect)(struct machine *m, uint64_t addr, uint64_t n_bytes, unsigned prot,
		       struct why *why);
	/* 0 and an exit, or a negative errno when the machine itself failed. */
	int (*run)(struct machine *m, struct machine_exit *ret_exit, struct why *why);
	/* x87 and SSE state in FXSAVE64 form; both only between runs. */
	int (*get_fpu)(struct machine *m, struct machine_fpu *ret_fpu, struct why *why);
	int (*set_fpu)(struct machine *m, const struct machine_fpu *fpu, struct why *why);
	void (*close)(struct machine *m); /* NULL is fine */
};

extern const struct machine_ops machine_process;
