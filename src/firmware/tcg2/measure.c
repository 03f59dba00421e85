// SPDX-License-Identifier: MIT
#include "firmware/tcg2/measure.h"
#include "firmware/core/end.h"
#include "firmware/core/state.h"
#include "tpm/hash.h"
#include "tpm/write.h"

#include <string.h>

/* It may be all the memory that there is. */
static bool stop(void *fw)
{
	return out_of_time(fw);
}

static bool hash(struct firmware *fw, const struct tcg2 *t, const struct measurement *m,
		 struct tpm_record *record, tpm_digests digest)
{
	for (unsigned b = 0; b < t->pcrs.banks.n; b++)
		record->digest[b] = digest[b];
	return m->type == EV_NO_ACTION ||
	       tpm_hash_banks(&t->pcrs.banks, m->piece, m->n_pieces, stop, fw, digest);
}

/* Both logs have room, or it is in neither from then on: a log with a gap leads nowhere. */
static bool take_room(struct tcg2 *t, uint64_t n)
{
	if (t->truncated || n > t->log_room - t->n_logged) {
		t->truncated = true;
		return false;
	}
	t->n_logged += n;
	if (!t->asked)
		return true;
	if (t->final_truncated || n > FINAL_BYTES - FINAL_HEAD_BYTES - t->n_final) {
		t->final_truncated = true;
		return true;
	}
	t->n_final += n;
	t->n_final_events++;
	return true;
}

static bool note(struct firmware *fw, struct tcg2 *t, unsigned flags,
		 const struct tpm_record *record)
{
	const size_t n = measured_write(&t->pcrs.banks, flags, record, t->measured + t->n_measured,
					MEASURED_MOST_BYTES - t->n_measured);

	t->n_measured += n;
	if (!n)
		violation(fw, "measures more than %d bytes", MEASURED_MOST_BYTES);
	return n;
}

efi_status_t tcg2_measure(struct firmware *fw, struct tcg2 *t, const struct measurement *m)
{
	struct tpm_record record = { .pcr = m->pcr, .type = m->type, .event = m->event };
	tpm_digests digest = { 0 };
	unsigned flags = m->flags;

	if (!hash(fw, t, m, &record, digest))
		return EFI_DEVICE_ERROR;
	if (flags & MEASURED_LOGGED && !take_room(t, tpm_record_bytes(&t->log_banks, m->event.n))) {
		flags = flags & MEASURED_EXTENDED ? MEASURED_EXTENDED | MEASURED_UNLOGGED : 0;
		record.event = (struct bytes){ 0 };
	}
	if (flags && !note(fw, t, flags, &record))
		return EFI_DEVICE_ERROR;
	if (flags & MEASURED_EXTENDED && !(flags & MEASURED_LOGGED))
		t->unled |= UINT32_C(1) << m->pcr;
	for (unsigned b = 0; b < t->pcrs.banks.n && flags & MEASURED_EXTENDED; b++)
		if (!tpm_pcr_extend(&t->pcrs, b, m->pcr, digest[b]))
			return EFI_DEVICE_ERROR;
	return flags == m->flags && !t->final_truncated ? EFI_SUCCESS : EFI_VOLUME_FULL;
}

uint64_t tcg2_mark_bytes(const struct tcg2 *t)
{
	return tpm_record_bytes(&t->log_banks, TPM_UNLED_BYTES);
}

void tcg2_mark_gaps(struct firmware *fw, struct tcg2 *t)
{
	uint8_t event[TPM_UNLED_BYTES];
	struct tpm_record record = { .type = EV_NO_ACTION };

	if (!t->unled)
		return;
	record.event = (struct bytes){ event, tpm_unled_write(t->unled, event) };
	if (note(fw, t, MEASURED_LOGGED, &record))
		t->n_logged += tpm_record_bytes(&t->log_banks, record.event.n);
}

efi_status_t tcg2_measure_text(struct firmware *fw, struct tcg2 *t, uint32_t pcr, uint32_t type,
			       const char *text)
{
	const struct bytes piece = { (const uint8_t *)text, strlen(text) };

	return tcg2_measure(fw, t,
			    &(struct measurement){
				    .flags = MEASURED_LOGGED | MEASURED_EXTENDED,
				    .pcr = pcr,
				    .type = type,
				    .piece = &piece,
				    .n_pieces = 1,
				    .event = piece,
			    });
}
