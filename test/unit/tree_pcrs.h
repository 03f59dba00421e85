/* SPDX-License-Identifier: MIT */
#pragma once
/* PCRs as a kernel shows them, in a tree of files. */
#include "tpm/pcrs.h"
#include "unit/tree.h"

#include <stdio.h>

static inline void tree_put_bank(const struct tree *t, const struct tpm_pcrs *pcrs, unsigned bank)
{
	const struct tpm_bank *b = &pcrs->banks.bank[bank];
	const char *name = tpm_algorithm(b->id)->kernel;
	char path[128], text[2 * TPM_MAX_DIGEST + 2];

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%u", name, i);
		for (unsigned k = 0; k < b->n_bytes; k++)
			snprintf(text + 2 * (size_t)k, 4, "%02x\n", pcrs->value[bank][i][k]);
		tree_put(t, path, text);
	}
}
