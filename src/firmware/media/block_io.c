// SPDX-License-Identifier: MIT
/* EFI_BLOCK_IO_PROTOCOL and EFI_BLOCK_IO2_PROTOCOL (UEFI 2.10, 13.9 and 13.10). */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/media/disk.h"

enum {
	REVISION = 2 << 16 | 31,
	SLOT_REVISION = 0,
	SLOT_MEDIA = 1,
	SLOT2_MEDIA = 0,
};

/* What both protocols ask of a transfer, then the transfer. */
static efi_status_t transfer(struct call *c, const struct service_group *group, bool writing,
			     uint64_t n, efi_addr_t buffer)
{
	const struct disk_handle *d = call_object(c, group);
	const uint32_t media_id = (uint32_t)c->arg[1];
	const uint64_t block = c->arg[2];
	uint64_t block_bytes;

	if (!d)
		return EFI_INVALID_PARAMETER;
	block_bytes = d->disk->block_bytes;
	if (media_id != DISK_MEDIA_ID)
		return EFI_MEDIA_CHANGED;
	if (writing && !d->disk->write)
		return EFI_WRITE_PROTECTED;
	if (n % block_bytes)
		return EFI_BAD_BUFFER_SIZE;
	if (n > d->n_bytes || block > (d->n_bytes - n) / block_bytes)
		return EFI_INVALID_PARAMETER;
	return disk_transfer(c, d, writing, block * block_bytes, n, buffer);
}

static efi_status_t read_blocks(struct call *c)
{
	return transfer(c, &group_block_io, false, c->arg[3], c->arg[4]);
}

static efi_status_t write_blocks(struct call *c)
{
	return transfer(c, &group_block_io, true, c->arg[3], c->arg[4]);
}

/* Nothing is kept here, and a disk that can be written to is written to at once. */
static efi_status_t nothing_to_do(struct call *c)
{
	return EFI_SUCCESS;
}

/* A token (13.10): an event and a place for the status; without an event it is as if not there. */
static bool take_token(struct call *c, efi_addr_t token, struct event **ret_event)
{
	uint64_t name = 0;

	*ret_event = NULL;
	if (!token)
		return true;
	if (!guest_write(c->fw, token, 16) || !guest_get_u64(c->fw, token, &name))
		return false;
	*ret_event = name ? event_find(c->fw, name) : NULL;
	return !name || *ret_event;
}

/* What was asked for wrongly is said at once; how the transfer went, by the token. */
static efi_status_t finish(struct call *c, efi_addr_t token, struct event *event,
			   efi_status_t status)
{
	if (!event || (status != EFI_SUCCESS && status != EFI_DEVICE_ERROR))
		return status;
	guest_put_u64(c->fw, token + 8, status);
	event_signal(c->fw, event);
	return EFI_SUCCESS;
}

static efi_status_t transfer_ex(struct call *c, bool writing)
{
	struct event *event;

	if (!take_token(c, c->arg[3], &event))
		return EFI_INVALID_PARAMETER;
	return finish(c, c->arg[3], event,
		      transfer(c, &group_block_io2, writing, c->arg[4], c->arg[5]));
}

static efi_status_t read_blocks_ex(struct call *c)
{
	return transfer_ex(c, false);
}

static efi_status_t write_blocks_ex(struct call *c)
{
	return transfer_ex(c, true);
}

static efi_status_t flush_blocks_ex(struct call *c)
{
	struct event *event;

	if (!take_token(c, c->arg[1], &event))
		return EFI_INVALID_PARAMETER;
	return finish(c, c->arg[1], event, EFI_SUCCESS);
}

static const struct service services[] = {
	{ "Reset", 2, nothing_to_do, { ARG_THIS, ARG_BOOL } },
	{ "ReadBlocks",
	  3,
	  read_blocks,
	  { ARG_THIS, ARG_U32, ARG_HEX, ARG_SIZE, ARG_ADDR },
	  "On each disk that is offered, and each of its partitions." },
	{ "WriteBlocks",
	  4,
	  write_blocks,
	  { ARG_THIS, ARG_U32, ARG_HEX, ARG_SIZE, ARG_ADDR },
	  "EFI_WRITE_PROTECTED without --disk-writable." },
	{ "FlushBlocks", 5, nothing_to_do, { ARG_THIS } },
};

const struct service_group group_block_io = {
	.name = "EFI_BLOCK_IO_PROTOCOL",
	.section = "13.9",
	.guid = &guid_block_io,
	.n_slots = 6,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static const struct service services2[] = {
	{ "Reset", 1, nothing_to_do, { ARG_THIS, ARG_BOOL } },
	{ "ReadBlocksEx",
	  2,
	  read_blocks_ex,
	  { ARG_THIS, ARG_U32, ARG_HEX, ARG_ADDR, ARG_SIZE, ARG_ADDR },
	  "Done when it returns; its event is signalled all the same." },
	{ "WriteBlocksEx",
	  3,
	  write_blocks_ex,
	  { ARG_THIS, ARG_U32, ARG_HEX, ARG_ADDR, ARG_SIZE, ARG_ADDR },
	  "EFI_WRITE_PROTECTED without --disk-writable." },
	{ "FlushBlocksEx", 4, flush_blocks_ex, { ARG_THIS, ARG_ADDR } },
};

const struct service_group group_block_io2 = {
	.name = "EFI_BLOCK_IO2_PROTOCOL",
	.section = "13.10",
	.guid = &guid_block_io2,
	.n_slots = 5,
	.service = services2,
	.n = ARRAY_SIZE(services2),
};

int block_io_open(struct firmware *fw, struct disk_handle *d, struct why *why)
{
	efi_addr_t at;
	int r;

	r = protocol_offer(fw, &d->handle, &group_block_io, d, why);
	if (r < 0)
		return r;
	at = handle_protocol(handle_find(fw, d->handle), &guid_block_io)->interface;
	guest_put_u64(fw, at + 8 * SLOT_REVISION, REVISION);
	guest_put_u64(fw, at + 8 * SLOT_MEDIA, d->media);
	r = protocol_offer(fw, &d->handle, &group_block_io2, d, why);
	if (r < 0)
		return r;
	at = handle_protocol(handle_find(fw, d->handle), &guid_block_io2)->interface;
	guest_put_u64(fw, at + 8 * SLOT2_MEDIA, d->media);
	return 0;
}
