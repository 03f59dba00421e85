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

/*
 * The section of that name that a profile goes by: its own, else the one in front of all profiles;
 * n 0 when there is none. Without profiles, 0 is the only one.
 */
struct bytes uki_section(const struct pe_image *image, unsigned profile, const char *name);

/*
 * A kernel without zeros behind its end, which some tools take into the section: its signature does
 * not cover them. What is no image stays as it is.
 */
struct bytes uki_cut_kernel(struct bytes kernel);

/* For a stub that knows no profiles: all sections are its own. */
#define UKI_NO_PROFILES (~0U)

/*
 * The kernel that a profile boots, or a stub without profiles, cut so. 0; -ENOENT: there is none,
 * -ENODATA: only others have one; -ENOTUNIQ: none of two is the right one.
 */
must_check int uki_kernel(const struct pe_image *image, unsigned profile, struct bytes *ret_kernel);

/* Does it bring something that its stub makes an initrd of, in front of all profiles? */
bool uki_has_initrd(const struct pe_image *image);

/* The version of systemd-stub that it says to be, or 0. */
unsigned uki_stub_version(const struct pe_image *image);

/* The first stubs that know these; 0 as a version, which is somebody else's stub, knows all. */
enum { UKI_STUB_ADDONS = 254, UKI_STUB_PROFILES = 257 };

/*
 * Would image's stub take this addon? 0, or why not: -ENOEXEC for a file that is no image,
 * -ENOTSUP for one of another machine, -EINVAL for one that is no addon or one of another kernel
 * (.uname), -EOPNOTSUPP when the stub knows no addons, or not with such sections.
 */
must_check int uki_check_addon(const struct pe_image *image, struct bytes addon, struct why *why);
