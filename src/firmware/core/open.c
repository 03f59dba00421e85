// SPDX-License-Identifier: MIT
/* Opening protocols, and who has which open (UEFI 2.10, 7.3). */
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/driver.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/missed.h"
#include "firmware/core/services.h"

#include <stdlib.h>

/* Which attributes need an agent and a controller, and which go together (7.3.9). */
static efi_status_t open_args(struct call *c, uint32_t attributes)
{
	const bool agent = handle_find(c->fw, c->arg[3]),
		   controller = handle_find(c->fw, c->arg[4]);

	switch (attributes) {
	case OPEN_BY_HANDLE_PROTOCOL:
	case OPEN_GET_PROTOCOL:
	case OPEN_TEST_PROTOCOL:
		return EFI_SUCCESS;
	case OPEN_BY_CHILD_CONTROLLER:
		return agent && controller && c->arg[4] != c->arg[0] ? EFI_SUCCESS
								     : EFI_INVALID_PARAMETER;
	case OPEN_BY_DRIVER:
	case OPEN_BY_DRIVER | OPEN_EXCLUSIVE:
		return agent && controller ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
	case OPEN_EXCLUSIVE:
		return agent ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
	default:
		return EFI_INVALID_PARAMETER;
	}
}

/* May it be opened so, next to those who have it open? Drivers are asked to go for EXCLUSIVE. */
static efi_status_t open_conflict(struct call *c, struct protocol **inout_p,
				  const struct efi_guid *guid, uint32_t attributes)
{
	struct handle *h;

	if (attributes & OPEN_BY_DRIVER && opening_find(*inout_p, c->arg[3], c->arg[4], attributes))
		return EFI_ALREADY_STARTED;
	if (attributes & (OPEN_BY_DRIVER | OPEN_EXCLUSIVE) && (*inout_p)->n_exclusive)
		return EFI_ACCESS_DENIED;
	if (attributes == OPEN_BY_DRIVER && (*inout_p)->n_by_driver)
		return EFI_ACCESS_DENIED;
	if (attributes & OPEN_EXCLUSIVE && (*inout_p)->n_by_driver) {
		if (driver_disconnect_all(c->fw, c->arg[0], guid) != EFI_SUCCESS)
			return EFI_ACCESS_DENIED;
		h = handle_find(c->fw, c->arg[0]);
		*inout_p = h ? handle_protocol(h, guid) : NULL;
		if (!*inout_p || (*inout_p)->n_by_driver)
			return EFI_ACCESS_DENIED;
	}
	return EFI_SUCCESS;
}

static efi_status_t open_protocol(struct call *c)
{
	const uint32_t attributes = (uint32_t)c->arg[5];
	struct handle *h = handle_find(c->fw, c->arg[0]);
	struct efi_guid guid;
	struct protocol *p;
	efi_status_t status;

	if (!h || !guest_get_guid(c->fw, c->arg[1], &guid) ||
	    (attributes != OPEN_TEST_PROTOCOL && !guest_write(c->fw, c->arg[2], 8)))
		return EFI_INVALID_PARAMETER;
	status = open_args(c, attributes);
	if (status != EFI_SUCCESS)
		return status;
	p = handle_protocol(h, &guid);
	if (!p) {
		if (attributes != OPEN_TEST_PROTOCOL)
			guest_put_u64(c->fw, c->arg[2], 0);
		missed_note(c->fw, c->arg[0], &guid);
		return EFI_UNSUPPORTED;
	}
	status = open_conflict(c, &p, &guid, attributes);
	if (status != EFI_SUCCESS && status != EFI_ALREADY_STARTED)
		return status;
	if (attributes != OPEN_TEST_PROTOCOL)
		guest_put_u64(c->fw, c->arg[2], p->interface);
	if (status == EFI_ALREADY_STARTED || !handle_find(c->fw, c->arg[3]))
		return status;
	return opening_note(p, c->arg[3], c->arg[4], attributes) ? EFI_SUCCESS
								 : EFI_OUT_OF_RESOURCES;
}

/* The old way of opening: on behalf of nobody that could be told to let go. */
static efi_status_t handle_protocol_service(struct call *c)
{
	struct handle *h = handle_find(c->fw, c->arg[0]);
	struct efi_guid guid;
	struct protocol *p;

	if (!h || !guest_get_guid(c->fw, c->arg[1], &guid) || !guest_put_u64(c->fw, c->arg[2], 0))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(h, &guid);
	if (!p) {
		missed_note(c->fw, c->arg[0], &guid);
		return EFI_UNSUPPORTED;
	}
	guest_put_u64(c->fw, c->arg[2], p->interface);
	return EFI_SUCCESS;
}

static efi_status_t close_protocol(struct call *c)
{
	/* all that OpenProtocol takes */
	static const uint8_t ways[] = {
		OPEN_BY_HANDLE_PROTOCOL,	OPEN_GET_PROTOCOL, OPEN_TEST_PROTOCOL,
		OPEN_BY_CHILD_CONTROLLER,	OPEN_BY_DRIVER,	   OPEN_EXCLUSIVE,
		OPEN_BY_DRIVER | OPEN_EXCLUSIVE
	};
	struct handle *h = handle_find(c->fw, c->arg[0]);
	bool closed = false;
	struct efi_guid guid;
	struct protocol *p;
	struct opening *o;

	if (!h || !handle_find(c->fw, c->arg[2]) || !guest_get_guid(c->fw, c->arg[1], &guid) ||
	    (c->arg[3] && !handle_find(c->fw, c->arg[3])))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(h, &guid);
	if (!p)
		return EFI_NOT_FOUND;
	/* whatever it was opened for */
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		o = opening_find(p, c->arg[2], c->arg[3], ways[i]);
		if (o)
			opening_drop(p, o);
		closed |= o != NULL;
	}
	return closed ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* EFI_OPEN_PROTOCOL_INFORMATION_ENTRY: agent, controller, attributes, count */
