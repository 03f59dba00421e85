/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The other way, kexec_file_load(2): the running kernel is given files, checks the
 * kernel's signature where it insists on one, and draws the next kernel's seed itself, at that
 * moment. There is no purgatory of ours and no frozen machine.
 */
#include "handover/handover.h"

/* Descriptors are the caller's. */
struct kexec_files {
	int kernel; /* a bzImage */
	int initrd; /* -1: none */
	const char *cmdline;
};

/*
 * Stage files in place of what was staged before; on failure that stays, and its record.
 * Needs what kexec_gate_file() asks for. -ENOEXEC for a kernel that it cannot load,
 * -EKEYREJECTED and its like for one whose signature it does not take.
 */
must_check int kexec_file_stage(const struct kexec_files *files,
				const struct handover_options *options, struct why *why);
