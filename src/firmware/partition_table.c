// SPDX-License-Identifier: MIT
/*
 * An own reader and not libblkid's: the firmware's view has to be the one that
 * GRUB and systemd-boot find when they take the same blocks apart themselves,
 * it works on what a callback gives, and it brings no library into an initrd.
 */
#include "firmware/partition_table.h"
#include "base/bytes.h"
#include "firmware/crc32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	GPT_HEADER_BYTES = 92,
	GPT_MIN_ENTRY_BYTES = 128,
	GPT_MAX_ENTRIES_BYTES = 1 << 20, /* Linux reads no more either */
	MBR_TABLE = 446,
	MBR_ENTRY_BYTES = 16,
	MBR_MAX_LOGICAL = 128, /* a chain of them may be a circle */
	MBR_TYPE_GPT = 0xee,
	MBR_TYPE_ESP = 0xef,
	MAX_BLOCK_BYTES = 64 << 10,
};

static const struct efi_guid guid_esp =
	EFI_GUID(0xc12a7328, 0xf81f, 0x11d2, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b);

static int read_block(const struct partition_reader *disk, uint64_t block, uint8_t *buf)
{
	if (block >= disk->n_blocks)
		return -ENXIO;
	return disk->read(disk->context, block * disk->block_bytes, buf, disk->block_bytes);
}

static int add(struct partition_table *table, const struct partition *p)
{
	struct partition *grown;

	if ((table->n & (table->n - 1)) == 0) { /* full at each power of two */
		grown = realloc(table->partition, (table->n ? 2 * table->n : 1) * sizeof(*p));
		if (!grown)
			return -ENOMEM;
		table->partition = grown;
	}
	table->partition[table->n++] = *p;
	return 0;
}

struct gpt {
	uint64_t entries_block, first_usable, last_usable;
	uint32_t n_entries, entry_bytes, entries_crc;
};

/* 5.3.2: a header is one when its checksum is right, and it says where it lies. */
static bool gpt_header(struct bytes block, uint64_t at, struct gpt *ret_gpt)
{
	uint32_t n_bytes, crc;
	struct gpt g;
	uint8_t *copy;
	uint64_t my;
	bool ok;

	if (block.n < GPT_HEADER_BYTES || memcmp(block.p, "EFI PART", 8) ||
	    !bytes_le32(block, 12, &n_bytes) || n_bytes < GPT_HEADER_BYTES || n_bytes > block.n)
		return false;
	bytes_le32(block, 16, &crc);
	bytes_le64(block, 24, &my);
	bytes_le64(block, 40, &g.first_usable);
	bytes_le64(block, 48, &g.last_usable);
	bytes_le64(block, 72, &g.entries_block);
	bytes_le32(block, 80, &g.n_entries);
	bytes_le32(block, 84, &g.entry_bytes);
	bytes_le32(block, 88, &g.entries_crc);
	copy = malloc(n_bytes);
	if (!copy)
		return false;
	memcpy(copy, block.p, n_bytes);
	memset(copy + 16, 0, 4);
	ok = crc32_of(copy, n_bytes) == crc && my == at;
	free(copy);
	if (!ok || g.entry_bytes < GPT_MIN_ENTRY_BYTES || g.entry_bytes % 8 || g.n_entries == 0 ||
	    (uint64_t)g.n_entries * g.entry_bytes > GPT_MAX_ENTRIES_BYTES)
		return false;
	*ret_gpt = g;
	return true;
}

static int gpt_entry(struct bytes entry, const struct gpt *g, uint32_t number,
		     struct partition_table *table)
{
	static const struct efi_guid unused;
	struct partition p = { .number = number };
	struct efi_guid type;
	uint64_t last;

	memcpy(&type, entry.p, sizeof(type));
	memcpy(&p.id, entry.p + 16, sizeof(p.id));
	bytes_le64(entry, 32, &p.start);
	bytes_le64(entry, 40, &last);
	if (!memcmp(&type, &unused, sizeof(type)) || last < p.start || p.start < g->first_usable ||
	    last > g->last_usable)
		return 0;
	p.n_blocks = last - p.start + 1;
	p.is_esp = !memcmp(&type, &guid_esp, sizeof(type));
	return add(table, &p);
}

/* 1 when the header in this block leads to a table, 0 when not. */
static int gpt_read(const struct partition_reader *disk, uint64_t at, uint8_t *block,
		    struct partition_table *table)
{
	uint64_t n_bytes, n_blocks;
	uint8_t *entries;
	struct gpt g;
	int r;

	r = read_block(disk, at, block);
	if (r < 0)
		return r == -ENXIO ? 0 : r;
	if (!gpt_header((struct bytes){ block, disk->block_bytes }, at, &g) ||
	    g.last_usable >= disk->n_blocks)
		return 0;
	n_bytes = (uint64_t)g.n_entries * g.entry_bytes;
	n_blocks = (n_bytes + disk->block_bytes - 1) / disk->block_bytes;
	if (n_blocks > disk->n_blocks || g.entries_block > disk->n_blocks - n_blocks)
		return 0;
	entries = malloc(n_bytes);
	if (!entries)
		return -ENOMEM;
	r = disk->read(disk->context, g.entries_block * disk->block_bytes, entries, n_bytes);
	if (r == 0 && crc32_of(entries, n_bytes) == g.entries_crc) {
		for (uint32_t i = 0; i < g.n_entries && r == 0; i++)
			r = gpt_entry((struct bytes){ entries + (size_t)i * g.entry_bytes,
						      g.entry_bytes },
				      &g, i + 1, table);
		table->scheme = PARTITION_SCHEME_GPT;
		r = r < 0 ? r : 1;
	}
	free(entries);
	return r;
}

