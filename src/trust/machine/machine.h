/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What this machine trusts and what it has revoked: the variables of its firmware and of shim, the
 * kernel's blacklist and keyrings, and certificates that its administrator has put into
 * /etc/bardo/trust.d. Bytes are read here and no more; who parses them is policy.h, or the kernel.
 */
#include "trust/policy.h"
#include "trust/verdict.h"
#include "base/util.h"

enum { MACHINE_MOST_LISTS = 64 };

struct machine_trust {
	struct trust_list list[MACHINE_MOST_LISTS];
	unsigned n_lists;
	struct bytes sbat_level; /* p NULL: none */
	/* Why nothing can be allowed here, or "": a list that denies could not be read. */
	struct why refusal;
};

/* Does this machine insist on signatures: is Secure Boot on, or its kernel locked down? */
bool machine_insists(const char *root);

/*
 * shim's own copy, as it was at boot, is preferred to a variable that allows; of what denies both
 * count. root is "" for the running system. Errors are in ret->refusal.
 */
void machine_trust_read(const char *root, struct machine_trust *ret);

/*
 * What the running kernel vouches for besides: of a signature whose signer no list knows, each
 * certificate that the kernel's keyrings have, or that one there has signed. It becomes one more
 * list that allows, so whatever denies still does, and whether the signer leads to it is to be
 * judged as for any other. How many there are more. The bytes are the caller's file's.
 */
must_check int machine_trust_ask_kernel(const char *root, struct bytes file,
					const struct verdict *verdict, struct machine_trust *trust);
void machine_trust_free(struct machine_trust *trust);