static efi_status_t open_protocol_information(struct call *c)
{
	struct handle *h = handle_find(c->fw, c->arg[0]);
	struct efi_guid guid;
	struct protocol *p;
	efi_status_t status;
	efi_addr_t buffer;
	uint64_t at = 0;

	if (!h || !guest_get_guid(c->fw, c->arg[1], &guid) || !guest_write(c->fw, c->arg[2], 8) ||
	    !guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(h, &guid);
	if (!p)
		return EFI_NOT_FOUND;
	static_assert(sizeof(struct open_protocol) == 24, "EFI_OPEN_PROTOCOL_INFORMATION_ENTRY");
	status = pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA,
			       p->n_open * sizeof(struct open_protocol), &buffer);
	if (status != EFI_SUCCESS)
		return status;
	for (const struct opening *o = p->first_open; o; o = o->next, at += sizeof(o->entry))
		guest_put(c->fw, buffer + at, &o->entry, sizeof(o->entry));
	guest_put_u64(c->fw, c->arg[2], buffer);
	guest_put_u64(c->fw, c->arg[3], p->n_open);
	return EFI_SUCCESS;
}

/* The GUIDs behind the pointers it returns lie behind them, in the same piece of pool. */
static efi_status_t protocols_per_handle(struct call *c)
{
	struct handle *h = handle_find(c->fw, c->arg[0]);
	efi_status_t status;
	efi_addr_t buffer;
	uint64_t n = 0, i = 0;

	if (!h || !guest_write(c->fw, c->arg[1], 8) || !guest_write(c->fw, c->arg[2], 8))
		return EFI_INVALID_PARAMETER;
	for (struct protocol *p = h->protocols; p; p = p->next)
		n++;
	status = pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA, n * 24, &buffer);
	if (status != EFI_SUCCESS)
		return status;
	for (struct protocol *p = h->protocols; p; p = p->next, i++) {
		guest_put_u64(c->fw, buffer + 8 * i, buffer + 8 * n + 16 * i);
		guest_put(c->fw, buffer + 8 * n + 16 * i, &p->guid, sizeof(p->guid));
	}
	guest_put_u64(c->fw, c->arg[1], buffer);
	guest_put_u64(c->fw, c->arg[2], n);
	return EFI_SUCCESS;
}

static efi_status_t connect_controller(struct call *c)
{
	efi_status_t status;

	if (!handle_find(c->fw, c->arg[0]))
		return EFI_INVALID_PARAMETER;
	status = driver_connect(c->fw, c->arg[0], c->arg[1], c->arg[2], c->arg[3] != 0);
	/* an end node for a path: no child is wanted, and nobody who makes one (7.3.12) */
	if (status == EFI_NOT_FOUND && c->arg[2] && device_path_bytes(c->fw, c->arg[2]) == 4)
		status = EFI_SUCCESS;
	return status;
}

static efi_status_t disconnect_controller(struct call *c)
{
	if (!handle_find(c->fw, c->arg[0]) || (c->arg[1] && !handle_find(c->fw, c->arg[1])) ||
	    (c->arg[2] && !handle_find(c->fw, c->arg[2])))
		return EFI_INVALID_PARAMETER;
	return driver_disconnect_controller(c->fw, c->arg[0], c->arg[1], c->arg[2]);
}

static const struct service services[] = {
	{ "HandleProtocol",
	  BS_HANDLE_PROTOCOL,
	  handle_protocol_service,
	  { ARG_HANDLE, ARG_GUID, ARG_OUT } },
	{ "OpenProtocol",
	  BS_OPEN_PROTOCOL,
	  open_protocol,
	  { ARG_HANDLE, ARG_GUID, ARG_OUT, ARG_HANDLE, ARG_HANDLE, ARG_OPEN_ATTRIBUTES } },
	{ "CloseProtocol",
	  BS_CLOSE_PROTOCOL,
	  close_protocol,
	  { ARG_HANDLE, ARG_GUID, ARG_HANDLE, ARG_HANDLE } },
	{ "OpenProtocolInformation",
	  BS_OPEN_PROTOCOL_INFORMATION,
	  open_protocol_information,
	  { ARG_HANDLE, ARG_GUID, ARG_OUT, ARG_OUT } },
	{ "ConnectController",
	  BS_CONNECT_CONTROLLER,
	  connect_controller,
	  { ARG_HANDLE, ARG_ADDR, ARG_PATH, ARG_BOOL },
	  "The image's own drivers, in the order of the caller's list, the platform's, the "
	  "families' "
	  "and the bus's override, and versions." },
	{ "DisconnectController",
	  BS_DISCONNECT_CONTROLLER,
	  disconnect_controller,
	  { ARG_HANDLE, ARG_HANDLE, ARG_HANDLE } },
	{ "ProtocolsPerHandle",
	  BS_PROTOCOLS_PER_HANDLE,
	  protocols_per_handle,
	  { ARG_HANDLE, ARG_OUT, ARG_OUT } },
};

const struct service_group group_opening = {
	.name = "Protocol Handler Services: opening",
	.section = "7.3",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
