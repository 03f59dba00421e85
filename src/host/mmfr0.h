/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * arm64's ID_AA64MMFR0_EL1: which page sizes the processor has, among others. A kernel with pages
 * of 16 or 64 KiB asks for it before it starts, and Linux does not tell a process.
 */
#include "base/why.h"

#include <stdint.h>

/*
 * Of the machine below root: what its kernel has found on all of its processors. -ENODATA where
 * that is not to be found out. *ret 0: there is no such thing.
 */
must_check int host_mmfr0(const char *root, uint64_t *ret, struct why *why);

/* Of a machine that is made up, and has pages of all sizes; 0: it has no such thing. */
uint64_t host_mmfr0_made_up(void);

/* What a process is told; 0: this is no arm64. <processor>/mmfr0_told.c */
uint64_t mmfr0_told(void);
/* What a kernel has found that tells its processes so much. */
must_check int mmfr0_find(const char *root, uint64_t told, uint64_t *ret, struct why *why);
