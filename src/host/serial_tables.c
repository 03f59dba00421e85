// SPDX-License-Identifier: MIT
/*
 * Serial Port Console Redirection Table and Debug Port Table 2, as Microsoft documents them; what
 * lies where is told by a Generic Address Structure (ACPI 6.5, 5.2.3.2).
 */
#include "host/serial_tables.h"
#include "base/bytes.h"
#include "host/file.h"

#define TABLES "/sys/firmware/acpi/tables/"

enum {
	SPCR_INTERFACE = 36,
	SPCR_ADDRESS = 40,
	DBG2_OFFSET = 36, /* of the first device */
	DBG2_COUNT = 40,
	DEVICE_LENGTH = 1,
	DEVICE_TYPE = 12,
	DEVICE_SUBTYPE = 14,
	DEVICE_ADDRESS = 18, /* where its addresses begin */
	TYPE_SERIAL = 0x8000,
	GAS_SPACE = 0,
	GAS_ADDRESS = 4,
	SPACE_IO = 1,
	MOST_DEVICES = 64,
};

/* 16550, a subset of it, or one that is told by its address alone. */
static bool is_16550(unsigned kind)
{
	return kind == 0 || kind == 1 || kind == 0x12;
}

static uint16_t port_of(struct bytes table, uint64_t gas)
{
	uint64_t address;
	uint8_t space;

	if (!bytes_u8(table, gas + GAS_SPACE, &space) || space != SPACE_IO ||
	    !bytes_le64(table, gas + GAS_ADDRESS, &address) || address > UINT16_MAX - 7)
		return 0;
	return (uint16_t)address;
}

static uint16_t spcr(struct bytes table)
{
	uint8_t kind;

	return bytes_u8(table, SPCR_INTERFACE, &kind) && is_16550(kind)
		       ? port_of(table, SPCR_ADDRESS)
		       : 0;
}

static uint16_t device(struct bytes table, uint64_t at)
{
	uint16_t type, subtype, address;

	return bytes_le16(table, at + DEVICE_TYPE, &type) && type == TYPE_SERIAL &&
			       bytes_le16(table, at + DEVICE_SUBTYPE, &subtype) &&
			       is_16550(subtype) && bytes_le16(table, at + DEVICE_ADDRESS, &address)
		       ? port_of(table, at + address)
		       : 0;
}

static uint16_t dbg2(struct bytes table)
{
	uint32_t offset, count;
	uint16_t length, port = 0;

	if (!bytes_le32(table, DBG2_OFFSET, &offset) || !bytes_le32(table, DBG2_COUNT, &count))
		return 0;
	for (uint64_t at = offset, i = 0; i < min_u64(count, MOST_DEVICES) && !port; i++) {
		port = device(table, at);
		if (!bytes_le16(table, at + DEVICE_LENGTH, &length) || !length)
			break;
		at += length;
	}
	return port;
}

uint16_t serial_tables_port(const char *root)
{
	static const struct {
		const char *path;
		uint16_t (*port)(struct bytes table);
	} rows[] = { { TABLES "SPCR", spcr }, { TABLES "DBG2", dbg2 } };
	uint16_t port = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(rows) && !port; i++) {
		scoped_host_file file = { NULL, 0 };

		if (host_file_read(root, rows[i].path, &file) == 0)
			port = rows[i].port(
				(struct bytes){ (const uint8_t *)file.text, file.n_bytes });
	}
	return port;
}
