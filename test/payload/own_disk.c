// SPDX-License-Identifier: MIT
/*
 * Ends with what it gets when it asks for the disk that it comes from: Block I/O of its device, of
 * any handle ("any"), or Disk I/O of its device by OpenProtocol ("open"). "other" asks for what no
 * disk has.
 */
#include "lib.h"

enum { TEST_PROTOCOL = 4 };

efi_status_t payload(void)
{
	struct loaded_image *image = own_image();
	handle_t *all = NULL;
	void *io = NULL;
	uint64_t n = 0;

	if (option_is("any"))
		return bs->locate_handle_buffer(BY_PROTOCOL, &block_io_guid, NULL, &n, &all);
	if (option_is("open"))
		return bs->open_protocol(image->device, &disk_io_guid, NULL, image->device, NULL,
					 TEST_PROTOCOL);
	if (option_is("other"))
		return bs->handle_protocol(image->device, &loaded_image_guid, &io);
	return bs->handle_protocol(image->device, &block_io_guid, &io);
}
