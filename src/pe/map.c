// SPDX-License-Identifier: MIT
/* What a loader asks of an image that parse has accepted. */
#include "pe/image.h"

#include <errno.h>
#include <string.h>

int pe_image_entry(const struct pe_image *image, uint32_t *ret_rva, struct why *why)
{
	uint32_t entry = image->entry;
	bool inside = entry < image->header_size, executable = false;
	struct pe_section s;

	if (entry == 0)
		return why_set(why, -ENOEXEC, "the image has no entry point");
	for (unsigned i = 0; i < image->n_sections && !executable; i++) {
		s = pe_image_section(image, i);
		if (entry < s.rva || entry - s.rva >= s.size)
			continue;
		inside = true;
		executable = s.permissions & PE_EXECUTE;
	}
	if (!inside)
		return why_set(why, -ENOEXEC, "the entry point 0x%x is in no section", entry);
	if (!executable && pe_image_is_protectable(image))
		return why_set(why, -ENOEXEC,
			       "the entry point 0x%x is in memory that is not executable", entry);
	*ret_rva = entry;
	return 0;
}

bool pe_image_is_protectable(const struct pe_image *image)
{
	const unsigned both = PE_WRITE | PE_EXECUTE;
	struct pe_section s;

	if (!image->nx_compat)
		return false;
	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		if (s.rva % PAGE_BYTES || (s.permissions & both) == both)
			return false;
	}
	return true;
}

void pe_image_map(const struct pe_image *image, uint8_t *mapped)
{
	struct pe_section s;

	memcpy(mapped, image->file.p, image->header_size);
	for (unsigned i = 0; i < image->n_sections; i++) {
		s = pe_image_section(image, i);
		if (s.data.n)
			memcpy(mapped + s.rva, s.data.p, s.data.n);
	}
}
