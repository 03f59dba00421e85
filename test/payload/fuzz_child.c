// SPDX-License-Identifier: MIT
/* What fuzz.c loads and starts: calls the function that its load options point to, if they do. */
#include "fuzz.h"

efi_status_t payload(void)
{
	struct loaded_image *image = own_image();
	uint32_t crc;

	/* the memory may be gone by now, or may have been written over */
	if (bs->calculate_crc32(image, sizeof(*image), &crc) != EFI_SUCCESS ||
	    image->load_options_bytes != CHILD_OPTIONS)
		return EFI_SUCCESS;
	return ((child_fn)image->load_options)(self, st);
}
