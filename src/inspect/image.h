/* SPDX-License-Identifier: MIT */
#pragma once
/* What an image is made of, and what is odd about it, without running it. */
#include "base/why.h"
#include "inspect/signature.h"
#include "pe/uki.h"

enum { MAX_SECTIONS = 96, MAX_ODD = 32, MAX_SIGNATURES = 16, SHA256_TEXT = 65 };

struct inspection {
	struct pe_image pe;
	unsigned stub; /* its version, 0: none */
	struct pe_section section[MAX_SECTIONS];
	char sha256[MAX_SECTIONS][SHA256_TEXT];
	unsigned n_sections;
	char file_sha256[SHA256_TEXT];
	struct signature signature[MAX_SIGNATURES];
	unsigned n_signatures;
	struct why odd[MAX_ODD];
	unsigned n_odd;
};

/*
 * Look at a file, which has to stay as it is: what is found lies in it. in is all zeros before;
 * 0, or -ENOEXEC, -E2BIG.
 */
must_check int inspection_look(struct bytes file, struct inspection *in, struct why *why);

/* Text out of a section of the first profile: up to its NUL, blanks and newlines at its end off. */
struct bytes inspection_text(const struct inspection *in, const char *name);
/* The same, of any profile. */
struct bytes inspection_profile_text(const struct inspection *in, unsigned profile,
				     const char *name);
/* Of the kernel inside its version, by .uname or its own header; none: NULL. */
struct bytes inspection_kernel(const struct inspection *in);
/* "unified kernel image, systemd-stub 252" */
const char *inspection_kind(const struct inspection *in, char text[static 64]);
