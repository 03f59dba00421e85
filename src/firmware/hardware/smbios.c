// SPDX-License-Identifier: MIT
/*
 * EFI_SMBIOS_PROTOCOL (UEFI PI 1.8, volume 5, 6.1): the records of the machine's table, where they
 * lie. Nobody adds to them or changes them.
 */
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/hardware/hardware.h"

#include <string.h>

enum {
	SLOT_VERSION = 4, /* MajorVersion and MinorVersion, a byte each */
	TYPE = 0,	  /* in a record (SMBIOS 3.7, 6.1.2) */
	LENGTH = 1,
	HANDLE = 2,
	HEADER_BYTES = 4,
	END_OF_TABLE = 127,
	NO_HANDLE = 0xfffe, /* the first record is asked for */
};

struct record {
	uint64_t at, end; /* in the table; its strings are part of it */
	uint8_t type;
	uint16_t handle;
};

/* The record at an offset; false when there is none that is whole, or it is the end's. */
static bool record_at(struct bytes table, uint64_t at, struct record *ret)
{
	struct record r = { .at = at };
	uint8_t length;

	if (!bytes_u8(table, at + TYPE, &r.type) || r.type == END_OF_TABLE ||
	    !bytes_u8(table, at + LENGTH, &length) || length < HEADER_BYTES ||
	    !bytes_le16(table, at + HANDLE, &r.handle))
		return false;
	/* its strings end with an empty one, and without any there are two zeros all the same */
	for (r.end = at + length + 2; r.end <= table.n; r.end++)
		if (!table.p[r.end - 2] && !table.p[r.end - 1]) {
			*ret = r;
			return true;
		}
	return false;
}

/*
 * The first record of that type (any: NULL) behind the one with that handle. Handles are to be
 * different: where firmware gives one twice, the last of them counts, so that who goes on from each
 * answer comes to an end.
 */
static bool find_next(struct bytes table, uint16_t handle, const uint8_t *type, struct record *ret)
{
	bool found = false, behind = handle == NO_HANDLE;
	struct record r = { 0 };

	while (record_at(table, r.end, &r)) {
		if (handle != NO_HANDLE && r.handle == handle) {
			behind = true;
			found = false;
		} else if (behind && !found && (!type || r.type == *type)) {
			*ret = r;
			found = true;
		}
	}
	return found;
}

static efi_status_t get_next(struct call *c)
{
	const struct firmware_smbios *smbios = &c->fw->config.smbios_records;
	const struct bytes table = { guest_read(c->fw, smbios->start, smbios->n_bytes),
				     smbios->n_bytes };
	struct record r = { .handle = NO_HANDLE };
	uint16_t handle;
	uint8_t type;
	bool found;

	if (!guest_get(c->fw, c->arg[1], &handle, sizeof(handle)) ||
	    (c->arg[2] && !guest_get(c->fw, c->arg[2], &type, sizeof(type))) ||
	    !guest_write(c->fw, c->arg[3], sizeof(uint64_t)) ||
	    (c->arg[4] && !guest_write(c->fw, c->arg[4], sizeof(uint64_t))))
		return EFI_INVALID_PARAMETER;
	found = table.p && find_next(table, handle, c->arg[2] ? &type : NULL, &r);
	if (!guest_put(c->fw, c->arg[1], &r.handle, sizeof(r.handle)))
		return EFI_INVALID_PARAMETER;
	if (!found)
		return EFI_NOT_FOUND;
	guest_put_u64(c->fw, c->arg[3], smbios->start + r.at);
	if (c->arg[4])
		guest_put_u64(c->fw, c->arg[4], 0); /* whose it is, nobody knows */
	return EFI_SUCCESS;
}

#define SETTLED "The machine's records are what its firmware says."

static const struct service services[] = {
	{ "Add", 0, NULL, { ARG_THIS, ARG_HANDLE, ARG_ADDR, ARG_ADDR }, SETTLED },
	{ "UpdateString", 1, NULL, { ARG_THIS, ARG_ADDR, ARG_ADDR, ARG_ADDR }, SETTLED },
	{ "Remove", 2, NULL, { ARG_THIS, ARG_U16 }, SETTLED },
	{ "GetNext",
	  3,
	  get_next,
	  { ARG_THIS, ARG_ADDR, ARG_ADDR, ARG_OUT, ARG_OUT_HANDLE },
	  "Where the machine has SMBIOS, and it can be read. Linux' stub asks for the machine's "
	  "name." },
};

static const struct service_group group_smbios = {
	.name = "EFI_SMBIOS_PROTOCOL",
	.section = "PI 1.8, volume 5, 6.1",
	.guid = &guid_smbios_protocol,
	.n_slots = SLOT_VERSION + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int smbios_open(struct firmware *fw, struct why *why)
{
	const struct firmware_smbios *smbios = &fw->config.smbios_records;
	efi_handle_t handle = 0;
	efi_addr_t interface;
	int r;

	if (!smbios->n_bytes || !guest_read(fw, smbios->start, smbios->n_bytes))
		return 0;
	r = protocol_offer(fw, &handle, &group_smbios, NULL, why);
	if (r < 0)
		return r;
	interface = protocol_find(fw, handle, &guid_smbios_protocol)->interface;
	guest_put_u64(fw, interface + 8 * SLOT_VERSION, smbios->major | smbios->minor << 8);
	return 0;
}

const struct part part_smbios = { .groups = { &group_smbios }, .open = smbios_open };
