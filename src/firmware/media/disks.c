// SPDX-License-Identifier: MIT
/*
 * Disks: a handle for each and one for each partition, with device paths that
 * say so (UEFI 2.10, 10.3.5.1). GRUB and systemd-boot compare them with what
 * they find on the disk themselves.
 */
#include "base/why.h"
#include "base/bytes.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/state.h"
#include "firmware/media/disk.h"
#include "firmware/media/file.h"
#include "firmware/media/media.h"

#include <errno.h>
#include <string.h>

enum {
	DISK_NODE = 24, /* VenHw: the device's GUID, then the disk's number */
	PARTITION_NODE = 42,
	END_NODE = 4,
};

struct disks {
	struct disk_handle *first;
	efi_addr_t path; /* of the disk or partition to take the image for one of, or 0 */
	bool path_stays; /* it is an ESP, or has the image's own files */
};

static_assert(DISK_NODE + PARTITION_NODE + END_NODE == DISK_PATH_BYTES, "paths of disks");

/* The path of partition p of disk i, of the whole disk when p is NULL; returns its bytes. */
static size_t make_path(unsigned i, const struct firmware_partition *p, enum firmware_scheme scheme,
			uint8_t path[static DISK_PATH_BYTES])
{
	uint8_t *at = path;

	memcpy(at, (uint8_t[]){ 1, 4, DISK_NODE, 0 }, 4);
	memcpy(at + 4, &guid_bardo_device, 16);
	bytes_put_le(at + 20, i, 4);
	at += DISK_NODE;
	if (p) {
		memcpy(at, (uint8_t[]){ 4, 1, PARTITION_NODE, 0 }, 4);
		bytes_put_le(at + 4, p->number, 4);
		bytes_put_le(at + 8, p->start, 8);
		bytes_put_le(at + 16, p->n_blocks, 8);
		memcpy(at + 24, p->id, 16);
		at[40] = (uint8_t)scheme; /* the kind of table, and of the signature */
		at[41] = (uint8_t)scheme;
		at += PARTITION_NODE;
	}
	memcpy(at, (uint8_t[]){ 0x7f, 0xff, END_NODE, 0 }, END_NODE);
	return (size_t)(at + END_NODE - path);
}

static int install_path(struct firmware *fw, struct disk_handle *d, const uint8_t *path, size_t n,
			efi_addr_t *ret_path)
{
	efi_addr_t at;

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return -ENOMEM;
	if (!guest_put(fw, at, path, n) ||
	    protocol_install(fw, &d->handle, &guid_device_path, at, NULL, NULL) != EFI_SUCCESS)
		return -ENOMEM;
	*ret_path = at;
	return 0;
}

static int make_media(struct firmware *fw, struct disk_handle *d, bool partition)
{
	const uint64_t block = d->disk->block_bytes;
	uint8_t media[DISK_MEDIA_BYTES] = { 0 };

	bytes_put_le(media, DISK_MEDIA_ID, 4);
	media[5] = 1; /* present */
	media[6] = partition;
	media[7] = !d->disk->write; /* read only */
	bytes_put_le(media + 12, block, 4);
	bytes_put_le(media + 24, d->n_bytes / block - 1, 8);
	if (!partition)
		bytes_put_le(media + 40, 1, 4); /* logical blocks per physical one */
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(media), &d->media) != EFI_SUCCESS)
		return -ENOMEM;
	guest_put(fw, d->media, media, sizeof(media));
	return 0;
}

/* A handle for bytes [start, start + n) of disk i; partition NULL: the whole disk. */
struct piece {
	unsigned disk;
	uint64_t start, n_bytes;
	const struct firmware_partition *partition;
	struct firmware_file_system *files;
};

