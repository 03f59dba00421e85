// SPDX-License-Identifier: MIT
#include "boot/image.h"
#include "boot/input.h"
#include "boot/look.h"
#include "boot/output.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int boot_image_open(const char *path, uint64_t most, struct boot_image *ret_image, struct why *why)
{
	struct boot_image image = { .path = path };
	struct look look;
	struct why inner;
	int r = input_seal_image(path, most, &image.file, why);

	if (r < 0)
		return r;
	r = look_at_image(image.file, &look, &inner);
	if (r == 0 && look.list)
		r = why_set(&inner, -EINVAL,
			    "its setup header leads to a list at %#jx, and nobody puts one there: "
			    "bardo seed remove takes it out",
			    (uintmax_t)look.list);
	if (r < 0) {
		input_unmap(&image.file);
		return why_set(why, r, "%s: %s", path, inner.text);
	}
	image.stub = look.stub;
	image.has_initrd = look.has_initrd;
	image.has_pcrsig = look.has_pcrsig;
	image.small_pages = look.small_pages;
	*ret_image = image;
	return 0;
}

void boot_image_close(struct boot_image *image)
{
	input_unmap(&image->file);
}

static int find_profile(const struct boot_image *image, const char *name, unsigned *ret_n,
			struct why *why)
{
	unsigned count = 0;
	struct why inner = { "" };
	int r;

	if (image->stub && image->stub < UKI_STUB_PROFILES)
		return why_set(
			why, -EOPNOTSUPP,
			"--profile: the systemd-stub %u of %s does not support profiles (%d does)",
			image->stub, image->path, UKI_STUB_PROFILES);
	r = look_profile(image->file, name, ret_n, &count, &inner);
	if (r < 0 && inner.text[0])
		return why_set(why, r, "%s: %s", image->path, inner.text);
	if (r == -ENODATA)
		return why_set(why, r, "%s: has no profiles", image->path);
	if (r < 0)
		return why_set(why, r, "%s: has no profile %s: bardo inspect lists its %u",
			       image->path, name, count);
	return 0;
}

/* A profile of a unified kernel image is chosen by "@N" in front of its load options. */
int boot_image_options(const struct boot_image *image, const char *profile, const char *cmdline,
		       char **ret_options, struct why *why)
{
	char *options = NULL;
	unsigned n;
	int r;

	if (profile) {
		r = find_profile(image, profile, &n, why);
		if (r < 0)
			return r;
		if (asprintf(&options, "@%u%s%s", n, cmdline ? " " : "", cmdline ? cmdline : "") <
		    0)
			return why_errno(why, -ENOMEM, "options");
	} else if (cmdline) {
		options = strdup(cmdline);
		if (!options)
			return why_errno(why, -ENOMEM, "options");
	}
	*ret_options = options;
	return 0;
}

bool boot_image_is_unified(const struct boot_image *image)
{
	struct bytes kernel;
	const int r = look_kernel(image->file, 0, &kernel, NULL);

	/* which kernel is the right one, and whether there is one, boot_image_kernel() says */
	return r == 0 || r == -ENOTUNIQ || r == -ENODATA;
}

/* As the stub reads it: "@N" and then a blank or the end, in front of its load options; else 0. */
static unsigned profile_of(const struct boot_image *image, const char *options)
{
	unsigned n = 0;

	if (image->stub && image->stub < UKI_STUB_PROFILES)
		return UKI_NO_PROFILES;
	if (!options || options[0] != '@')
		return 0;
	for (options++; *options >= '0' && *options <= '9'; options++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (unsigned)(*options - '0'), &n))
			return 0;
	return *options && *options != ' ' ? 0 : n;
}

int boot_image_kernel(const struct boot_image *image, const char *profile, const char *cmdline,
		      struct why *why)
{
	char *options = NULL;
	struct bytes kernel;
	int r = boot_image_options(image, profile, cmdline, &options, why);

	if (r < 0)
		return r;
	r = look_kernel(image->file, profile_of(image, options), &kernel, NULL);
	free(options);
	if (r < 0)
		return why_set(why, r, "%s: has %s kernel (.linux)", image->path,
			       r == -ENOTUNIQ ? "more than one" : "no");
	return output_file("kernel", kernel, why);
}
