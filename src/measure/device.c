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
