// SPDX-License-Identifier: MIT
#include "firmware/core/install.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/notification.h"
#include "firmware/core/path_index.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/status.h"

#include <errno.h>

efi_status_t interface_make(struct firmware *fw, const struct service_group *group,
			    efi_addr_t *ret_interface)
{
	efi_status_t status;
	efi_addr_t at;

	status = pool_allocate(fw, EFI_BOOT_SERVICES_DATA, group->n_slots * 8u, &at);
	if (status != EFI_SUCCESS)
		return status;
	for (unsigned i = 0; i < group->n_slots; i++)
		guest_put_u64(fw, at + 8 * i, 0);
	for (unsigned i = 0; i < group->n; i++)
		guest_put_u64(fw, at + 8u * group->service[i].slot,
			      service_gate(fw, &group->service[i]));
	*ret_interface = at;
	return EFI_SUCCESS;
}

static efi_status_t add_protocol(struct firmware *fw, struct handle *handle,
				 const struct efi_guid *guid, efi_addr_t interface,
				 const struct service_group *group, void *object)
{
	struct protocol *p;
	efi_status_t status;

	if (group && !interface) {
		status = interface_make(fw, group, &interface);
		if (status != EFI_SUCCESS)
			return status;
	}
	p = handle_put(fw, handle, guid, interface);
	if (!p)
		return EFI_OUT_OF_RESOURCES;
	p->group = group;
	p->object = object;
	if (group)
		group_offered(fw, group, 1);
	if (guid_equal(guid, &guid_device_path))
		path_note(fw, handle, p);
	return EFI_SUCCESS;
}

void notify_installed(struct firmware *fw, const struct efi_guid *guid, efi_handle_t handle)
{
	struct event *e;

	events_begin_round(fw);
	for (struct notification *n = fw->handles.notifications; n; n = n->next) {
		if (!guid_equal(&n->guid, guid))
			continue;
		notification_add(fw, n, handle);
		e = event_find(fw, n->event);
		if (e)
			event_signal_in_round(fw, e);
	}
}

efi_status_t protocol_install(struct firmware *fw, efi_handle_t *inout_handle,
			      const struct efi_guid *guid, efi_addr_t interface,
			      const struct service_group *group, void *object)
{
	struct handle *handle;
	efi_status_t status;

	handle = *inout_handle ? handle_find(fw, *inout_handle) : handle_new(fw);
	if (!handle)
		return *inout_handle ? EFI_INVALID_PARAMETER : EFI_OUT_OF_RESOURCES;
	if (handle_protocol(handle, guid))
		return EFI_INVALID_PARAMETER;
	status = add_protocol(fw, handle, guid, interface, group, object);
	if (status != EFI_SUCCESS) {
		if (!*inout_handle)
			handle_drop(fw, handle);
		return status;
	}
	*inout_handle = handle->name;
	notify_installed(fw, guid, handle->name);
	return EFI_SUCCESS;
}

void protocol_take_off(struct firmware *fw, efi_handle_t name, struct protocol *p)
{
	path_forget(fw, p);
	notify_removed(fw, &p->guid, name);
	if (p->group) {
		group_offered(fw, p->group, -1);
		pool_free(fw, p->interface);
	}
	handle_take(fw, handle_find(fw, name), p);
}

void protocol_drop(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid,
		   efi_addr_t interface)
{
	struct protocol *p = protocol_find(fw, name, guid);

	if (p && p->interface == interface)
		protocol_take_off(fw, name, p);
}

int protocol_offer(struct firmware *fw, efi_handle_t *inout_handle,
		   const struct service_group *group, void *object, struct why *why)
{
	efi_status_t status;

	status = protocol_install(fw, inout_handle, group->guid, 0, group, object);
	if (status == EFI_SUCCESS)
		return 0;
	return why_set(why, -ENOMEM, "%s: %s", group->name, firmware_status_name(status));
}
