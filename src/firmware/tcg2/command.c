// SPDX-License-Identifier: MIT
#include "firmware/tcg2/command.h"

#include <string.h>

enum {
	TAG_NO_SESSIONS = 0x8001,
	PCR_READ = 0x17e,
	HEAD_BYTES = 10, /* tag, size, what is to be done or came of it */
	RC_COMMAND_SIZE = 0x142,
	RC_SIZE = 0x095 | 0x100 | 0x0c0, /* TPM_RC_SIZE of parameter 1 */
	MOST_DIGESTS = 8,
	SELECT_BYTES = TPM_PCRS / 8,
	MOST_SELECT = 4,
	ANSWER_BYTES = 1024,
};

static bool be16(struct bytes b, uint64_t at, uint16_t *ret)
{
	struct bytes f;

	if (!bytes_sub(b, at, 2, &f))
		return false;
	*ret = (uint16_t)(f.p[0] << 8 | f.p[1]);
	return true;
}

static bool be32(struct bytes b, uint64_t at, uint32_t *ret)
{
	uint16_t high, low;

	if (!be16(b, at, &high) || !be16(b, at + 2, &low))
		return false;
	*ret = (uint32_t)high << 16 | low;
	return true;
}

/* An answer that grows; all that there can be fits. */
struct answer {
	uint8_t p[ANSWER_BYTES];
	size_t n;
};

static void put(struct answer *a, uint64_t v, unsigned n)
{
	while (n-- > 0)
		a->p[a->n++] = (uint8_t)(v >> 8 * n);
}

static void put_head(struct answer *a, uint64_t n_bytes, uint64_t rc)
{
	a->n = 0;
	put(a, TAG_NO_SESSIONS, 2);
	put(a, n_bytes, 4);
	put(a, rc, 4);
}

/* What was selected and is read: in the order of the selection, as many as fit in an answer. */
struct reading {
	const uint8_t *value[MOST_DIGESTS];
	unsigned n_bytes[MOST_DIGESTS], n;
};

static int bank_of(const struct tpm_pcrs *pcrs, uint32_t active, uint16_t id)
{
	const int b = tpm_bank_find(&pcrs->banks, id);

	return b >= 0 && active >> b & 1 ? b : -1;
}

/* One selection into the answer, without what is not read. */
static void read_selected(const struct tpm_pcrs *pcrs, int bank, struct bytes select,
			  struct reading *r, struct answer *a)
{
	for (unsigned i = 0; i < select.n; i++) {
		uint8_t read = 0;

		for (unsigned bit = 0; bit < 8; bit++) {
			const unsigned pcr = 8 * i + bit;

			if (bank < 0 || !(select.p[i] >> bit & 1) || pcr >= TPM_PCRS ||
			    r->n == MOST_DIGESTS)
				continue;
			r->value[r->n] = pcrs->value[bank][pcr];
			r->n_bytes[r->n++] = pcrs->banks.bank[bank].n_bytes;
			read |= (uint8_t)(1U << bit);
		}
		put(a, read, 1);
	}
}

/* TPML_PCR_SELECTION up to the end of the command; false when it is none. */
static bool read_all(struct bytes command, const struct tpm_pcrs *pcrs, uint32_t active,
		     struct reading *r, struct answer *a)
{
	uint64_t at = HEAD_BYTES + 4;
	struct bytes select;
	uint32_t n;
	uint16_t id;
	uint8_t n_select;

	if (!be32(command, HEAD_BYTES, &n) || n > TPM_MAX_BANKS)
		return false;
	put(a, n, 4);
	for (; n > 0; n--, at += 3 + select.n) {
		if (!be16(command, at, &id) || !bytes_u8(command, at + 2, &n_select) ||
		    n_select < SELECT_BYTES || n_select > MOST_SELECT ||
		    !bytes_sub(command, at + 3, n_select, &select))
			return false;
		put(a, id, 2);
		put(a, n_select, 1);
		read_selected(pcrs, bank_of(pcrs, active, id), select, r, a);
	}
	return at == command.n;
}

static void answer_read(struct bytes command, const struct tpm_pcrs *pcrs, uint32_t active,
			struct answer *a)
{
	struct reading r = { .n = 0 };

	put_head(a, 0, 0);
	put(a, 0, 4); /* pcrUpdateCounter: nobody else extends */
	if (!read_all(command, pcrs, active, &r, a)) {
		put_head(a, HEAD_BYTES, RC_SIZE);
		return;
	}
	put(a, r.n, 4);
	for (unsigned i = 0; i < r.n; i++) {
		put(a, r.n_bytes[i], 2);
		memcpy(a->p + a->n, r.value[i], r.n_bytes[i]);
		a->n += r.n_bytes[i];
	}
	a->p[4] = (uint8_t)(a->n >> 8);
	a->p[5] = (uint8_t)a->n;
}

bool command_answer(struct bytes command, const struct tpm_pcrs *pcrs, uint32_t active,
		    uint8_t *out, size_t room, size_t *ret_n)
{
	struct answer a = { .n = 0 };
	uint32_t n, code;
	uint16_t tag;

	if (!be16(command, 0, &tag) || !be32(command, 2, &n) || !be32(command, 6, &code) ||
	    tag != TAG_NO_SESSIONS || code != PCR_READ)
		return false;
	if (n != command.n)
		put_head(&a, HEAD_BYTES, RC_COMMAND_SIZE);
	else
		answer_read(command, pcrs, active, &a);
	*ret_n = a.n;
	if (a.n <= room)
		memcpy(out, a.p, a.n);
	return true;
}
