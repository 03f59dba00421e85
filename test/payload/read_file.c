// SPDX-License-Identifier: MIT
/* Reads \large from its first byte to its last, 1 MiB at a time, for the benchmark to clock. */
#include "lib.h"

enum { CHUNK = 1 << 20 };

static efi_status_t read_all(struct file *f, uint8_t *buffer, uint64_t *ret_bytes)
{
	efi_status_t status;
	uint64_t n;

	*ret_bytes = 0;
	do {
		n = CHUNK;
		status = f->read(f, &n, buffer);
		*ret_bytes += n;
	} while (status == EFI_SUCCESS && n);
	return status;
}

efi_status_t payload(void)
{
	struct file_system *fs = NULL;
	struct file *root, *f;
	uint64_t n_bytes;
	uint8_t *buffer;

	require(bs->handle_protocol(own_image()->device, &simple_file_system_guid, &fs));
	require(fs->open_volume(fs, &root));
	require(root->open(root, &f, u"\\large", FILE_READ, 0));
	require(bs->allocate_pool(EFI_LOADER_DATA, CHUNK, (void **)&buffer));
	require(read_all(f, buffer, &n_bytes));
	print("read %u bytes\n", n_bytes);
	return EFI_SUCCESS;
}
