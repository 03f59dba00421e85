/* SPDX-License-Identifier: MIT */
#pragma once
/* All that a machine's lists hold, in one row: certificates as libcrypto has them, and digests. */
#include "trust/policy.h"
#include "trust/verdict.h"

struct entry {
	struct verdict_entry at;
	bool denies;
	uint8_t digest[MOST_DIGEST_BYTES]; /* of at.bank, where it is one */
	X509 *certificate;
};

struct entries {
	struct entry *entry;
	unsigned n, n_certificates;
};

/*
 * 0, or -EBADMSG and a reason when one list is not what it has to be: then no verdict can be had
 * from any. Certificates that are none are left out: nobody can be it or be signed by it.
 */
must_check int entries_read(const struct crypto *crypto, const struct trust_list *lists,
			    unsigned n_lists, struct entries *ret, struct why *why);
void entries_free(struct entries *entries);

/* The first that denies, or allows, this digest; NULL. */
const struct entry *entries_find(const struct entries *entries, bool denies, enum entry_kind kind,
				 enum bank bank, const uint8_t *digest);
/* Is there such a digest at all? */
bool entries_have(const struct entries *entries, enum entry_kind kind, enum bank bank);
