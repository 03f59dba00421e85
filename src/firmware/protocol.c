// SPDX-License-Identifier: MIT
/* Protocol handler services: installing, finding and opening (UEFI 2.10, 7.3). */
#include "firmware/driver.h"
#include "firmware/internal.h"
#include "firmware/notification.h"
#include "firmware/services.h"

#include <stdlib.h>
#include <string.h>

enum {
	ALL_HANDLES = 0,
	BY_REGISTER_NOTIFY = 1,
	BY_PROTOCOL = 2,
	MAX_MULTIPLE = 64, /* protocols in one InstallMultipleProtocolInterfaces */
};

static efi_status_t install_protocol_interface(struct call *c)
{
	efi_handle_t handle;
	struct efi_guid guid;
	efi_status_t status;

	if (c->arg[2] != 0 || !guest_get_guid(c->fw, c->arg[1], &guid) ||
	    !guest_get_u64(c->fw, c->arg[0], &handle) || !guest_write(c->fw, c->arg[0], 8))
		return EFI_INVALID_PARAMETER;
	status = protocol_install(c->fw, &handle, &guid, c->arg[3], NULL, NULL);
	if (status == EFI_SUCCESS)
		guest_put_u64(c->fw, c->arg[0], handle);
	return status;
}

static efi_status_t uninstall_protocol_interface(struct call *c)
{
	struct efi_guid guid;

	if (!guest_get_guid(c->fw, c->arg[1], &guid))
		return EFI_INVALID_PARAMETER;
	return protocol_remove(c->fw, c->arg[0], &guid, c->arg[2]);
}

static efi_status_t reinstall_protocol_interface(struct call *c)
{
	struct handle *handle = handle_find(c->fw, c->arg[0]);
	struct protocol *p;
	struct efi_guid guid;
	efi_status_t status;
	efi_handle_t name = c->arg[0];

	if (!handle || !guest_get_guid(c->fw, c->arg[1], &guid))
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(handle, &guid);
	if (!p || p->interface != c->arg[2])
		return EFI_NOT_FOUND;
	if (p->n_open) {
		status = driver_disconnect_all(c->fw, name, &guid);
		if (status != EFI_SUCCESS)
			return status;
		handle = handle_find(c->fw, name);
		p = handle ? handle_protocol(handle, &guid) : NULL;
		if (!p)
			return EFI_NOT_FOUND;
	}
	p->interface = c->arg[3];
	p->group = NULL;
	p->object = NULL;
	c->fw->handles.changes++;
	notify_installed(c->fw, &guid, name);
	driver_connect(c->fw, name, 0, true);
	return EFI_SUCCESS;
}

/* The (GUID *, interface) pairs behind the handle, up to a NULL. Negative: unreadable or too many.
 */
static int read_pairs(struct call *c, efi_addr_t pair[static 2 * MAX_MULTIPLE])
{
	for (unsigned i = 0; i < MAX_MULTIPLE; i++) {
		const unsigned at = 1 + 2 * i;

		pair[2 * i] = at < 4 ? c->arg[at] : call_stack_arg(c, at);
		if (!pair[2 * i])
			return c->fw->ended ? -1 : (int)i;
		pair[2 * i + 1] = at + 1 < 4 ? c->arg[at + 1] : call_stack_arg(c, at + 1);
	}
	return -1;
}

/* No two handles may be the same device (7.3.11). */
static bool device_path_is_taken(struct firmware *fw, efi_addr_t path)
{
	uint64_t n = device_path_bytes(fw, path), other;
	struct protocol *p;

	for (struct handle *h = fw->handles.first; n && h; h = h->next) {
		p = handle_protocol(h, &guid_device_path);
		if (!p)
			continue;
		other = device_path_bytes(fw, p->interface);
		if (other == n &&
		    !memcmp(guest_read(fw, path, n), guest_read(fw, p->interface, n), n))
			return true;
	}
	return false;
}

