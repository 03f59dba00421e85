// SPDX-License-Identifier: MIT
#include "measure/now.h"
#include "host/file.h"
#include "measure/host_log.h"
#include "measure/host_pcrs.h"
#include "tpm/hash.h"
#include "tpm/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { IMA_PCR = 10 };

/* PCRs with another value than this log leads to, a bit each. */
static uint32_t unled(const struct history *h, const struct tpm_pcrs *host)
{
	uint32_t pcrs = 0;

	for (unsigned b = 0; b < h->log.banks.n; b++) {
		const struct tpm_bank *bank = &h->log.banks.bank[b];
		const int k = tpm_bank_find(&host->banks, bank->id);

		for (unsigned i = 0; k >= 0 && !(h->lost >> b & 1) && i < TPM_PCRS; i++)
			if (memcmp(h->replayed->value[b][i], host->value[k][i], bank->n_bytes) != 0)
				pcrs |= UINT32_C(1) << i;
	}
	return pcrs;
}

/*
 * A log that does not lead to the PCRs says so from here on, in a record that is not extended: what
 * is missing happened before this kexec. 1: it does not.
 */
static int mark_unled(struct host_log *log, const struct tpm_pcrs *host, struct tpm_now *now,
		      struct why *why)
{
	uint8_t event[TPM_UNLED_BYTES];
	struct tpm_record r = { .type = EV_NO_ACTION };
	const struct tpm_banks *banks = &log->history.log.banks;
	uint64_t n;
	uint8_t *p;

	now->unled = unled(&log->history, host);
	/* under each Linux with IMA that one is another, and there is nothing to say of it */
	if (!(now->unled & ~(UINT32_C(1) << IMA_PCR)))
		return 0;
	r.event = (struct bytes){ event, tpm_unled_write(now->unled, event) };
	n = tpm_record_bytes(banks, r.event.n);
	p = realloc((void *)log->bytes.p, log->bytes.n + n);
	if (!p)
		return why_errno(why, -ENOMEM, "event log");
	(void)tpm_record_write(banks, &r, p + log->bytes.n, n);
	log->bytes = (struct bytes){ p, log->bytes.n + n };
	return 1;
}

/* What there is of a log, whose bytes are now's from then on. */
static int read_log(const char *root, const struct tpm_pcrs *host, struct tpm_now *now,
		    struct tpm_banks *ret_banks, struct why *why)
{
	struct host_log log;
	int r = host_log_read(root, &host->banks, &log, why);

	if (r < 0)
		return r;
	r = mark_unled(&log, host, now, why);
	*ret_banks = log.history.log.banks;
	now->note = log.note;
	if (r == 1 && !now->note.text[0])
		why_set(&now->note, 0, "does not lead to all PCRs as they are: see bardo log");
	if (r >= 0) {
		now->log = log.bytes;
		log.bytes = (struct bytes){ 0 };
	}
	host_log_free(&log);
	return r < 0 ? r : 0;
}

/*
 * Linux takes the log whose place the ACPI table TPM2 names (TCG ACPI Specification, 7.3) before
 * that of EFI. It is the firmware's, and nothing is written there.
 */
static bool look_for_acpi_log(const char *root)
{
	enum { LOG_BYTES = 64, LOG_ADDRESS = 68 };
	scoped_host_file file = { NULL, 0 };
	struct bytes table;
	uint64_t address;
	uint32_t n;

	if (host_file_read(root, "/sys/firmware/acpi/tables/TPM2", &file) < 0)
		return false;
	table = (struct bytes){ (const uint8_t *)file.text, file.n_bytes };
	return bytes_le32(table, LOG_BYTES, &n) && bytes_le64(table, LOG_ADDRESS, &address) && n &&
	       address;
}

/* The log's banks first, so that a record of it is the beginning of one of all. */
static int join(const struct tpm_pcrs *host, const struct tpm_banks *log, struct tpm_now *now,
		struct why *why)
{
	struct tpm_pcrs *all = now->pcrs;
	int b;

	tpm_pcrs_reset(all, log);
	now->n_log_banks = log->n;
	for (unsigned i = 0; i < host->banks.n; i++) {
		b = tpm_bank_find(&all->banks, host->banks.bank[i].id);
		if (b < 0 && all->banks.n == TPM_MAX_BANKS)
			return why_set(why, -E2BIG,
				       "the TPM and its event log have too many banks");
		if (b < 0) {
			b = (int)all->banks.n++;
			all->banks.bank[b] = host->banks.bank[i];
		}
		memcpy(all->value[b], host->value[i], sizeof(all->value[b]));
		now->active |= UINT32_C(1) << b;
	}
	return 0;
}

int tpm_now_read(const char *root, struct tpm_now *ret_now, struct why *why)
{
	struct tpm_pcrs *host = calloc(1, sizeof(*host));
	struct tpm_now now = { .pcrs = calloc(1, sizeof(*now.pcrs)) };
	struct tpm_banks banks;
	int r = -ENOMEM;

	*ret_now = (struct tpm_now){ 0 };
	if (!host || !now.pcrs)
		why_errno(why, r, "TPM");
	else
		r = host_pcrs_read(root, host, why);
	/* here, for who computes digests where no file can be opened */
	if (r == 0 && tpm_hash_prepare() < 0)
		r = why_set(why, -ENOSYS, "digests cannot be computed");
	if (r == 0)
		r = read_log(root, host, &now, &banks, why);
	if (r == 0)
		r = join(host, &banks, &now, why);
	now.acpi_log = look_for_acpi_log(root);
	free(host);
	if (r < 0)
		tpm_now_free(&now);
	else
		*ret_now = now;
	return r;
}

void tpm_now_free(struct tpm_now *now)
{
	free(now->pcrs);
	free((void *)now->log.p);
	*now = (struct tpm_now){ 0 };
}
