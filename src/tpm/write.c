// SPDX-License-Identifier: MIT
#include "tpm/write.h"

#include <stdio.h>
#include <string.h>

enum { OLD_HEAD_BYTES = 32, SPEC_BYTES = 28, ALGORITHM_BYTES = 4, TAG_HEAD_BYTES = 8 };

static uint8_t *put(uint8_t *to, uint64_t v, unsigned n)
{
	bytes_put_le(to, v, n);
	return to + n;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
	if (from && n)
		memcpy(to, from, n);
	else
		memset(to, 0, n);
	return to + n;
}

uint64_t tpm_record_bytes(const struct tpm_banks *banks, uint64_t event_bytes)
{
	uint64_t n = 16 + event_bytes;

	for (unsigned i = 0; i < banks->n; i++)
		n += 2 + banks->bank[i].n_bytes;
	return n;
}

uint64_t tpm_header_bytes(const struct tpm_banks *banks)
{
	return OLD_HEAD_BYTES + SPEC_BYTES + banks->n * ALGORITHM_BYTES + 1;
}

size_t tpm_header_write(const struct tpm_banks *banks, uint8_t *to, size_t room)
{
	static const uint8_t spec_id[16] = "Spec ID Event03";
	const uint64_t n = tpm_header_bytes(banks);

	if (n > room)
		return 0;
	to = put(to, 0, 4);
	to = put(to, EV_NO_ACTION, 4);
	to = put_bytes(to, NULL, 20);
	to = put(to, n - OLD_HEAD_BYTES, 4);
	to = put_bytes(to, spec_id, sizeof(spec_id));
	to = put(to, 0, 4); /* a client's platform */
	to = put(to, 0, 1); /* 2.0, errata 0, 64 bits */
	to = put(to, 2, 1);
	to = put(to, 0, 1);
	to = put(to, 2, 1);
	to = put(to, banks->n, 4);
	for (unsigned i = 0; i < banks->n; i++) {
		to = put(to, banks->bank[i].id, 2);
		to = put(to, banks->bank[i].n_bytes, 2);
	}
	put(to, 0, 1);
	return n;
}

size_t tpm_record_write(const struct tpm_banks *banks, const struct tpm_record *record, uint8_t *to,
			size_t room)
{
	const uint64_t n = tpm_record_bytes(banks, record->event.n);

	if (n > room)
		return 0;
	to = put(to, record->pcr, 4);
	to = put(to, record->type, 4);
	to = put(to, banks->n, 4);
	for (unsigned i = 0; i < banks->n; i++) {
		to = put(to, banks->bank[i].id, 2);
		to = put_bytes(to, record->digest[i], banks->bank[i].n_bytes);
	}
	to = put(to, record->event.n, 4);
	put_bytes(to, record->event.p, record->event.n);
	return n;
}

size_t tpm_tagged_write(uint32_t tag, struct bytes text, uint8_t *to, size_t room)
{
	if (text.n > UINT32_MAX || room < TAG_HEAD_BYTES || text.n > room - TAG_HEAD_BYTES)
		return 0;
	to = put(to, tag, 4);
	to = put(to, text.n, 4);
	put_bytes(to, text.p, text.n);
	return TAG_HEAD_BYTES + text.n;
}

size_t tpm_unled_write(uint32_t pcrs, uint8_t to[static TPM_UNLED_BYTES])
{
	static const char text[] = "bardo: does not lead to PCR";
	size_t n = sizeof(text) - 1;

	memcpy(to, text, n);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (pcrs >> i & 1)
			n += (size_t)snprintf((char *)to + n, TPM_UNLED_BYTES - n, " %u", i);
	return n;
}
