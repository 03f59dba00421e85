/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * May this image be booted, by the rules of firmware (EDK2) and of shim at once? Denied is what one
 * of the two denies: the image's digest, a certificate that its signer leads to, or the digest of a
 * certificate in a list that denies; SBAT below the machine's level; a certificate table or a
 * signature that is not what it has to be. One reason is enough, whatever else vouches for it.
 * Allowed is only what is not denied and has its digest, or a certificate that its signer leads to,
 * in a list that allows.
 *
 * This computes and does nothing else: it is called in a process that can do nothing else.
 */
#include "base/bytes.h"
#include "base/why.h"

enum list_form {
	LIST_VARIABLE, /* EFI signature lists */
	LIST_FILE,     /* signature lists, a certificate (DER), or certificates (PEM) */
	LIST_KEYS,     /* /proc/keys, for its blacklist */
};

struct trust_list {
	const char *name; /* "db", for people */
	enum list_form form;
	bool denies;
	struct bytes data;
};

struct trust_question {
	struct bytes file;
	const struct trust_list *list;
	unsigned n_lists;
	struct bytes sbat_level; /* p NULL: the machine has none */
	bool every_bank;	 /* digests in all of them, not only those that are needed */
	bool kernel;		 /* the digest of the kernel in it, too, */
	bool whole;		 /* and that of all of the file, to know it again by */
	/*
	 * SHA-256 of a whole file that somebody else's signature covers: that file needs nobody's
	 * word but must not be denied. NULL: there is none.
	 */
	const uint8_t *sealed;
	const char *refusal; /* why nothing can be allowed on this machine, or NULL */
};

struct verdict;

void policy_judge(const struct trust_question *question, struct verdict *ret_verdict);
