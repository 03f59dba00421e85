/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * arm64's ID_AA64MMFR0_EL1: which page sizes the processor has, among others. A kernel with pages
 * of 16 or 64 KiB asks for it before it starts, and Linux does not tell a process.
 */
#include <stdint.h>

/*
 * Of the machine below root: what its kernel has found on all of its processors. 0: that is not to
 * be found out, or there is no such thing.
 */
uint64_t host_mmfr0(const char *root);

/* Of a machine that is made up, and has pages of all sizes; 0: it has no such thing. */
uint64_t host_mmfr0_made_up(void);

/* What a process is told; 0: this is no arm64. <processor>/mmfr0_told.c */
uint64_t mmfr0_told(void);
/* What a kernel has found that tells its processes so much; 0: it is not to be found out. */
uint64_t mmfr0_find(const char *root, uint64_t told);
