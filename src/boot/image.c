// SPDX-License-Identifier: MIT
#include "boot/image.h"
#include "boot/input.h"
#include "boot/output.h"
#include "pe/uki.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0 also where it is no image, which is found out later. */
static unsigned stub_version(struct bytes file)
{
	struct pe_image pe;

	return pe_image_parse(file, PE_MACHINE_OURS, UINT64_MAX, &pe, NULL) < 0
		       ? 0
		       : uki_stub_version(&pe);
}

int boot_image_open(const char *path, uint64_t most, struct boot_image *ret_image, struct why *why)
{
	struct bytes file;
	int r = input_read(path, most, &file, why);

	if (r == 0)
		*ret_image = (struct boot_image){ path, file, stub_version(file) };
	return r;
}

void boot_image_close(struct boot_image *image)
{
	input_free(&image->file);
}

static int find_profile(const struct boot_image *image, const char *name, unsigned *ret_n,
			struct why *why)
{
	struct pe_image pe;
	struct why inner;
	int r;

	r = pe_image_parse(image->file, PE_MACHINE_OURS, UINT64_MAX, &pe, &inner);
	if (r < 0)
		return why_set(why, r, "%s: %s", image->path, inner.text);
	if (image->stub && image->stub < UKI_STUB_PROFILES)
		return why_set(why, -EOPNOTSUPP,
			       "--profile: the systemd-stub %u of %s knows none (%d does)",
			       image->stub, image->path, UKI_STUB_PROFILES);
	r = uki_find_profile(&pe, name, ret_n);
	if (r == -ENODATA)
		return why_set(why, r, "%s: has no profiles", image->path);
	if (r < 0)
		return why_set(why, r, "%s: has no profile %s: bardo inspect lists its %u",
			       image->path, name, uki_count_profiles(&pe));
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

static int find_kernel(struct bytes file, struct bytes *ret_kernel)
{
	struct pe_section linux_section;
	struct pe_image pe;
	int r;

	r = pe_image_parse(file, PE_MACHINE_OURS, UINT64_MAX, &pe, NULL);
	if (r == 0)
		r = pe_image_find_section(&pe, ".linux", &linux_section);
	if (r == 0)
		*ret_kernel = linux_section.data;
	return r;
}

bool boot_image_is_unified(const struct boot_image *image)
{
	struct bytes kernel;
	const int r = find_kernel(image->file, &kernel);

	/* of two kernels none is the right one: boot_image_kernel() says so */
	return r == 0 || r == -ENOTUNIQ;
}

int boot_image_kernel(const struct boot_image *image, struct why *why)
{
	struct bytes kernel;
	int r = find_kernel(image->file, &kernel);

	if (r < 0)
		return why_set(why, r, "%s: has %s kernel (.linux)", image->path,
			       r == -ENOTUNIQ ? "more than one" : "no");
	return output_file("kernel", kernel, why);
}
