// SPDX-License-Identifier: MIT
#include "host/gpt.h"

#include <errno.h>
#include <string.h>

enum {
	HEADER_BYTES_MIN = 92,
	HEADER_BYTES = 12,
	HEADER_CRC = 16,
	HEADER_TABLE_LBA = 72,
	HEADER_N_ENTRIES = 80,
	HEADER_ENTRY_BYTES = 84,
	HEADER_TABLE_CRC = 88,
	ENTRY_GUID = 16,
	ENTRY_FIRST = 32,
	ENTRY_LAST = 40,
	ENTRY_BYTES_MIN = 128,
};

/* CRC-32 as everywhere (ISO 3309), continued from crc. */
static uint32_t crc32_more(uint32_t crc, struct bytes b)
{
	crc = ~crc;
	for (size_t i = 0; i < b.n; i++) {
		crc ^= b.p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* Over the header with its own checksum taken for 0. */
static bool header_is_whole(struct bytes header)
{
	static const uint8_t zero[4];
	struct bytes before, behind;
	uint32_t want, crc;

	if (!bytes_le32(header, HEADER_CRC, &want) || !bytes_sub(header, 0, HEADER_CRC, &before) ||
	    !bytes_sub(header, HEADER_CRC + 4, header.n - HEADER_CRC - 4, &behind))
		return false;
	crc = crc32_more(0, before);
	crc = crc32_more(crc, (struct bytes){ zero, sizeof(zero) });
	return crc32_more(crc, behind) == want;
}

/* The header, of the length that it gives itself. */
static int find_header(struct bytes disk, uint32_t block_bytes, struct bytes *ret_header)
{
	struct bytes header, whole;
	uint32_t n;

	if (!bytes_sub(disk, block_bytes, block_bytes, &header) || header.n < HEADER_BYTES_MIN ||
	    memcmp(header.p, "EFI PART", 8))
		return -ENODATA;
	if (!bytes_le32(header, HEADER_BYTES, &n) || n < HEADER_BYTES_MIN ||
	    !bytes_sub(header, 0, n, &whole))
		return -EBADMSG;
	if (!header_is_whole(whole))
		return -EBADMSG;
	*ret_header = whole;
	return 0;
}

static int find_table(struct bytes disk, uint32_t block_bytes, struct bytes header,
		      struct bytes *ret_table, uint32_t *ret_entry_bytes)
{
	uint32_t n = 0, entry_bytes = 0, crc = 0;
	struct bytes table;
	uint64_t lba = 0;

	if (!bytes_le64(header, HEADER_TABLE_LBA, &lba) ||
	    !bytes_le32(header, HEADER_N_ENTRIES, &n) ||
	    !bytes_le32(header, HEADER_ENTRY_BYTES, &entry_bytes) ||
	    !bytes_le32(header, HEADER_TABLE_CRC, &crc) || entry_bytes < ENTRY_BYTES_MIN)
		return -EBADMSG;
	if (lba > UINT64_MAX / block_bytes ||
	    !bytes_sub(disk, lba * block_bytes, (uint64_t)n * entry_bytes, &table))
		return -ERANGE;
	if (crc32_more(0, table) != crc)
		return -EBADMSG;
	*ret_table = table;
	*ret_entry_bytes = entry_bytes;
	return 0;
}

int gpt_find(struct bytes disk, uint32_t block_bytes, uint32_t number,
	     struct gpt_partition *ret_partition)
{
	struct bytes header, table, entry, guid;
	struct gpt_partition p = { 0 };
	uint32_t entry_bytes;
	int r;

	r = find_header(disk, block_bytes, &header);
	if (r == 0)
		r = find_table(disk, block_bytes, header, &table, &entry_bytes);
	if (r < 0)
		return r;
	if (number == 0 ||
	    !bytes_sub(table, (uint64_t)(number - 1) * entry_bytes, entry_bytes, &entry) ||
	    !bytes_sub(entry, ENTRY_GUID, sizeof(p.guid), &guid) ||
	    !bytes_le64(entry, ENTRY_FIRST, &p.first) || !bytes_le64(entry, ENTRY_LAST, &p.last) ||
	    p.first == 0 || p.last < p.first)
		return -ENODATA;
	memcpy(p.guid, guid.p, sizeof(p.guid));
	*ret_partition = p;
	return 0;
}