static int install(struct firmware *fw, const struct piece *piece, struct disk_handle *d,
		   efi_addr_t *ret_path, struct why *why)
{
	uint8_t path[DISK_PATH_BYTES];
	size_t n = make_path(piece->disk, piece->partition, d->disk->scheme, path);
	int r;

	r = install_path(fw, d, path, n, ret_path);
	if (r == 0)
		r = make_media(fw, d, piece->partition);
	if (r < 0)
		return why_errno(why, r, "%s", d->disk->name);
	r = block_io_open(fw, d, why);
	if (r == 0)
		r = disk_io_open(fw, d, why);
	return r < 0 || !piece->files ? r : file_system_offer(fw, d->handle, piece->files, why);
}

/*
 * The image is taken for one of the device that has its files; else, where it is to be on a disk,
 * of the first EFI system partition, which is where a boot manager would look, or the first disk.
 */
static void choose_device(struct firmware *fw, const struct piece *piece, efi_addr_t path)
{
	struct disks *disks = part_state(fw, &part_disks);
	const bool esp = piece->partition && piece->partition->is_esp;

	if (piece->files && piece->files == fw->config.files) {
		disks->path = path;
		disks->path_stays = true;
	} else if (fw->config.image_is_on_disk && !disks->path_stays && (esp || !disks->path)) {
		disks->path = path;
		disks->path_stays = esp;
	}
}

static int add(struct firmware *fw, const struct piece *piece, struct why *why)
{
	struct disks *disks = part_state(fw, &part_disks);
	struct disk_handle *d = heap_new(&fw->heap, sizeof(*d));
	efi_addr_t path = 0;
	int r;

	if (!d)
		return why_errno(why, -ENOMEM, "disk");
	*d = (struct disk_handle){
		.next = disks->first,
		.disk = &fw->config.disks[piece->disk],
		.start = piece->start,
		.n_bytes = piece->n_bytes,
	};
	disks->first = d;
	r = install(fw, piece, d, &path, why);
	if (r == 0)
		choose_device(fw, piece, path);
	return r;
}

static int open_disk(struct firmware *fw, unsigned i, struct why *why)
{
	const struct firmware_disk *disk = &fw->config.disks[i];
	const uint64_t block = disk->block_bytes;
	const struct piece whole = {
		.disk = i,
		.n_bytes = disk->n_bytes / block * block,
		.files = disk->files,
	};
	int r;

	if (!whole.n_bytes)
		return why_set(why, -EINVAL, "%s: is smaller than a block", disk->name);
	r = add(fw, &whole, why);
	for (unsigned k = 0; k < disk->n_partitions && r == 0; k++) {
		const struct firmware_partition *p = &disk->partition[k];
		const struct piece piece = {
			.disk = i,
			.start = p->start * block,
			.n_bytes = p->n_blocks * block,
			.partition = p,
			.files = p->files,
		};

		r = add(fw, &piece, why);
	}
	return r;
}

bool disks_have(const struct firmware *fw, const struct firmware_file_system *files)
{
	for (unsigned i = 0; i < fw->config.n_disks; i++) {
		const struct firmware_disk *disk = &fw->config.disks[i];

		if (disk->files == files)
			return true;
		for (unsigned k = 0; k < disk->n_partitions; k++)
			if (disk->partition[k].files == files)
				return true;
	}
	return false;
}

static int disks_open(struct firmware *fw, struct why *why)
{
	const struct disks *disks = part_state(fw, &part_disks);
	int r = 0;

	for (unsigned i = 0; i < fw->config.n_disks && r == 0; i++)
		r = open_disk(fw, i, why);
	if (disks->path)
		fw->boot_path = disks->path;
	return r;
}

static void disks_close(struct firmware *fw)
{
	struct disks *disks = part_state(fw, &part_disks);
	struct disk_handle *d;

	while ((d = disks->first)) {
		disks->first = d->next;
		heap_free(&fw->heap, d);
	}
}

const struct part part_disks = {
	.groups = { &group_block_io, &group_block_io2, &group_disk_io },
	.state_bytes = sizeof(struct disks),
	.open = disks_open,
	.close = disks_close,
};
