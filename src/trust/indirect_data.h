/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * SpcIndirectDataContent: the digest of the file, as the signature of an image has it (Windows
 * Authenticode Portable Executable Signature Format). Pure.
 */
#include "trust/bank.h"
#include "trust/der.h"

struct indirect_data {
	enum bank bank;
	struct bytes digest; /* as many bytes as the bank has */
};

/*
 * sequence is the whole DER of it, tag and length included. *ret_signed is what the signature's own
 * digest covers: its content, without those. False, and a reason, when it is not exactly what the
 * format says, or the algorithm is weaker than SHA-256 or not known.
 */
must_check bool indirect_data_read(struct bytes sequence, struct indirect_data *ret,
				   struct bytes *ret_signed, const char **ret_problem);
