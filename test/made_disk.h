/* SPDX-License-Identifier: MIT */
#pragma once
/* Disks with partition tables (UEFI 2.10, 5.2 and 5.3), written byte by byte into memory. */
#include <stdint.h>
#include <string.h>

enum { MADE_ENTRIES = 128, MADE_ENTRY_BYTES = 128, MADE_HEADER_BYTES = 92 };

/* The first bytes of an EFI system partition's type, and another's, as they lie on a disk. */
static const uint8_t made_esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
static const uint8_t made_linux[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
					0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };

struct made_disk {
	uint8_t *p;
	uint64_t n_blocks;
	uint32_t block; /* bytes */
};

static inline uint32_t made_crc32(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;

	for (; n; n--, p++) {
		crc ^= *p;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static inline void made_put(uint8_t *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* Entry i of the MBR in a block. */
static inline void made_mbr(const struct made_disk *d, uint64_t block, unsigned i, uint8_t type,
			    uint32_t start, uint32_t n)
{
	uint8_t *at = d->p + block * d->block, *entry = at + 446 + 16 * i;

	entry[4] = type;
	made_put(entry + 8, start, 4);
	made_put(entry + 12, n, 4);
	made_put(at + 510, 0xaa55, 2);
}

static inline uint64_t made_table_blocks(const struct made_disk *d)
{
	return MADE_ENTRIES * MADE_ENTRY_BYTES / d->block;
}

static inline void made_gpt_entry(const struct made_disk *d, unsigned number,
				  const uint8_t type[16], const uint8_t id[16], uint64_t first,
				  uint64_t last)
{
	uint8_t *at = d->p + 2 * (uint64_t)d->block + (number - 1) * MADE_ENTRY_BYTES;

	memcpy(at, type, 16);
	memcpy(at + 16, id, 16);
	made_put(at + 32, first, 8);
	made_put(at + 40, last, 8);
}

static inline void made_gpt_header(const struct made_disk *d, uint64_t at, uint64_t other,
				   uint64_t table)
{
	const uint64_t reserved = made_table_blocks(d) + 2;
	uint8_t *h = d->p + at * d->block;

	memcpy(h, "EFI PART", 8);
	made_put(h + 8, 0x10000, 4);
	made_put(h + 12, MADE_HEADER_BYTES, 4);
	made_put(h + 24, at, 8);
	made_put(h + 32, other, 8);
	made_put(h + 40, reserved, 8);
	made_put(h + 48, d->n_blocks - reserved, 8);
	made_put(h + 72, table, 8);
	made_put(h + 80, MADE_ENTRIES, 4);
	made_put(h + 84, MADE_ENTRY_BYTES, 4);
	made_put(h + 88, made_crc32(d->p + table * d->block, MADE_ENTRIES * MADE_ENTRY_BYTES), 4);
	made_put(h + 16, 0, 4);
	made_put(h + 16, made_crc32(h, MADE_HEADER_BYTES), 4);
}

/* What protects the table, its headers, and the copy at the end: behind the entries. */
static inline void made_gpt_seal(const struct made_disk *d)
{
	const uint64_t last = d->n_blocks - 1, copy = last - made_table_blocks(d);

	made_mbr(d, 0, 0, 0xee, 1, (uint32_t)last);
	memmove(d->p + copy * d->block, d->p + 2 * (uint64_t)d->block,
		MADE_ENTRIES * MADE_ENTRY_BYTES);
	made_gpt_header(d, 1, last, 2);
	made_gpt_header(d, last, 1, copy);
}
