/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What was found out about an image: of one size, without pointers, so that the process that parses
 * can say it over a pipe and whoever reads it can look at each number.
 */
#include "base/why.h"
#include "trust/bank.h"
#include "trust/certificate.h"
#include "trust/signature_list.h"

enum {
	VERDICT_SIGNATURES = 8,	  /* that are told of; all are looked at */
	VERDICT_CERTIFICATES = 6, /* of one, that are told of */
	VERDICT_NO_SOURCE = UINT32_MAX,
};

/* Which entry of which list; of a file that is a certificate, list is 0. */
struct verdict_entry {
	uint32_t source; /* the number of the list that was given, or VERDICT_NO_SOURCE */
	uint32_t kind;	 /* enum entry_kind */
	uint32_t bank;	 /* of its digest, where it is one */
	uint32_t list, index;
	uint8_t owner[16];
	char subject[NAME_BYTES]; /* of the certificate in it, or "" */
};

/* Bytes of the file. */
struct verdict_place {
	uint64_t at, n_bytes;
};

enum verdict_answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

struct verdict_signature {
	char subject[NAME_BYTES], issuer[NAME_BYTES]; /* of the signer, as far as known */
	char problem[NAME_BYTES];		      /* why it counts for nothing, or "" */
	uint32_t bank;				      /* of the image's digest in it */
	uint32_t of_this_file, by_its_key;	      /* enum verdict_answer */
	struct verdict_entry allowed_by, denied_by;
	/* the certificates in it, that of the signer first; no bytes: not known, or no more */
	struct verdict_place certificate[VERDICT_CERTIFICATES];
};

enum verdict_sbat {
	SBAT_UNCHECKED, /* the machine has no level */
	SBAT_MISSING,	/* the image has none: shim lets a kernel pass then, and so do we */
	SBAT_PASSED,
	SBAT_FAILED,
};

/* What lies in an image for its own use, and is covered by its digest. */
enum verdict_sealed {
	SEALED_KERNEL = 1,
	SEALED_CMDLINE = 2,
	SEALED_INITRD = 4,
	SEALED_MICROCODE = 8,
	SEALED_DEVICE_TREE = 16,
	SEALED_PROFILE = 32,
	SEALED_ALL = 63,
};

struct verdict {
	uint32_t allowed; /* 0 or 1 */
	struct why why;	  /* of the denial */
	uint32_t banks;	  /* bit i: digest[i] is there */
	uint8_t digest[N_BANKS][MOST_DIGEST_BYTES];
	uint32_t n_signatures; /* in the table; at most VERDICT_SIGNATURES are told of */
	struct verdict_signature signature[VERDICT_SIGNATURES];
	struct verdict_entry allowed_by, denied_by; /* what decided, if an entry did */
	uint32_t sbat;				    /* enum verdict_sbat */
	uint32_t sealed;			    /* enum verdict_sealed */
	uint32_t has_kernel;			    /* 0 or 1 */
	uint8_t kernel[32]; /* SHA-256 of the one .linux section in it, where that was asked */
	uint32_t has_file;  /* 0 or 1 */
	uint8_t file[32];   /* SHA-256 of the whole file, likewise */
};

/*
 * Can this be a verdict on so many lists? False where a number is out of its range; then nothing of
 * it is to be believed. Texts are made such that they can be shown.
 */
must_check bool verdict_is_sound(struct verdict *verdict, unsigned n_sources);
must_check bool verdict_entry_is_sound(const struct verdict_entry *entry, unsigned n_sources);