struct mbr_entry {
	uint8_t type;
	uint32_t start, n_blocks;
};

static bool mbr_entry(struct bytes block, unsigned i, struct mbr_entry *ret)
{
	const uint64_t at = MBR_TABLE + (uint64_t)i * MBR_ENTRY_BYTES;

	return bytes_u8(block, at + 4, &ret->type) && bytes_le32(block, at + 8, &ret->start) &&
	       bytes_le32(block, at + 12, &ret->n_blocks) && ret->type && ret->n_blocks;
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool is_mbr(struct bytes block)
{
	uint16_t magic;

	return bytes_le16(block, 510, &magic) && magic == 0xaa55;
}

/* One partition, if all of it is on the disk. */
static int mbr_add(const struct partition_reader *disk, struct partition_table *table,
		   const struct mbr_entry *e, uint64_t base, uint32_t number, uint32_t signature)
{
	struct partition p = {
		.number = number,
		.start = base + e->start,
		.n_blocks = e->n_blocks,
		.id = { .a = signature },
		.is_esp = e->type == MBR_TYPE_ESP,
	};

	if (p.start >= disk->n_blocks || p.n_blocks > disk->n_blocks - p.start)
		return 0;
	return add(table, &p);
}

/* A chain of tables, each with one partition and the place of the next table. */
static int mbr_logical(const struct partition_reader *disk, uint64_t extended, uint8_t *buf,
		       struct partition_table *table, uint32_t signature)
{
	const struct bytes block = { buf, disk->block_bytes };
	uint64_t at = extended;
	struct mbr_entry e;
	uint32_t number = 5;
	int r = 0;

	for (unsigned links = 0; at && links < MBR_MAX_LOGICAL && r == 0; links++) {
		uint64_t next = 0;

		r = read_block(disk, at, buf);
		if (r < 0 || !is_mbr(block))
			return r == -ENXIO ? 0 : r;
		for (unsigned i = 0; i < 4 && r == 0; i++) {
			if (!mbr_entry(block, i, &e))
				continue;
			if (!is_extended(e.type))
				r = mbr_add(disk, table, &e, at, number++, signature);
			else if (!next)
				next = extended + e.start;
		}
		at = next;
	}
	return r;
}

/* The first block is in buf. */
static int mbr_read(const struct partition_reader *disk, uint8_t *buf,
		    struct partition_table *table)
{
	const struct bytes block = { buf, disk->block_bytes };
	uint32_t signature, extended = 0;
	struct mbr_entry e;
	int r = 0;

	if (!is_mbr(block))
		return 0;
	for (unsigned i = 0; i < 4; i++) /* a file system's first block ends so too */
		if (block.p[MBR_TABLE + i * MBR_ENTRY_BYTES] & 0x7f)
			return 0;
	bytes_le32(block, 440, &signature);
	for (unsigned i = 0; i < 4 && r == 0; i++) {
		if (!mbr_entry(block, i, &e) || e.type == MBR_TYPE_GPT)
			continue;
		if (is_extended(e.type))
			extended = e.start;
		else
			r = mbr_add(disk, table, &e, 0, i + 1, signature);
	}
	if (r == 0 && extended)
		r = mbr_logical(disk, extended, buf, table, signature);
	if (table->n)
		table->scheme = PARTITION_SCHEME_MBR;
	return r;
}

/* A GPT left over from earlier has no MBR any more that protects it (5.2.3). */
static bool protects_gpt(struct bytes block)
{
	struct mbr_entry e;

	for (unsigned i = 0; is_mbr(block) && i < 4; i++)
		if (mbr_entry(block, i, &e) && e.type == MBR_TYPE_GPT)
			return true;
	return false;
}

static int read_either(const struct partition_reader *disk, uint8_t *buf,
		       struct partition_table *table)
{
	int r = read_block(disk, 0, buf);

	if (r < 0)
		return r == -ENXIO ? 0 : r;
	if (!protects_gpt((struct bytes){ buf, disk->block_bytes }))
		return mbr_read(disk, buf, table);
	r = gpt_read(disk, 1, buf, table);
	if (r == 0) /* its copy lies at the end */
		r = gpt_read(disk, disk->n_blocks - 1, buf, table);
	return r < 0 ? r : 0;
}

int partition_table_read(const struct partition_reader *disk, struct partition_table *ret_table,
			 struct why *why)
{
	struct partition_table table = { 0 };
	uint8_t *block;
	int r;

	if (disk->block_bytes < 512 || disk->block_bytes > MAX_BLOCK_BYTES ||
	    (disk->block_bytes & (disk->block_bytes - 1)))
		return why_set(why, -EINVAL, "has blocks of %ju bytes",
			       (uintmax_t)disk->block_bytes);
	block = malloc(disk->block_bytes);
	if (!block)
		return why_errno(why, -ENOMEM, "partition table");
	r = read_either(disk, block, &table);
	free(block);
	if (r < 0) {
		partition_table_free(&table);
		return why_errno(why, r, "its partition table cannot be read");
	}
	*ret_table = table;
	return 0;
}

void partition_table_free(struct partition_table *table)
{
	free(table->partition);
	*table = (struct partition_table){ 0 };
}
