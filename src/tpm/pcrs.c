// SPDX-License-Identifier: MIT
#include "tpm/pcrs.h"
#include "tpm/hash.h"

#include <string.h>

enum { FIRST_DYNAMIC = 17, LAST_DYNAMIC = 22 };

static const char locality_id[16] = "StartupLocality";

bool tpm_pcr_takes_extends(uint32_t pcr)
{
	return pcr < FIRST_DYNAMIC || (pcr > LAST_DYNAMIC && pcr < TPM_PCRS);
}

void tpm_pcrs_reset(struct tpm_pcrs *pcrs, const struct tpm_banks *banks)
{
	*pcrs = (struct tpm_pcrs){ .banks = *banks };
	for (unsigned b = 0; b < banks->n; b++)
		for (unsigned i = FIRST_DYNAMIC; i <= LAST_DYNAMIC; i++)
			memset(pcrs->value[b][i], 0xff, banks->bank[b].n_bytes);
}

bool tpm_pcr_extend(struct tpm_pcrs *pcrs, unsigned bank, uint32_t pcr, const uint8_t *digest)
{
	const struct tpm_bank *b = &pcrs->banks.bank[bank];
	uint8_t *value = pcrs->value[bank][pcr], next[TPM_MAX_DIGEST];
	const struct bytes piece[] = { { value, b->n_bytes }, { digest, b->n_bytes } };

	if (!tpm_hash(b->id, piece, ARRAY_SIZE(piece), next))
		return false;
	memcpy(value, next, b->n_bytes);
	return true;
}

/* PCR 0 of a TPM that was started from another locality begins with its number (10.4.5.3). */
static void start(struct tpm_pcrs *pcrs, struct bytes event)
{
	if (event.n != sizeof(locality_id) + 1 ||
	    memcmp(event.p, locality_id, sizeof(locality_id)) != 0)
		return;
	for (unsigned b = 0; b < pcrs->banks.n; b++)
		pcrs->value[b][0][pcrs->banks.bank[b].n_bytes - 1] = event.p[sizeof(locality_id)];
}

void tpm_pcrs_apply(struct tpm_pcrs *pcrs, const struct tpm_record *record, unsigned *inout_lost)
{
	if (record->type == EV_NO_ACTION) {
		start(pcrs, record->event);
		return;
	}
	for (unsigned b = 0; b < pcrs->banks.n; b++)
		if (!tpm_pcr_extend(pcrs, b, record->pcr, record->digest[b]))
			*inout_lost |= 1U << b;
}
