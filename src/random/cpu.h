/* SPDX-License-Identifier: MIT */
#pragma once
/* What the processor itself has to give to a random number generator. */
#include "base/util.h"

#include <stddef.h>

/*
 * Fill words from the processor's own generator (RDRAND, else RDSEED; RNDR, else
 * RNDRRS). It differs between clones of a machine: no snapshot holds its state. False when
 * there is none or it would not answer; nothing was written then.
 */
bool cpu_random(uint64_t *words, size_t n_words);

/* "RDRAND", "RDSEED", "RNDR" or NULL */
const char *cpu_random_name(void);