static efi_status_t install_multiple(struct call *c)
{
	efi_addr_t pair[2 * MAX_MULTIPLE];
	struct firmware *fw = c->fw;
	efi_status_t status = EFI_SUCCESS;
	efi_handle_t handle;
	struct efi_guid guid;
	int n, done;

	n = read_pairs(c, pair);
	if (n < 0 || !guest_get_u64(fw, c->arg[0], &handle) || !guest_write(fw, c->arg[0], 8))
		return EFI_INVALID_PARAMETER;
	for (done = 0; done < n; done++) {
		if (!guest_get_guid(fw, pair[2 * done], &guid))
			status = EFI_INVALID_PARAMETER;
		else if (guid_equal(&guid, &guid_device_path) &&
			 device_path_is_taken(fw, pair[2 * done + 1]))
			status = EFI_ALREADY_STARTED;
		else
			status = protocol_install(fw, &handle, &guid, pair[2 * done + 1], NULL,
						  NULL);
		if (status != EFI_SUCCESS)
			break;
	}
	if (status == EFI_SUCCESS) {
		guest_put_u64(fw, c->arg[0], handle);
		return status;
	}
	while (done-- > 0)
		if (guest_get_guid(fw, pair[2 * done], &guid))
			protocol_remove(fw, handle, &guid, pair[2 * done + 1]);
	return status;
}

static efi_status_t uninstall_multiple(struct call *c)
{
	efi_addr_t pair[2 * MAX_MULTIPLE];
	struct firmware *fw = c->fw;
	efi_status_t status = EFI_SUCCESS;
	efi_handle_t handle = c->arg[0];
	struct efi_guid guid;
	int n = read_pairs(c, pair), done;

	if (n < 0)
		return EFI_INVALID_PARAMETER;
	for (done = 0; done < n && status == EFI_SUCCESS; done++)
		status = guest_get_guid(fw, pair[2 * done], &guid)
				 ? protocol_remove(fw, handle, &guid, pair[2 * done + 1])
				 : EFI_INVALID_PARAMETER;
	if (status == EFI_SUCCESS)
		return status;
	for (done -= 1; done-- > 0;)
		if (guest_get_guid(fw, pair[2 * done], &guid))
			protocol_install(fw, &handle, &guid, pair[2 * done + 1], NULL, NULL);
	/* whatever was wrong with one of them, the specification knows one error (7.3.12) */
	return EFI_INVALID_PARAMETER;
}

