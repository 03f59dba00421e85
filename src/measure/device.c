// SPDX-License-Identifier: MIT
#include "measure/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tcti_device.h>

struct device {
	const char *path; /* borrowed */
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
};

static int failed(const struct device *d, struct why *why, const char *what, TSS2_RC rc)
{
	return why_set(why, -EIO, "%s: %s: the TPM answers %#010x", d->path, what, rc);
}

static int open_tcti(struct device *d, struct why *why)
{
	size_t n = 0;
	TSS2_RC rc = Tss2_Tcti_Device_Init(NULL, &n, d->path);

	if (rc == TSS2_RC_SUCCESS) {
		d->tcti = calloc(1, n);
		if (!d->tcti)
			return why_errno(why, -ENOMEM, "TPM");
		rc = Tss2_Tcti_Device_Init(d->tcti, &n, d->path);
	}
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	free(d->tcti);
	d->tcti = NULL;
	return failed(d, why, "open", rc);
}

int device_open(const char *path, struct device **ret_device, struct why *why)
{
	struct device *d = calloc(1, sizeof(*d));
	TSS2_RC rc;
	int r;

	if (!d)
		return why_errno(why, -ENOMEM, "TPM");
	d->path = path;
	/* what the library has to say it would say on standard error, beside our one line */
	setenv("TSS2_LOG", "all+NONE", 0);
	r = open_tcti(d, why);
	if (r == 0) {
		rc = Esys_Initialize(&d->esys, d->tcti, NULL);
		r = rc == TSS2_RC_SUCCESS ? 0 : failed(d, why, "begin", rc);
	}
	if (r < 0)
		device_close(d);
	else
		*ret_device = d;
	return r;
}

void device_close(struct device *device)
{
	if (!device)
		return;
	if (device->esys)
		Esys_Finalize(&device->esys);
	if (device->tcti)
		Tss2_Tcti_Finalize(device->tcti);
	free(device->tcti);
	free(device);
}

/* The banks, with a bit for each of their PCRs. */
static int read_banks(const struct device *d, TPML_PCR_SELECTION *ret_all, struct why *why)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	const TSS2_RC rc = Esys_GetCapability(d->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					      TPM2_CAP_PCRS, 0, 1, &more, &data);

	if (rc != TSS2_RC_SUCCESS)
		return failed(d, why, "banks of PCRs", rc);
	*ret_all = data->data.assignedPCR;
	free(data);
	return 0;
}

static bool selects(const TPMS_PCR_SELECTION *s, unsigned pcr)
{
	return pcr / 8 < s->sizeofSelect && s->pcrSelect[pcr / 8] >> pcr % 8 & 1;
}

/* An active bank has a PCR at least. */
static int take_banks(const struct device *d, const TPML_PCR_SELECTION *all,
		      struct tpm_banks *banks, struct why *why)
{
	for (unsigned i = 0; i < all->count; i++) {
		const TPMS_PCR_SELECTION *s = &all->pcrSelections[i];
		const struct tpm_algorithm *a = tpm_algorithm(s->hash);
		unsigned pcr = 0;

		while (pcr < TPM_PCRS && !selects(s, pcr))
			pcr++;
		if (pcr == TPM_PCRS)
			continue;
		if (!a || banks->n == TPM_MAX_BANKS)
			return why_set(why, -ENOTSUP,
				       "%s: the bank of algorithm %#x is not known here", d->path,
				       s->hash);
		banks->bank[banks->n++] = (struct tpm_bank){ a->id, a->n_bytes };
	}
	return 0;
}

/* Of one bank's, those that came; they are not asked for again. */
static bool take_values(const TPMS_PCR_SELECTION *got, const TPML_DIGEST *values,
			unsigned *inout_next, TPML_PCR_SELECTION *all, struct tpm_pcrs *to)
{
	const int b = tpm_bank_find(&to->banks, got->hash);
	unsigned i = 0;

	while (i < all->count && all->pcrSelections[i].hash != got->hash)
		i++;
	for (unsigned pcr = 0; pcr < TPM_PCRS; pcr++) {
		if (!selects(got, pcr))
			continue;
		/* a bank that is not active may be named, with no PCR */
		if (b < 0 || i == all->count || *inout_next == values->count ||
		    values->digests[*inout_next].size != to->banks.bank[b].n_bytes)
			return false;
		memcpy(to->value[b][pcr], values->digests[(*inout_next)++].buffer,
		       to->banks.bank[b].n_bytes);
		all->pcrSelections[i].pcrSelect[pcr / 8] &= (BYTE) ~(1u << pcr % 8);
	}
	return true;
}

static bool wants(const TPML_PCR_SELECTION *all)
{
	for (unsigned i = 0; i < all->count; i++)
		for (unsigned pcr = 0; pcr < TPM_PCRS; pcr++)
			if (selects(&all->pcrSelections[i], pcr))
				return true;
	return false;
}

/* A TPM answers with as many as it likes; 0: with none. */
static int read_some(const struct device *d, TPML_PCR_SELECTION *all, struct tpm_pcrs *to,
		     struct why *why)
{
	TPML_PCR_SELECTION *got = NULL;
	TPML_DIGEST *values = NULL;
	unsigned n = 0;
	const TSS2_RC rc = Esys_PCR_Read(d->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, all,
					 NULL, &got, &values);
	bool sane = rc == TSS2_RC_SUCCESS;

	for (unsigned i = 0; sane && i < got->count; i++)
		sane = take_values(&got->pcrSelections[i], values, &n, all, to);
	free(got);
	free(values);
	if (rc != TSS2_RC_SUCCESS)
		return failed(d, why, "PCRs", rc);
	return sane ? (int)n : why_set(why, -EIO, "%s: the TPM's PCRs are no digests", d->path);
}

int device_read(struct device *device, struct tpm_pcrs *ret_pcrs, struct why *why)
{
	struct tpm_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	TPML_PCR_SELECTION all;
	int r;

	if (!pcrs)
		return why_errno(why, -ENOMEM, "TPM");
	r = read_banks(device, &all, why);
	if (r == 0)
		r = take_banks(device, &all, &pcrs->banks, why);
	if (r == 0)
		r = 1;
	while (r > 0 && wants(&all))
		r = read_some(device, &all, pcrs, why);
	if (r >= 0)
		*ret_pcrs = *pcrs;
	free(pcrs);
	return r < 0 ? r : 0;
}

int device_extend(struct device *device, const struct tpm_banks *banks, uint32_t active,
		  uint32_t pcr, const uint8_t *const digest[static TPM_MAX_BANKS], struct why *why)
{
	TPML_DIGEST_VALUES values = { .count = 0 };
	TSS2_RC rc;

	for (unsigned b = 0; b < banks->n; b++) {
		TPMT_HA *value = &values.digests[values.count];

		if (!(active >> b & 1))
			continue;
		if (banks->bank[b].n_bytes > sizeof(value->digest))
			return why_set(why, -EINVAL, "a digest of %u bytes",
				       banks->bank[b].n_bytes);
		value->hashAlg = banks->bank[b].id;
		memcpy(&value->digest, digest[b], banks->bank[b].n_bytes);
		values.count++;
	}
	rc = Esys_PCR_Extend(device->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			     ESYS_TR_NONE, &values);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : why_set(why, -EIO, "%s: PCR %u is not extended: the TPM answers %#010x",
				 device->path, pcr, rc);
}
