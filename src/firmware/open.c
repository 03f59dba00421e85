// SPDX-License-Identifier: MIT
/* Opening protocols, and who has which open (UEFI 2.10, 7.3). */
#include "firmware/driver.h"
#include "firmware/internal.h"
#include "firmware/services.h"

#include <stdlib.h>

static struct open_protocol *find_open(struct protocol *p, efi_handle_t agent,
				       efi_handle_t controller, uint32_t attributes)
{
	for (unsigned i = 0; i < p->n_open; i++)
		if (p->open[i].agent == agent && p->open[i].controller == controller &&
		    p->open[i].attributes == attributes)
			return &p->open[i];
	return NULL;
}

static efi_status_t note_open(struct protocol *p, efi_handle_t agent, efi_handle_t controller,
			      uint32_t attributes)
{
	struct open_protocol *o = find_open(p, agent, controller, attributes);
	unsigned room = p->room_open ? p->room_open * 2 : 4;

	if (o) {
		o->count++;
		return EFI_SUCCESS;
	}
	if (p->n_open == p->room_open) {
		o = realloc(p->open, room * sizeof(*o));
		if (!o)
			return EFI_OUT_OF_RESOURCES;
		p->open = o;
		p->room_open = room;
	}
	p->open[p->n_open++] = (struct open_protocol){ agent, controller, attributes, 1 };
	return EFI_SUCCESS;
}

static bool used_with(const struct protocol *p, uint32_t attributes)
{
	for (unsigned i = 0; i < p->n_open; i++)
		if (p->open[i].attributes & attributes)
			return true;
	return false;
}

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
	struct open_protocol *o;
	struct handle *h;

	if (attributes & (OPEN_BY_DRIVER | OPEN_EXCLUSIVE)) {
		o = find_open(*inout_p, c->arg[3], c->arg[4], attributes);
		if (o && attributes & OPEN_BY_DRIVER)
			return EFI_ALREADY_STARTED;
		if (used_with(*inout_p, OPEN_EXCLUSIVE))
			return EFI_ACCESS_DENIED;
	}
	if (attributes == OPEN_BY_DRIVER && used_with(*inout_p, OPEN_BY_DRIVER))
		return EFI_ACCESS_DENIED;
	if (attributes & OPEN_EXCLUSIVE && used_with(*inout_p, OPEN_BY_DRIVER)) {
		if (driver_disconnect_all(c->fw, c->arg[0], guid) != EFI_SUCCESS)
			return EFI_ACCESS_DENIED;
		h = handle_find(c->fw, c->arg[0]);
		*inout_p = h ? handle_protocol(h, guid) : NULL;
		if (!*inout_p || used_with(*inout_p, OPEN_BY_DRIVER))
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
		return EFI_UNSUPPORTED;
	}
	status = open_conflict(c, &p, &guid, attributes);
	if (status != EFI_SUCCESS && status != EFI_ALREADY_STARTED)
		return status;
	if (attributes != OPEN_TEST_PROTOCOL)
		guest_put_u64(c->fw, c->arg[2], p->interface);
	if (status == EFI_ALREADY_STARTED || !handle_find(c->fw, c->arg[3]))
		return status;
	return note_open(p, c->arg[3], c->arg[4], attributes);
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
	if (!p)
		return EFI_UNSUPPORTED;
	guest_put_u64(c->fw, c->arg[2], p->interface);
	return EFI_SUCCESS;
}

static efi_status_t close_protocol(struct call *c)
{
	struct handle *h = handle_find(c->fw, c->arg[0]);
	bool closed = false;
	struct efi_guid guid;
	struct protocol *p;

	if (!h || !handle_find(c->fw, c->arg[2]) || !guest_get_guid(c->fw, c->arg[1], &guid) ||
	    (c->arg[3] && !handle_find(c->fw, c->arg[3])))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(h, &guid);
	if (!p)
		return EFI_NOT_FOUND;
	for (unsigned i = 0; i < p->n_open;) {
		if (p->open[i].agent == c->arg[2] && p->open[i].controller == c->arg[3]) {
			p->open[i] = p->open[--p->n_open];
			closed = true;
		} else {
			i++;
		}
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

	if (!h || !guest_get_guid(c->fw, c->arg[1], &guid) || !guest_write(c->fw, c->arg[2], 8) ||
	    !guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(h, &guid);
	if (!p)
		return EFI_NOT_FOUND;
	static_assert(sizeof(struct open_protocol) == 24, "EFI_OPEN_PROTOCOL_INFORMATION_ENTRY");
	status =
		pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA, p->n_open * sizeof(*p->open), &buffer);
	if (status != EFI_SUCCESS)
		return status;
	if (p->n_open)
		guest_put(c->fw, buffer, p->open, p->n_open * sizeof(*p->open));
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
	if (!handle_find(c->fw, c->arg[0]))
		return EFI_INVALID_PARAMETER;
	return driver_connect(c->fw, c->arg[0], c->arg[1], c->arg[3] != 0);
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
	  { ARG_HANDLE, ARG_GUID, ARG_OUT, ARG_HANDLE, ARG_HANDLE, ARG_U32 } },
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
	  { ARG_HANDLE, ARG_ADDR, ARG_PATH, ARG_BOOL } },
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
