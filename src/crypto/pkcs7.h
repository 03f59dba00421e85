/* SPDX-License-Identifier: MIT */
#pragma once
/* What is done with a PKCS #7 by libcrypto. */
#include "base/bytes.h"
#include "base/util.h"

#include <openssl/pkcs7.h>

/*
 * Was this content signed by the key of the certificate in it? Whom the certificate is from is not
 * asked. 1, 0, or -ENOMEM.
 */
must_check int pkcs7_is_by_signer(PKCS7 *pkcs7, struct bytes content);
