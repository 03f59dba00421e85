// SPDX-License-Identifier: MIT
/* Finding handles and protocols (UEFI 2.10, 7.3). */
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/missed.h"
#include "firmware/core/notification.h"
#include "firmware/core/path_index.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

#include <string.h>

enum {
	ALL_HANDLES = 0,
	BY_REGISTER_NOTIFY = 1,
	BY_PROTOCOL = 2,
};

/* Does this handle belong to what was searched for? */
static bool wanted(const struct handle *h, uint64_t search, const struct efi_guid *guid)
{
	return h->protocols && (search == ALL_HANDLES || handle_protocol(h, guid));
}

/* The handles that a search finds; all of them fit into out when it is not NULL. */
static uint64_t collect(struct firmware *fw, uint64_t search, const struct efi_guid *guid,
			uint8_t *out)
{
	uint64_t n = 0;

	for (struct handle *h = fw->handles.first; h; h = h->next) {
		if (!wanted(h, search, guid))
			continue;
		if (out)
			memcpy(out + 8 * n, &h->name, 8);
		n++;
	}
	return n;
}

/* Check a search's arguments; by registration it yields one handle, the oldest not seen yet. */
static efi_status_t search_args(struct call *c, struct efi_guid *ret_guid,
				struct notification **ret_notification)
{
	*ret_notification = NULL;
	switch (c->arg[0]) {
	case ALL_HANDLES:
		return EFI_SUCCESS;
	case BY_REGISTER_NOTIFY:
		*ret_notification = c->arg[2] ? notification_find(c->fw, c->arg[2]) : NULL;
		return *ret_notification ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
	case BY_PROTOCOL:
		return guest_get_guid(c->fw, c->arg[1], ret_guid) ? EFI_SUCCESS
								  : EFI_INVALID_PARAMETER;
	default:
		return EFI_INVALID_PARAMETER;
	}
}

static void seen(struct notification *n)
{
	memmove(n->pending, n->pending + 1, --n->n_pending * sizeof(*n->pending));
}

static efi_status_t locate_handle(struct call *c)
{
	struct firmware *fw = c->fw;
	struct notification *notification;
	struct efi_guid guid = { 0 };
	efi_status_t status = search_args(c, &guid, &notification);
	uint64_t room, n;
	uint8_t *out;

	if (status != EFI_SUCCESS || !guest_get_u64(fw, c->arg[3], &room))
		return EFI_INVALID_PARAMETER;
	n = notification ? notification->n_pending > 0 : collect(fw, c->arg[0], &guid, NULL);
	if (n == 0) {
		missed_note(fw, 0, &guid);
		return EFI_NOT_FOUND;
	}
	if (!guest_put_u64(fw, c->arg[3], 8 * n))
		return EFI_INVALID_PARAMETER;
	if (room < 8 * n)
		return EFI_BUFFER_TOO_SMALL;
	out = guest_write(fw, c->arg[4], 8 * n);
	if (!c->arg[4] || !out)
		return EFI_INVALID_PARAMETER;
	if (notification) {
		memcpy(out, &notification->pending[0], 8);
		seen(notification);
	} else {
		collect(fw, c->arg[0], &guid, out);
	}
	return EFI_SUCCESS;
}

static efi_status_t locate_handle_buffer(struct call *c)
{
	struct firmware *fw = c->fw;
	struct notification *notification;
	struct efi_guid guid = { 0 };
	efi_status_t status = search_args(c, &guid, &notification);
	efi_addr_t buffer;
	uint8_t *out;
	uint64_t n;

	if (status != EFI_SUCCESS || !guest_write(fw, c->arg[3], 8) ||
	    !guest_write(fw, c->arg[4], 8))
		return EFI_INVALID_PARAMETER;
	n = notification ? notification->n_pending > 0 : collect(fw, c->arg[0], &guid, NULL);
	if (n == 0) {
		guest_put_u64(fw, c->arg[3], 0);
		guest_put_u64(fw, c->arg[4], 0);
		missed_note(fw, 0, &guid);
		return EFI_NOT_FOUND;
	}
	status = pool_allocate(fw, EFI_BOOT_SERVICES_DATA, 8 * n, &buffer);
	if (status != EFI_SUCCESS)
		return status;
	out = guest_write(fw, buffer, 8 * n);
	if (!out)
		return EFI_OUT_OF_RESOURCES;
	if (notification) {
		memcpy(out, &notification->pending[0], 8);
		seen(notification);
	} else {
		collect(fw, c->arg[0], &guid, out);
	}
	guest_put_u64(fw, c->arg[3], n);
	guest_put_u64(fw, c->arg[4], buffer);
	return EFI_SUCCESS;
}

/* On failure the interface is NULL: Linux looks at it and not at the status. */
static efi_status_t locate_protocol(struct call *c)
{
	struct firmware *fw = c->fw;
	struct notification *notification;
	efi_addr_t interface = 0;
	struct protocol *p;
	struct handle *h;
	struct efi_guid guid;
	efi_handle_t found = 0;

	if (!guest_get_guid(fw, c->arg[0], &guid) || !guest_put_u64(fw, c->arg[2], 0))
		return EFI_INVALID_PARAMETER;
	if (!c->arg[1]) {
		found = protocol_locate(fw, &guid, &interface);
	} else {
		notification = notification_find(fw, c->arg[1]);
		h = notification && notification->n_pending
			    ? handle_find(fw, notification->pending[0])
			    : NULL;
		p = h ? handle_protocol(h, &guid) : NULL;
		if (p) {
			found = h->name;
			interface = p->interface;
			seen(notification);
		}
	}
	if (!found)
		return EFI_NOT_FOUND;
	guest_put_u64(fw, c->arg[2], interface);
	return EFI_SUCCESS;
}

/* The handle whose device path is the longest beginning of the given one. */
static efi_status_t locate_device_path(struct call *c)
{
	struct firmware *fw = c->fw;
	struct handle *found;
	struct efi_guid guid;
	efi_addr_t path;
	uint64_t n;

	if (!guest_get_guid(fw, c->arg[0], &guid) || !guest_get_u64(fw, c->arg[1], &path) || !path)
		return EFI_INVALID_PARAMETER;
	if (!guest_write(fw, c->arg[2], 8) || !device_path_bytes(fw, path))
		return EFI_INVALID_PARAMETER;
	found = path_longest(fw, path, &guid, &n);
	if (!found)
		return EFI_NOT_FOUND;
	guest_put_u64(fw, c->arg[2], found->name);
	guest_put_u64(fw, c->arg[1], path + n);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "LocateHandle",
	  BS_LOCATE_HANDLE,
	  locate_handle,
	  { ARG_SEARCH_TYPE, ARG_GUID, ARG_ADDR, ARG_INOUT, ARG_ADDR } },
	{ "LocateDevicePath",
	  BS_LOCATE_DEVICE_PATH,
	  locate_device_path,
	  { ARG_GUID, ARG_INOUT, ARG_OUT_HANDLE } },
	{ "LocateHandleBuffer",
	  BS_LOCATE_HANDLE_BUFFER,
	  locate_handle_buffer,
	  { ARG_SEARCH_TYPE, ARG_GUID, ARG_ADDR, ARG_OUT, ARG_OUT } },
	{ "LocateProtocol", BS_LOCATE_PROTOCOL, locate_protocol, { ARG_GUID, ARG_ADDR, ARG_OUT } },
};

const struct service_group group_locating = {
	.name = "Protocol Handler Services: finding",
	.section = "7.3",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
