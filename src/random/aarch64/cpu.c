// SPDX-License-Identifier: MIT
/* RNDR would answer here; a processor that does not have it is the rule. */
#include "random/cpu.h"

bool cpu_random(uint64_t *words, size_t n_words)
{
	return false;
}

const char *cpu_random_name(void)
{
	return NULL;
}
