/* SPDX-License-Identifier: MIT */
#pragma once
/* Unified kernel images (UAPI.5) on top of pe/image.h. Pure. */
#include "pe/image.h"

/*
 * The value of KEY=... in text of os-release's form, quotes taken off, cut to
 * room. 0, or -ENOENT.
 */
must_check int uki_text_field(struct bytes text, const char *key, char *out, size_t room);

unsigned uki_count_profiles(const struct pe_image *image);
/* The text of profile i, which must be below that. */
struct bytes uki_profile(const struct pe_image *image, unsigned i);
/*
 * A profile by number, ID or TITLE. 0, -ENODATA for an image without profiles,
 * -ENOENT for a name that none of them has.
 */
must_check int uki_find_profile(const struct pe_image *image, const char *wanted,
				unsigned *ret_profile);

/* The version of systemd-stub that it says to be, or 0. */
unsigned uki_stub_version(const struct pe_image *image);
