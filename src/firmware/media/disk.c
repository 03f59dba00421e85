// SPDX-License-Identifier: MIT
#include "firmware/media/disk.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/service.h"

efi_status_t disk_transfer(struct call *c, const struct disk_handle *d, bool writing,
			   uint64_t offset, uint64_t n, efi_addr_t buffer)
{
	const struct firmware_disk *disk = d->disk;
	const void *from;
	void *to;
	int r;

	if (n == 0)
		return EFI_SUCCESS;
	if (writing) {
		from = guest_read(c->fw, buffer, n);
		if (!buffer || !from)
			return EFI_INVALID_PARAMETER;
		r = disk->write(disk->context, d->start + offset, from, n);
	} else {
		to = guest_write(c->fw, buffer, n);
		if (!buffer || !to)
			return EFI_INVALID_PARAMETER;
		r = disk->read(disk->context, d->start + offset, to, n);
	}
	return r < 0 ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}
