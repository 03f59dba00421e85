// SPDX-License-Identifier: MIT
/* EFI_DISK_IO_PROTOCOL (UEFI 2.10, 13.7): a disk by bytes instead of blocks. */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/media/disk.h"

enum { REVISION = 0x10000 };

static efi_status_t transfer(struct call *c, bool writing)
{
	const struct disk_handle *d = call_object(c, &group_disk_io);
	const uint64_t offset = c->arg[2], n = c->arg[3];

	if (!d)
		return EFI_INVALID_PARAMETER;
	if (c->arg[1] != DISK_MEDIA_ID)
		return EFI_MEDIA_CHANGED;
	if (writing && !d->disk->write)
		return EFI_WRITE_PROTECTED;
	if (n > d->n_bytes || offset > d->n_bytes - n)
		return EFI_INVALID_PARAMETER;
	return disk_transfer(c, d, writing, offset, n, c->arg[4]);
}

static efi_status_t read_disk(struct call *c)
{
	return transfer(c, false);
}

static efi_status_t write_disk(struct call *c)
{
	return transfer(c, true);
}

static const struct service services[] = {
	{ "ReadDisk", 1, read_disk, { ARG_THIS, ARG_U32, ARG_HEX, ARG_SIZE, ARG_ADDR } },
	{ "WriteDisk",
	  2,
	  write_disk,
	  { ARG_THIS, ARG_U32, ARG_HEX, ARG_SIZE, ARG_ADDR },
	  "EFI_WRITE_PROTECTED without --disk-writable." },
};

const struct service_group group_disk_io = {
	.name = "EFI_DISK_IO_PROTOCOL",
	.section = "13.7",
	.guid = &guid_disk_io,
	.n_slots = 3,
	.service = services,
	.n = ARRAY_SIZE(services),
};

int disk_io_open(struct firmware *fw, struct disk_handle *d, struct why *why)
{
	int r = protocol_offer(fw, &d->handle, &group_disk_io, d, why);

	if (r == 0)
		guest_put_u64(fw,
			      handle_protocol(handle_find(fw, d->handle), &guid_disk_io)->interface,
			      REVISION);
	return r;
}
