/* SPDX-License-Identifier: MIT */
#pragma once
/* Hash algorithms as TPMs number them (TCG Algorithm Registry, 6.10). Pure. */
#include <stdint.h>

enum { TPM_MAX_DIGEST = 64 };

struct tpm_algorithm {
	uint16_t id; /* TPM_ALG_ID */
	uint8_t n_bytes;
	const char *name;    /* as people write it */
	const char *kernel;  /* as /sys/class/tpm has it */
	const char *openssl; /* as EVP_MD_fetch(3) takes it */
	uint32_t efi;	     /* EFI_TCG2_BOOT_HASH_ALG_*, 0: none */
};

/* NULL: not known here. */
const struct tpm_algorithm *tpm_algorithm(uint16_t id);
/* All of them, in the order of their numbers, up to a NULL. */
const struct tpm_algorithm *tpm_algorithm_at(unsigned i);
