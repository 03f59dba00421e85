/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What is to be known of an image before it runs. Its file is a stranger's: a process that can do
 * nothing looks into it, and what that says is looked at here.
 */
#include "base/bytes.h"
#include "base/why.h"

struct look {
	unsigned stub;	  /* the version of the systemd-stub in it; 0 also where it is no image */
	bool has_initrd;  /* whichever its profile */
	bool has_pcrsig;  /* a signed policy of PCR 11 */
	uint64_t list;	  /* of setup_data, to which its kernel's setup header leads; 0: none */
	bool small_pages; /* it, or the kernel in it, is arm64's for pages of 4 KiB */
};

/* What no image is, is found out later. */
must_check int look_at_image(struct bytes file, struct look *ret_look, struct why *why);
/*
 * The number of a profile. -ENODATA: it has none; another error: not this one, *ret_count others;
 * -ENOEXEC: why it is no image.
 */
must_check int look_profile(struct bytes file, const char *name, unsigned *ret_n,
			    unsigned *ret_count, struct why *why);
/* The kernel that this profile boots, a part of file; as uki_kernel(). */
must_check int look_kernel(struct bytes file, unsigned profile, struct bytes *ret_kernel,
			   struct why *why);
/* Is this an addon that the stub in file takes? 0 where file is no image. */
must_check int look_addon(struct bytes file, struct bytes addon, struct why *why);
