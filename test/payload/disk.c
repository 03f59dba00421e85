// SPDX-License-Identifier: MIT
/*
 * 13.9, 13.10, 13.7: a disk of 2,048 blocks, byte i of block b being b + i, with one MBR
 * partition of blocks 100 to 299 (run.c). Load option "rw": it can be written to.
 */
#include "lib.h"

enum { BLOCK = 512, N_BLOCKS = 2048, FIRST = 100, N_PART = 200 };

static struct {
	handle_t handle;
	struct block_io *io;
	struct block_io2 *io2;
	struct disk_io *disk;
} whole, part;

static uint8_t buffer[4 * BLOCK + 16];
static bool writable;

static bool holds(const uint8_t *p, uint64_t offset, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (p[i] != (uint8_t)((offset + i) / BLOCK + (offset + i) % BLOCK))
			return false;
	return true;
}

static void find(void)
{
	handle_t *all = NULL;
	uint64_t n = 0;

	succeeds(bs->locate_handle_buffer(BY_PROTOCOL, &block_io_guid, NULL, &n, &all));
	check_text(n == 2, "the disk and its partition");
	for (uint64_t i = 0; i < n; i++) {
		struct block_io *io = NULL;

		bs->handle_protocol(all[i], &block_io_guid, &io);
		if (io->media->logical_partition) {
			part.handle = all[i];
			part.io = io;
		} else {
			whole.handle = all[i];
			whole.io = io;
		}
	}
	bs->free_pool(all);
	bs->handle_protocol(whole.handle, &block_io2_guid, &whole.io2);
	bs->handle_protocol(part.handle, &block_io2_guid, &part.io2);
	bs->handle_protocol(whole.handle, &disk_io_guid, &whole.disk);
	bs->handle_protocol(part.handle, &disk_io_guid, &part.disk);
}

static void test_media(void)
{
	const struct block_media *m = whole.io->media;
	const uint8_t *path = NULL;

	check(m->present && !m->removable && m->read_only == !writable && m->block_bytes == BLOCK);
	check(m->last_block == N_BLOCKS - 1 && m->io_align <= 1);
	m = part.io->media;
	check(m->last_block == N_PART - 1 && m->block_bytes == BLOCK && m->read_only == !writable);
	check(part.io2->media == part.io->media || part.io2->media->last_block == N_PART - 1);
	bs->handle_protocol(part.handle, &device_path_guid, &path);
	while (path && path[0] != 0x7f && (path[0] != 4 || path[1] != 1))
		path += path[2] | path[3] << 8;
	check_text(path && path[0] == 4 && path[4] == 1 && path[8] == FIRST && path[16] == N_PART &&
			   path[40] == 1 && path[41] == 1 && path[24] == 0xef && path[27] == 0xbe,
		   "HD(1,MBR,0xbe......,0x64,0xc8)");
}

static void test_read(void)
{
	const uint32_t id = whole.io->media->media_id;

	memset(buffer, 0xee, sizeof(buffer));
	succeeds(whole.io->read(whole.io, id, 7, 2 * BLOCK, buffer));
	check(holds(buffer, 7 * BLOCK, 2 * BLOCK) && buffer[2 * BLOCK] == 0xee);
	succeeds(part.io->read(part.io, id, 0, BLOCK, buffer + 1)); /* at any address */
	check(holds(buffer + 1, FIRST * BLOCK, BLOCK));
	succeeds(part.io->read(part.io, id, N_PART - 1, BLOCK, buffer));
	check(holds(buffer, (FIRST + N_PART - 1) * BLOCK, BLOCK));
	succeeds(whole.io->read(whole.io, id, N_BLOCKS - 1, BLOCK, buffer));
	succeeds(whole.io->read(whole.io, id, 3, 0, buffer));
	succeeds(whole.io->reset(whole.io, false));
	succeeds(whole.io->flush(whole.io));
}

