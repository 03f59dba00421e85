// SPDX-License-Identifier: MIT
#include "measure/commit.h"
#include "measure/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One program at both ends: numbers are as it has them. Behind it: what was measured. */
struct head {
	uint32_t magic, active;
	uint64_t n_measured;
	struct tpm_pcrs before;
};

enum { MAGIC = 0x6d6f6362 };

int commit_encode(const struct tpm_now *now, struct bytes measured, uint8_t **ret_bytes,
		  size_t *ret_n, struct why *why)
{
	const size_t n = sizeof(struct head) + measured.n;
	struct head *h = calloc(1, n);

	if (!h)
		return why_errno(why, -ENOMEM, "measurements");
	*h = (struct head){ MAGIC, now->active, measured.n, { { { { 0 } } } } };
	h->before = *now->pcrs;
	memcpy(h + 1, measured.p, measured.n);
	*ret_bytes = (uint8_t *)h;
	*ret_n = n;
	return 0;
}

static bool holds(const struct head *h, struct bytes bytes)
{
	const struct tpm_banks *banks = &h->before.banks;

	if (h->magic != MAGIC || h->n_measured != bytes.n - sizeof(*h) ||
	    h->n_measured > MEASURED_MOST_BYTES || banks->n == 0 || banks->n > TPM_MAX_BANKS ||
	    h->active == 0 || h->active >> banks->n)
		return false;
	for (unsigned b = 0; b < banks->n; b++)
		if (banks->bank[b].n_bytes == 0 || banks->bank[b].n_bytes > TPM_MAX_DIGEST)
			return false;
	return true;
}

int commit_decode(struct bytes bytes, struct commit *ret_commit, struct why *why)
{
	struct commit c;
	struct measured m;
	struct head h;
	size_t at = 0;
	int r;

	if (bytes.n < sizeof(h))
		return why_set(why, -EBADMSG, "measurements are cut off");
	memcpy(&h, bytes.p, sizeof(h));
	if (!holds(&h, bytes))
		return why_set(why, -EBADMSG, "not measurements of bardo's");
	c = (struct commit){ .active = h.active,
			     .measured = { bytes.p + sizeof(h), h.n_measured } };
	c.before = h.before;
	while ((r = measured_next(c.measured, &c.before.banks, &at, &m, why)) > 0)
		;
	if (r < 0)
		return r;
	*ret_commit = c;
	return 0;
}

/* Other banks than then, or other values: it is not the TPM that it was. */
static int fits(struct device *device, const struct commit *commit, struct why *why)
{
	const struct tpm_banks *banks = &commit->before.banks;
	struct tpm_pcrs *now = calloc(1, sizeof(*now));
	unsigned active = 0;
	bool same;
	int r;

	if (!now)
		return why_errno(why, -ENOMEM, "TPM");
	r = device_read(device, now, why);
	same = r == 0;
	for (unsigned b = 0; b < banks->n && same; b++) {
		const int i = tpm_bank_find(&now->banks, banks->bank[b].id);

		if (!(commit->active >> b & 1))
			continue;
		active++;
		same = i >= 0 &&
		       !memcmp(now->value[i], commit->before.value[b], sizeof(now->value[i]));
	}
	if (r == 0)
		r = same && active == now->banks.n;
	free(now);
	return r;
}

static int extend(struct device *device, const struct commit *commit, struct why *why)
{
	const struct tpm_banks *banks = &commit->before.banks;
	struct measured m;
	size_t at = 0;
	int r;

	while ((r = measured_next(commit->measured, banks, &at, &m, why)) > 0) {
		if (m.flags & MEASURED_EXTENDED)
			r = device_extend(device, banks, commit->active, m.record.pcr,
					  m.record.digest, why);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 1;
}

int commit_apply(const char *path, const struct commit *commit, struct why *why)
{
	struct device *device;
	int r = device_open(path, &device, why);

	if (r < 0)
		return r;
	r = fits(device, commit, why);
	if (r == 1)
		r = extend(device, commit, why);
	device_close(device);
	return r;
}
