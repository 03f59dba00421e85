/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One signature of an image, as far as it can be told without deciding whom to trust: who says to
 * have made it, with what, and whether it is of this file.
 */
#include "base/util.h"
#include "pe/image.h"

enum { SIGNATURE_NAME = 256, SIGNATURE_DIGEST = 64 };

enum signature_answer { SIGNATURE_UNKNOWN, SIGNATURE_NO, SIGNATURE_YES };

struct signature {
	size_t n_bytes;
	size_t n_behind; /* of them, that are no padding and not read either */
	char subject[SIGNATURE_NAME], issuer[SIGNATURE_NAME];
	char from[24], until[24];	    /* of the certificate, ISO 8601 */
	char algorithm[32];		    /* of the digest, "SHA256" */
	uint8_t digest[SIGNATURE_DIGEST];   /* of the file, as the signature has it */
	size_t n_digest;		    /* 0: it has none that can be found */
	enum signature_answer of_this_file; /* the digest is that of this file */
	enum signature_answer by_its_key;   /* the certificate's key has signed it */
	const char *problem;		    /* why no more is known, or NULL */
};

/* What pkcs7, an entry of image's certificate table, says. Everything in it may be missing. */
void signature_read(const struct pe_image *image, struct bytes pkcs7, struct signature *ret);
