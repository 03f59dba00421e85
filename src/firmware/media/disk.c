// SPDX-License-Identifier: MIT
#include "firmware/media/disk.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/config.h"
#include "firmware/core/service.h"

/* The limits hold inside of it too, of however much that is. */
enum { BYTES_AT_ONCE = 16 << 20 };

efi_status_t disk_transfer(struct call *c, const struct disk_handle *d, bool writing,
			   uint64_t offset, uint64_t n, efi_addr_t buffer)
{
	const struct firmware_disk *disk = d->disk;
	uint8_t *p;
	uint64_t piece;
	int r = 0;

	if (n == 0)
		return EFI_SUCCESS;
	/* only read from when it is written to the disk */
	p = writing ? (uint8_t *)guest_read(c->fw, buffer, n) : guest_write(c->fw, buffer, n);
	if (!buffer || !p)
		return EFI_INVALID_PARAMETER;
	for (uint64_t at = 0; at < n && r >= 0 && (at == 0 || !out_of_time(c->fw)); at += piece) {
		piece = min_u64(n - at, BYTES_AT_ONCE);
		r = writing ? disk->write(disk->context, d->start + offset + at, p + at, piece)
			    : disk->read(disk->context, d->start + offset + at, p + at, piece);
	}
	return r < 0 ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}
