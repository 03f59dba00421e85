/* SPDX-License-Identifier: MIT */
#pragma once
/* X.509 certificates through libcrypto. */
#include "base/bytes.h"
#include "trust/crypto.h"

enum { NAME_BYTES = 160 };

/* One certificate that fills der; NULL when it is none. To be freed with X509_free(). */
X509 *certificate_read(const struct crypto *crypto, struct bytes der);

/* "CN = Debian Secure Boot CA", cut to room; control characters and bytes above ASCII escaped. */
void certificate_subject(const X509 *certificate, char text[static NAME_BYTES]);
void certificate_issuer(const X509 *certificate, char text[static NAME_BYTES]);

/*
 * Was it made to sign kernel modules (1.3.6.1.4.1.2312.16.1.2)? Distributions enroll such keys in
 * MokList for what users build on the machine; shim does not let them vouch for what boots.
 */
bool certificate_is_for_modules(const X509 *certificate);

/*
 * Does leaf lead to anchor, over certificates of others (STACK_OF(X509) *, may be NULL)?
 *
 * As firmware has it: the anchor need not be a root, may be leaf itself, and no date counts.
 * Firmware cannot know the time, and images outlive certificates: the one by which Microsoft signed
 * shim expired in 2026, and what it signed still boots. What was signed wrongly is denied by dbx.
 * Signatures by SHA-1 or MD5 on the way count as none.
 */
bool certificate_leads_to(const struct crypto *crypto, X509 *leaf, void *others, X509 *anchor);
