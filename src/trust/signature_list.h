/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * EFI signature lists (UEFI 2.10, 32.4.1): what db, dbx and shim's lists hold, and what a kernel
 * keeps of them. Pure.
 */
#include "trust/bank.h"
#include "base/bytes.h"
#include "base/why.h"

enum entry_kind {
	ENTRY_OTHER,	   /* of a type that neither firmware nor shim looks at in images */
	ENTRY_CERTIFICATE, /* data: X.509, DER */
	ENTRY_IMAGE,	   /* data: digest of an image */
	ENTRY_TBS,	   /* data: digest of a certificate's signed part */
};

struct signature_entry {
	enum entry_kind kind;
	enum bank bank; /* of ENTRY_IMAGE and ENTRY_TBS */
	struct bytes data;
	uint8_t owner[16];
	uint32_t list, index; /* which list of them, which in it; from 0 */
};

/* Where one is; all zeros before the first. */
struct signature_walk {
	uint64_t at; /* the list that index is in */
	uint32_t list, index;
};

/*
 * The next entry: 1, 0 behind the last, -EBADMSG and a reason when lists are not what they have to
 * be. Each list is looked at wholly before its first entry: its sizes, and that its entries fill
 * it.
 */
must_check int signature_list_next(struct bytes lists, struct signature_walk *inout_walk,
				   struct signature_entry *ret_entry, struct why *why);

/* Does this begin as a signature list of a type that is known? */
bool signature_list_begins(struct bytes file);

/*
 * What the kernel's keyring .blacklist denies, by the lines of /proc/keys: "bin:" with the digest
 * of an image, "tbs:" of a certificate. The digest is written to digest. 1, or 0 behind the last.
 */
must_check int kernel_keys_next(struct bytes keys, size_t *inout_at,
				uint8_t digest[static MOST_DIGEST_BYTES],
				struct signature_entry *ret_entry);