/* What is wrong is said, and the buffer stays as it is. */
static void test_wrong(void)
{
	const uint32_t id = whole.io->media->media_id;

	memset(buffer, 0xee, sizeof(buffer));
	is(whole.io->read(whole.io, id + 1, 0, BLOCK, buffer), EFI_MEDIA_CHANGED);
	is(whole.io->read(whole.io, id, 0, BLOCK - 1, buffer), EFI_BAD_BUFFER_SIZE);
	is(whole.io->read(whole.io, id, N_BLOCKS, BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(whole.io->read(whole.io, id, N_BLOCKS - 1, 2 * BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(whole.io->read(whole.io, id, UINT64_MAX, BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(whole.io->read(whole.io, id, UINT64_MAX / BLOCK + 1, BLOCK, buffer),
	   EFI_INVALID_PARAMETER);
	is(whole.io->read(whole.io, id, 0, 0 - (uint64_t)BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(whole.io->read(whole.io, id, 0, BLOCK, NULL), EFI_INVALID_PARAMETER);
	is(part.io->read(part.io, id, N_PART, BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(part.io->read(part.io, id, N_PART - 1, 2 * BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(part.disk->read(part.disk, id + 1, 0, 1, buffer), EFI_MEDIA_CHANGED);
	is(part.disk->read(part.disk, id, N_PART * BLOCK - 1, 2, buffer), EFI_INVALID_PARAMETER);
	is(part.disk->read(part.disk, id, UINT64_MAX, 2, buffer), EFI_INVALID_PARAMETER);
	is(part.disk->read(part.disk, id, 0, 1, NULL), EFI_INVALID_PARAMETER);
	check(buffer[0] == 0xee && buffer[BLOCK] == 0xee);
}

static void test_bytes(void)
{
	const uint32_t id = part.io->media->media_id;

	memset(buffer, 0xee, sizeof(buffer));
	succeeds(part.disk->read(part.disk, id, 3 * BLOCK - 5, BLOCK + 9, buffer));
	check(holds(buffer, (FIRST + 3) * BLOCK - 5, BLOCK + 9) && buffer[BLOCK + 9] == 0xee);
	succeeds(part.disk->read(part.disk, id, N_PART * BLOCK - 1, 1, buffer));
	check(holds(buffer, (FIRST + N_PART) * BLOCK - 1, 1));
	succeeds(part.disk->read(part.disk, id, 0, 0, buffer));
}

static void test_tokens(void)
{
	const uint32_t id = part.io->media->media_id;
	struct block_token token = { NULL, 0x77 };

	memset(buffer, 0xee, sizeof(buffer));
	succeeds(part.io2->read(part.io2, id, 1, NULL, BLOCK, buffer));
	check(holds(buffer, (FIRST + 1) * BLOCK, BLOCK));
	succeeds(part.io2->read(part.io2, id, 2, &token, BLOCK, buffer));
	check(holds(buffer, (FIRST + 2) * BLOCK, BLOCK) && token.status == 0x77);
	succeeds(bs->create_event(0, 0, NULL, NULL, &token.event));
	succeeds(part.io2->read(part.io2, id, 3, &token, BLOCK, buffer));
	check(token.status == EFI_SUCCESS && holds(buffer, (FIRST + 3) * BLOCK, BLOCK));
	succeeds(bs->check_event(token.event));
	token.status = 0x77;
	is(part.io2->read(part.io2, id + 1, 3, &token, BLOCK, buffer), EFI_MEDIA_CHANGED);
	is(part.io2->read(part.io2, id, 3, &token, BLOCK + 1, buffer), EFI_BAD_BUFFER_SIZE);
	is(part.io2->read(part.io2, id, N_PART, &token, BLOCK, buffer), EFI_INVALID_PARAMETER);
	check(token.status == 0x77);
	is(bs->check_event(token.event), EFI_NOT_READY);
	succeeds(part.io2->flush(part.io2, &token));
	check(token.status == EFI_SUCCESS);
	succeeds(bs->check_event(token.event));
	succeeds(bs->close_event(token.event));
	memset(buffer, 0xee, sizeof(buffer));
	is(part.io2->read(part.io2, id, 3, &token, BLOCK, buffer), EFI_INVALID_PARAMETER);
	check_text(buffer[0] == 0xee, "an event that is none: nothing is read");
	succeeds(part.io2->reset(part.io2, false));
}

static void test_read_only(void)
{
	const uint32_t id = part.io->media->media_id;

	is(part.io->write(part.io, id, 0, BLOCK, buffer), EFI_WRITE_PROTECTED);
	is(whole.io->write(whole.io, id, 0, BLOCK, buffer), EFI_WRITE_PROTECTED);
	is(part.io2->write(part.io2, id, 0, NULL, BLOCK, buffer), EFI_WRITE_PROTECTED);
	is(part.disk->write(part.disk, id, 0, 1, buffer), EFI_WRITE_PROTECTED);
}

/* Into the partition's blocks 10 and 11, a few bytes of 12, and nowhere else. */
static void test_write(void)
{
	const uint32_t id = part.io->media->media_id;

	memset(buffer, 0xa5, sizeof(buffer));
	is(part.io->write(part.io, id + 1, 10, BLOCK, buffer), EFI_MEDIA_CHANGED);
	is(part.io->write(part.io, id, N_PART, BLOCK, buffer), EFI_INVALID_PARAMETER);
	is(part.io->write(part.io, id, 10, BLOCK + 1, buffer), EFI_BAD_BUFFER_SIZE);
	is(part.io->write(part.io, id, 10, BLOCK, NULL), EFI_INVALID_PARAMETER);
	succeeds(part.io->write(part.io, id, 10, BLOCK, buffer));
	succeeds(part.io2->write(part.io2, id, 11, NULL, BLOCK, buffer));
	succeeds(part.disk->write(part.disk, id, 12 * BLOCK + 3, 4, buffer));
	is(part.disk->write(part.disk, id, N_PART * BLOCK - 1, 2, buffer), EFI_INVALID_PARAMETER);
	succeeds(whole.disk->read(whole.disk, id, (FIRST + 12) * BLOCK, 16, buffer));
	check(holds(buffer, (FIRST + 12) * BLOCK, 3) && buffer[3] == 0xa5 && buffer[6] == 0xa5 &&
	      holds(buffer + 7, (FIRST + 12) * BLOCK + 7, 9));
	succeeds(whole.io->read(whole.io, id, FIRST + 9, 3 * BLOCK, buffer));
	check(holds(buffer, (FIRST + 9) * BLOCK, BLOCK) && buffer[BLOCK] == 0xa5 &&
	      buffer[3 * BLOCK - 1] == 0xa5);
	succeeds(part.io->flush(part.io));
}

efi_status_t payload(void)
{
	writable = option_is("rw");
	find();
	test_media();
	test_read();
	test_wrong();
	test_bytes();
	test_tokens();
	if (writable)
		test_write();
	else
		test_read_only();
	return tap_done();
}