static efi_status_t register_protocol_notify(struct call *c)
{
	struct event *e = event_find(c->fw, c->arg[1]);
	struct notification *n;
	struct efi_guid guid;

	if (!e || !guest_get_guid(c->fw, c->arg[0], &guid) || !guest_write(c->fw, c->arg[2], 8))
		return EFI_INVALID_PARAMETER;
	n = calloc(1, sizeof(*n));
	if (!n)
		return EFI_OUT_OF_RESOURCES;
	*n = (struct notification){
		.next = c->fw->handles.notifications,
		.guid = guid,
		.event = e->name,
		.registration = ++c->fw->handles.n_registrations,
	};
	c->fw->handles.notifications = n;
	guest_put_u64(c->fw, c->arg[2], n->registration);
	return EFI_SUCCESS;
}

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
	if (n == 0)
		return EFI_NOT_FOUND;
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
	uint64_t n;

	if (status != EFI_SUCCESS || !guest_write(fw, c->arg[3], 8) ||
	    !guest_write(fw, c->arg[4], 8))
		return EFI_INVALID_PARAMETER;
	n = notification ? notification->n_pending > 0 : collect(fw, c->arg[0], &guid, NULL);
	if (n == 0) {
		guest_put_u64(fw, c->arg[3], 0);
		guest_put_u64(fw, c->arg[4], 0);
		return EFI_NOT_FOUND;
	}
	status = pool_allocate(fw, EFI_BOOT_SERVICES_DATA, 8 * n, &buffer);
	if (status != EFI_SUCCESS)
		return status;
	if (notification) {
		guest_put_u64(fw, buffer, notification->pending[0]);
		seen(notification);
	} else {
		collect(fw, c->arg[0], &guid, guest_write(fw, buffer, 8 * n));
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

/* Bytes of a path without its end node, or 0. */
static uint64_t path_nodes_bytes(struct firmware *fw, efi_addr_t path)
{
	uint64_t n = device_path_bytes(fw, path);

	return n ? n - 4 : 0;
}

/* The handle whose device path is the longest beginning of the given one. */
static efi_status_t locate_device_path(struct call *c)
{
	struct firmware *fw = c->fw;
	uint64_t bytes, n, best_bytes = 0;
	efi_handle_t best = 0;
	struct efi_guid guid;
	struct protocol *p;
	efi_addr_t path;

	if (!guest_get_guid(fw, c->arg[0], &guid) || !guest_get_u64(fw, c->arg[1], &path) || !path)
		return EFI_INVALID_PARAMETER;
	if (!guest_write(fw, c->arg[2], 8) || !device_path_bytes(fw, path))
		return EFI_INVALID_PARAMETER;
	bytes = path_nodes_bytes(fw, path);
	for (struct handle *h = fw->handles.first; h; h = h->next) {
		p = handle_protocol(h, &guid_device_path);
		if (!p || !handle_protocol(h, &guid))
			continue;
		n = path_nodes_bytes(fw, p->interface);
		if (!device_path_bytes(fw, p->interface) || n > bytes ||
		    (best && n <= best_bytes) ||
		    memcmp(guest_read(fw, path, n), guest_read(fw, p->interface, n), n))
			continue;
		best = h->name;
		best_bytes = n;
	}
	if (!best)
		return EFI_NOT_FOUND;
	guest_put_u64(fw, c->arg[2], best);
	guest_put_u64(fw, c->arg[1], path + best_bytes);
	return EFI_SUCCESS;
}

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
	{ "InstallProtocolInterface",
	  BS_INSTALL_PROTOCOL_INTERFACE,
	  install_protocol_interface,
	  { ARG_INOUT, ARG_GUID, ARG_U32, ARG_ADDR } },
	{ "ReinstallProtocolInterface",
	  BS_REINSTALL_PROTOCOL_INTERFACE,
	  reinstall_protocol_interface,
	  { ARG_HANDLE, ARG_GUID, ARG_ADDR, ARG_ADDR } },
	{ "UninstallProtocolInterface",
	  BS_UNINSTALL_PROTOCOL_INTERFACE,
	  uninstall_protocol_interface,
	  { ARG_HANDLE, ARG_GUID, ARG_ADDR } },
	{ "HandleProtocol",
	  BS_HANDLE_PROTOCOL,
	  handle_protocol_service,
	  { ARG_HANDLE, ARG_GUID, ARG_OUT } },
	{ "RegisterProtocolNotify",
	  BS_REGISTER_PROTOCOL_NOTIFY,
	  register_protocol_notify,
	  { ARG_GUID, ARG_EVENT, ARG_OUT } },
	{ "LocateHandle",
	  BS_LOCATE_HANDLE,
	  locate_handle,
	  { ARG_U32, ARG_GUID, ARG_ADDR, ARG_INOUT, ARG_ADDR } },
	{ "LocateDevicePath",
	  BS_LOCATE_DEVICE_PATH,
	  locate_device_path,
	  { ARG_GUID, ARG_INOUT, ARG_OUT_HANDLE } },
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
	{ "LocateHandleBuffer",
	  BS_LOCATE_HANDLE_BUFFER,
	  locate_handle_buffer,
	  { ARG_U32, ARG_GUID, ARG_ADDR, ARG_OUT, ARG_OUT } },
	{ "LocateProtocol", BS_LOCATE_PROTOCOL, locate_protocol, { ARG_GUID, ARG_ADDR, ARG_OUT } },
	{ "InstallMultipleProtocolInterfaces",
	  BS_INSTALL_MULTIPLE,
	  install_multiple,
	  { ARG_INOUT, ARG_GUID, ARG_ADDR, ARG_GUID } },
	{ "UninstallMultipleProtocolInterfaces",
	  BS_UNINSTALL_MULTIPLE,
	  uninstall_multiple,
	  { ARG_HANDLE, ARG_GUID, ARG_ADDR, ARG_GUID } },
};

const struct service_group group_protocols = {
	.name = "Protocol Handler Services",
	.section = "7.3",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
