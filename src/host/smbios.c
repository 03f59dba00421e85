// SPDX-License-Identifier: MIT
#include "host/smbios.h"
#include "base/bytes.h"
#include "base/util.h"

#include <errno.h>
#include <string.h>

enum {
	SM3_LENGTH = 6,
	SM3_MAJOR = 7,
	SM3_MINOR = 8,
	SM3_TABLE_BYTES = 12,
	SM3_TABLE = 16,
	SM3_BYTES = 24,
};

enum {
	SM_LENGTH = 5,
	SM_MAJOR = 6,
	SM_MINOR = 7,
	SM_DMI = 16, /* a second entry point inside, with its own checksum */
	SM_TABLE_BYTES = 22,
	SM_TABLE = 24,
	SM_BYTES = 31,
	SM_DMI_BYTES = SM_BYTES - SM_DMI,
	SM_ODD_BYTES = 30, /* what version 2.1 said by mistake, and firmware repeats */
};

enum { MAX_TABLE_BYTES = 4 << 20 };

static bool parse_3(struct bytes b, struct smbios_entry *ret_entry)
{
	struct smbios_entry e = { .is_64 = true };
	struct bytes whole;

	if (!bytes_u8(b, SM3_LENGTH, &e.n_bytes) || e.n_bytes < SM3_BYTES ||
	    !bytes_sub(b, 0, e.n_bytes, &whole) || bytes_sum(whole))
		return false;
	(void)bytes_le32(whole, SM3_TABLE_BYTES, &e.table_bytes);
	(void)bytes_le64(whole, SM3_TABLE, &e.table);
	(void)bytes_u8(whole, SM3_MAJOR, &e.major);
	(void)bytes_u8(whole, SM3_MINOR, &e.minor);
	*ret_entry = e;
	return true;
}

static bool parse_2(struct bytes b, struct smbios_entry *ret_entry)
{
	struct smbios_entry e = { .is_64 = false };
	uint16_t table_bytes = 0;
	uint32_t table = 0;
	struct bytes whole, dmi;

	if (!bytes_u8(b, SM_LENGTH, &e.n_bytes))
		return false;
	if (e.n_bytes == SM_ODD_BYTES)
		e.n_bytes = SM_BYTES;
	if (!bytes_sub(b, 0, e.n_bytes, &whole) || bytes_sum(whole) ||
	    !bytes_sub(whole, SM_DMI, SM_DMI_BYTES, &dmi) || memcmp(dmi.p, "_DMI_", 5) != 0)
		return false;
	(void)bytes_le16(whole, SM_TABLE_BYTES, &table_bytes);
	(void)bytes_le32(whole, SM_TABLE, &table);
	(void)bytes_u8(whole, SM_MAJOR, &e.major);
	(void)bytes_u8(whole, SM_MINOR, &e.minor);
	e.table_bytes = table_bytes;
	e.table = table;
	*ret_entry = e;
	return true;
}

bool smbios_entry_parse(struct bytes b, struct smbios_entry *ret_entry)
{
	if (b.n >= SM3_BYTES && memcmp(b.p, "_SM3_", 5) == 0)
		return parse_3(b, ret_entry);
	if (b.n >= SM_BYTES && memcmp(b.p, "_SM_", 4) == 0)
		return parse_2(b, ret_entry);
	return false;
}

/* Entry points are at most 255 bytes; what follows one in memory does no harm. */
static bool read_entry(const struct phys *phys, uint64_t addr, uint8_t p[static UINT8_MAX],
		       struct smbios_entry *ret_entry)
{
	uint8_t n;

	if (!phys->read(phys->context, addr, p, SM3_BYTES))
		return false;
	n = memcmp(p, "_SM3_", 5) == 0 ? p[SM3_LENGTH] : p[SM_LENGTH];
	if (n == SM_ODD_BYTES)
		n = SM_BYTES;
	if (n < SM3_BYTES || !phys->read(phys->context, addr, p, n))
		return false;
	return smbios_entry_parse((struct bytes){ p, n }, ret_entry);
}

bool smbios_entry_check(const struct phys *phys, uint64_t addr, struct smbios_entry *ret_entry)
{
	uint8_t p[UINT8_MAX];

	return read_entry(phys, addr, p, ret_entry);
}

int smbios_collect(const struct phys *phys, uint64_t addr, struct copies *c)
{
	uint8_t p[UINT8_MAX];
	struct smbios_entry e;
	int r;

	if (!read_entry(phys, addr, p, &e))
		return 0;
	r = copies_add_bytes(c, addr, (struct bytes){ p, e.n_bytes });
	if (r == -ENOMEM)
		return r;
	if (e.table == 0 || e.table_bytes > MAX_TABLE_BYTES)
		return 0;
	r = copies_add(c, phys, e.table, e.table_bytes, NULL);
	return r == -ENOMEM ? r : 0;
}

bool smbios_records_find(const struct copies *c, uint64_t addr, struct smbios_records *ret_records)
{
	const struct table_copy *entry = copies_find(c, addr, 0), *table;
	struct smbios_entry e;

	if (!entry || !smbios_entry_parse((struct bytes){ entry->data, entry->n_bytes }, &e))
		return false;
	table = copies_find(c, e.table, 0);
	if (!table)
		return false;
	*ret_records = (struct smbios_records){
		.start = e.table,
		.n_bytes = (uint32_t)min_u64(table->n_bytes, e.table_bytes),
		.major = e.major,
		.minor = e.minor,
	};
	return true;
}
