// SPDX-License-Identifier: MIT
#include "measure/now.h"
#include "host/file.h"
#include "measure/history.h"
#include "measure/host_pcrs.h"
#include "tpm/hash.h"
#include "tpm/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A log that begins now: it does not lead to PCRs that something was measured into. */
static int begin_log(const struct tpm_banks *banks, struct tpm_now *now, struct why *why)
{
	const size_t n = tpm_header_bytes(banks);
	uint8_t *p = malloc(n);

	if (!p || !tpm_header_write(banks, p, n)) {
		free(p);
		return why_errno(why, -ENOMEM, "event log");
	}
	now->log = (struct bytes){ p, n };
	return 0;
}

/* Which banks the log has, and whether it is an agile one: 1 or 0. */
static int check_log(struct bytes bytes, struct tpm_banks *ret_banks, struct why *why)
{
	struct history h;
	struct why inner;
	int r = history_read(bytes, &h, &inner);

	if (r < 0)
		return why_set(why, r, HOST_LOG ": %s", inner.text);
	*ret_banks = h.log.banks;
	r = h.log.agile ? 1 : 0;
	history_free(&h);
	return r;
}

static int copy_log(struct bytes bytes, struct bytes *ret_log, struct why *why)
{
	uint8_t *copy = malloc(bytes.n);

	if (!copy)
		return why_errno(why, -ENOMEM, "event log");
	memcpy(copy, bytes.p, bytes.n);
	*ret_log = (struct bytes){ copy, bytes.n };
	return 1;
}

static struct bytes bytes_of(const struct host_file *file)
{
	return (struct bytes){ (const uint8_t *)file->text, file->n_bytes };
}

static int read_log(const char *root, const struct tpm_banks *active, struct tpm_now *now,
		    struct tpm_banks *ret_banks, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	int r = host_file_read(root, HOST_LOG, &file);

	if (r < 0) {
		why_errno(&now->note, r, "begins anew: " HOST_LOG);
	} else {
		r = check_log(bytes_of(&file), ret_banks, why);
		if (r == 1)
			r = copy_log(bytes_of(&file), &now->log, why);
		if (r != 0)
			return r < 0 ? r : 0;
		why_set(&now->note, 0, "begins anew: " HOST_LOG " is of TPM 1.2, with SHA-1 alone");
	}
	*ret_banks = *active;
	return begin_log(active, now, why);
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
	table = bytes_of(&file);
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
		r = read_log(root, &host->banks, &now, &banks, why);
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

int host_log_read(const char *root, struct bytes *ret_log, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct tpm_banks banks;
	int r = host_file_read(root, HOST_LOG, &file);

	*ret_log = (struct bytes){ 0 };
	if (r < 0 || !file.n_bytes)
		return 0;
	r = check_log(bytes_of(&file), &banks, why);
	if (r >= 0)
		r = copy_log(bytes_of(&file), ret_log, why);
	return r < 0 ? r : 0;
}
