/* SPDX-License-Identifier: MIT */
#pragma once
/* The policy's verdict on an image, from a process that can do nothing but come to it. */
#include "trust/machine/machine.h"
#include "trust/policy.h"
#include "trust/verdict.h"

/*
 * 0 and a verdict whose numbers are in their ranges; or a negative errno, when there is none, which
 * allows nothing. Certificates, signatures and lists are parsed in that process and nowhere else.
 */
must_check int verify(const struct trust_question *question, struct verdict *ret_verdict,
		      struct why *why);

/* SHA-256 of all of a file, from such a process, too. */
must_check int verify_digest(struct bytes file, uint8_t ret_digest[static 32], struct why *why);

/*
 * verify() by what this machine trusts, question's lists being trust's: where no list knows the
 * signer, the kernel is asked, and its answer is one more list in trust and in question.
 */
must_check int verify_here(const char *root, struct trust_question *question,
			   struct machine_trust *trust, struct verdict *ret_verdict,
			   struct why *why);
