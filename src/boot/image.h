/* SPDX-License-Identifier: MIT */
#pragma once
/* The image's file, and what is taken out of it before it runs. */
#include "base/bytes.h"
#include "base/why.h"

enum { STUB_MERGES_INITRDS = 261 }; /* the first that adds its own to what is offered */

struct boot_image {
	const char *path; /* borrowed */
	struct bytes file;
	unsigned stub;	  /* the version of systemd-stub in it, 0: none */
	bool has_initrd;  /* in it, for every profile */
	bool has_pcrsig;  /* a signed policy of PCR 11 is in it */
	bool small_pages; /* it asks for no others: see host/mmfr0.h */
};

/* All of a file of at most most bytes. */
must_check int boot_image_open(const char *path, uint64_t most, struct boot_image *ret_image,
			       struct why *why);
/* What was opened, or nothing at all. Its file is freed and no more. */
void boot_image_close(struct boot_image *image);

/*
 * The load options that choose this profile with this command line, for the caller to free; either
 * may be NULL, both make NULL.
 */
must_check int boot_image_options(const struct boot_image *image, const char *profile,
				  const char *cmdline, char **ret_options, struct why *why);

/* Is there a kernel in it, as a unified kernel image has one? */
bool boot_image_is_unified(const struct boot_image *image);
/*
 * A file without a name that holds the kernel which this profile boots, with these as for
 * boot_image_options(): a descriptor or a negative errno.
 */
must_check int boot_image_kernel(const struct boot_image *image, const char *profile,
				 const char *cmdline, struct why *why);
