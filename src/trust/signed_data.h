/* SPDX-License-Identifier: MIT */
#pragma once
/* One signature of an image: PKCS #7 SignedData through libcrypto. */
#include "trust/certificate.h"
#include "trust/indirect_data.h"

#include <openssl/pkcs7.h>

struct signed_data {
	PKCS7 *pkcs7;
	X509 *signer;		   /* in pkcs7 */
	struct bytes covered;	   /* what the signer's own digest is of */
	struct indirect_data file; /* the digest of the image */
};

/*
 * Read one: 0, or -EBADMSG with *ret_problem and what was found out until then, so that a signer
 * can be named. Then nothing of it can be trusted. In any case to be freed.
 */
must_check int signed_data_read(const struct crypto *crypto, struct bytes der,
				struct signed_data *ret, const char **ret_problem);
void signed_data_free(struct signed_data *data);

/* Has the signer's key made it, over this digest? Who the signer is, is not asked. */
bool signed_data_is_by_signer(const struct signed_data *data);

/* Certificate i of those in it, or NULL behind the last. */
X509 *signed_data_certificate(const struct signed_data *data, int i);
/* Does its signer lead to anchor? */
bool signed_data_leads_to(const struct crypto *crypto, const struct signed_data *data,
			  X509 *anchor);
