// SPDX-License-Identifier: MIT
/* Installing protocols and taking them away (UEFI 2.10, 7.3). */
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/driver.h"
#include "firmware/core/event.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/notification.h"
#include "firmware/core/path_index.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

#include <string.h>

enum { MAX_MULTIPLE = 64 }; /* protocols in one InstallMultipleProtocolInterfaces */

static efi_handle_t first_driver(const struct protocol *p)
{
	const struct opening *o = p->n_by_driver ? p->first_open : NULL;

	while (o && !(o->entry.attributes & OPEN_BY_DRIVER))
		o = o->next;
	return o ? o->entry.agent : 0;
}

/* All drivers; one that says it let go and did not has refused. */
static efi_status_t release_drivers(struct firmware *fw, efi_handle_t name,
				    const struct efi_guid *guid)
{
	struct protocol *p = protocol_find(fw, name, guid);
	efi_handle_t driver;
	unsigned before;

	while (p && (driver = first_driver(p)) && !fw->ended) {
		before = p->n_by_driver;
		if (driver_disconnect(fw, name, driver, 0) != EFI_SUCCESS)
			return EFI_ACCESS_DENIED;
		p = protocol_find(fw, name, guid);
		if (p && p->n_by_driver >= before)
			return EFI_ACCESS_DENIED;
	}
	return p && !fw->ended ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/*
 * Make all of its users let go: drivers by Stop(), who only looked at it without being asked.
 * EFI_ACCESS_DENIED when somebody is left; then those drivers are connected again.
 * EFI_NOT_FOUND when it went away meanwhile.
 */
static efi_status_t protocol_release(struct firmware *fw, efi_handle_t name,
				     const struct efi_guid *guid)
{
	const uint32_t only_looked =
		OPEN_BY_HANDLE_PROTOCOL | OPEN_GET_PROTOCOL | OPEN_TEST_PROTOCOL;
	const bool drivers = protocol_find(fw, name, guid)->n_by_driver;
	efi_status_t status = release_drivers(fw, name, guid);
	struct opening *o, *next;
	struct protocol *p;

	if (status == EFI_SUCCESS) {
		p = protocol_find(fw, name, guid);
		for (o = p->first_open; o; o = next) {
			next = o->next;
			if (o->entry.attributes & only_looked)
				opening_drop(p, o);
		}
		if (p->n_open)
			status = EFI_ACCESS_DENIED;
	}
	if (status == EFI_ACCESS_DENIED && drivers)
		driver_connect(fw, name, 0, 0, true);
	return status;
}

/*
 * Take it away again, with the drivers' consent: EFI_ACCESS_DENIED when one has it open and
 * does not let go (7.3.3).
 */
static efi_status_t protocol_remove(struct firmware *fw, efi_handle_t name,
				    const struct efi_guid *guid, efi_addr_t interface)
{
	struct protocol *p = protocol_find(fw, name, guid);
	efi_status_t status;

	if (!handle_find(fw, name))
		return EFI_INVALID_PARAMETER;
	if (!p || p->interface != interface)
		return EFI_NOT_FOUND;
	status = protocol_release(fw, name, guid);
	if (status != EFI_SUCCESS)
		return status;
	protocol_take_off(fw, name, protocol_find(fw, name, guid));
	return EFI_SUCCESS;
}

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
	status = protocol_release(c->fw, name, &guid);
	if (status != EFI_SUCCESS)
		return status;
	p = handle_protocol(handle_find(c->fw, name), &guid);
	if (p->interface != c->arg[3]) { /* with the same one it is only said to be new */
		if (p->group)
			group_offered(c->fw, p->group, -1);
		p->group = NULL;
		p->object = NULL;
	}
	p->interface = c->arg[3];
	handle = handle_find(c->fw, name);
	handle->changed = ++c->fw->handles.changes;
	if (guid_equal(&guid, &guid_device_path))
		path_note(c->fw, handle, p);
	notify_installed(c->fw, &guid, name);
	driver_connect(c->fw, name, 0, 0, true);
	return EFI_SUCCESS;
}

/* The (GUID *, interface) pairs behind the handle, up to a NULL. Negative: unreadable or too many.
 */
static int read_pairs(struct call *c, efi_addr_t pair[static 2 * MAX_MULTIPLE])
{
	for (unsigned i = 0; i < MAX_MULTIPLE; i++) {
		const unsigned at = 1 + 2 * i;

		pair[2 * i] = call_arg(c, at);
		if (!pair[2 * i])
			return c->fw->ended ? -1 : (int)i;
		pair[2 * i + 1] = call_arg(c, at + 1);
	}
	return -1;
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
			 path_is_taken(fw, pair[2 * done + 1]))
			status = EFI_ALREADY_STARTED; /* no two may be the same device (7.3) */
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
			protocol_drop(fw, handle, &guid, pair[2 * done + 1]);
	return status;
}

/* Are all of them on the handle, each one once? */
static bool are_installed(struct firmware *fw, efi_handle_t handle, const efi_addr_t *pair, int n)
{
	struct handle *h = handle_find(fw, handle);
	struct efi_guid guid, other;
	struct protocol *p;

	for (int i = 0; i < n; i++) {
		if (!h || !guest_get_guid(fw, pair[2 * i], &guid))
			return false;
		p = handle_protocol(h, &guid);
		if (!p || p->interface != pair[2 * i + 1])
			return false;
		for (int k = 0; k < i; k++)
			if (guest_get_guid(fw, pair[2 * k], &other) && guid_equal(&guid, &other))
				return false;
	}
	return true;
}

static efi_status_t uninstall_multiple(struct call *c)
{
	efi_addr_t pair[2 * MAX_MULTIPLE];
	struct firmware *fw = c->fw;
	efi_status_t status = EFI_SUCCESS;
	efi_handle_t handle = c->arg[0];
	struct efi_guid guid;
	int n = read_pairs(c, pair), done;

	/* looked at first: a handle that lost its last protocol would not come back */
	if (n < 0 || !are_installed(fw, handle, pair, n))
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
	n = heap_new(&c->fw->heap, sizeof(*n));
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
	{ "RegisterProtocolNotify",
	  BS_REGISTER_PROTOCOL_NOTIFY,
	  register_protocol_notify,
	  { ARG_GUID, ARG_EVENT, ARG_OUT } },
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
	.name = "Protocol Handler Services: installing",
	.section = "7.3",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
