// SPDX-License-Identifier: MIT
#include "firmware/driver.h"
#include "firmware/internal.h"
#include "firmware/notification.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_HANDLES = 1 << 16 };

static void protocol_free(struct protocol *p)
{
	free(p->open);
	free(p);
}

void handles_open(struct firmware *fw)
{
	fw->handles = (struct handles){ .names = { .kind = 'h', .limit = MAX_HANDLES } };
}

void handles_free(struct firmware *fw)
{
	struct handles *h = &fw->handles;
	struct handle *handle;
	struct protocol *p;

	while ((handle = h->first)) {
		while ((p = handle->protocols)) {
			handle->protocols = p->next;
			protocol_free(p);
		}
		h->first = handle->next;
		free(handle);
	}
	notifications_free(h);
	names_free(&h->names);
}

struct handle *handle_find(struct firmware *fw, efi_handle_t name)
{
	return names_find(&fw->handles.names, name);
}

struct protocol *handle_protocol(const struct handle *handle, const struct efi_guid *guid)
{
	struct protocol *p;

	for (p = handle->protocols; p; p = p->next)
		if (guid_equal(&p->guid, guid))
			return p;
	return NULL;
}

static struct handle *handle_new(struct firmware *fw)
{
	struct handles *h = &fw->handles;
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->name = names_add(&h->names, handle);
	if (!handle->name) {
		free(handle);
		return NULL;
	}
	handle->previous = h->last;
	*(h->last ? &h->last->next : &h->first) = handle;
	h->last = handle;
	return handle;
}

static void handle_drop(struct firmware *fw, struct handle *handle)
{
	struct handles *h = &fw->handles;

	*(handle->previous ? &handle->previous->next : &h->first) = handle->next;
	*(handle->next ? &handle->next->previous : &h->last) = handle->previous;
	names_remove(&h->names, handle->name);
	free(handle);
}

/* An interface of ours in guest memory: each function pointer leads to its row's gate. */
static efi_status_t interface_make(struct firmware *fw, const struct service_group *group,
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
	p = calloc(1, sizeof(*p));
	if (!p)
		return EFI_OUT_OF_RESOURCES;
	*p = (struct protocol){
		.next = handle->protocols,
		.guid = *guid,
		.interface = interface,
		.group = group,
		.object = object,
	};
	handle->protocols = p;
	fw->handles.changes++;
	return EFI_SUCCESS;
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

/* A driver that uses it has to let go first; everybody else just loses it (7.3.3). */
static efi_status_t release_users(struct firmware *fw, struct handle *handle,
				  const struct efi_guid *guid)
{
	efi_handle_t name = handle->name;
	struct protocol *p = handle_protocol(handle, guid);

	for (unsigned i = 0; i < p->n_open; i++)
		if (p->open[i].attributes & OPEN_BY_DRIVER) {
			if (driver_disconnect(fw, name, p->open[i].agent, 0) != EFI_SUCCESS)
				return EFI_ACCESS_DENIED;
			handle = handle_find(fw, name);
			p = handle ? handle_protocol(handle, guid) : NULL;
			if (!p || fw->ended)
				return EFI_NOT_FOUND;
			i = UINT32_MAX; /* from the start: the list is another one now */
		}
	for (unsigned i = 0; i < p->n_open; i++)
		if (p->open[i].attributes & OPEN_EXCLUSIVE)
			return EFI_ACCESS_DENIED;
	return EFI_SUCCESS;
}

efi_status_t protocol_remove(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid,
			     efi_addr_t interface)
{
	struct handle *handle = handle_find(fw, name);
	struct protocol *p, **link;
	efi_status_t status;

	if (!handle)
		return EFI_INVALID_PARAMETER;
	p = handle_protocol(handle, guid);
	if (!p || p->interface != interface)
		return EFI_NOT_FOUND;
	status = release_users(fw, handle, guid);
	if (status != EFI_SUCCESS)
		return status;
	for (link = &handle->protocols; *link; link = &(*link)->next) {
		p = *link;
		if (!guid_equal(&p->guid, guid))
			continue;
		*link = p->next;
		notify_removed(fw, guid, name);
		if (p->group)
			pool_free(fw, p->interface);
		protocol_free(p);
		break;
	}
	if (!handle->protocols)
		handle_drop(fw, handle);
	return EFI_SUCCESS;
}

void *call_object(struct call *call, const struct service_group *group)
{
	struct handle *h;
	struct protocol *p;

	for (h = call->fw->handles.first; h; h = h->next)
		for (p = h->protocols; p; p = p->next)
			if (p->group == group && p->interface == call->arg[0])
				return p->object;
	return NULL;
}

efi_handle_t protocol_locate(struct firmware *fw, const struct efi_guid *guid,
			     efi_addr_t *ret_interface)
{
	struct handle *h;
	struct protocol *p;

	for (h = fw->handles.first; h; h = h->next) {
		p = handle_protocol(h, guid);
		if (p) {
			*ret_interface = p->interface;
			return h->name;
		}
	}
	return 0;
}

void handles_forget_agent(struct firmware *fw, efi_handle_t agent)
{
	struct handle *h;
	struct protocol *p;

	for (h = fw->handles.first; h; h = h->next)
		for (p = h->protocols; p; p = p->next)
			for (unsigned k = 0; k < p->n_open;)
				if (p->open[k].agent == agent)
					p->open[k] = p->open[--p->n_open];
				else
					k++;
}

uint64_t device_path_bytes(struct firmware *fw, efi_addr_t path)
{
	const uint8_t *node;
	uint64_t n = 0;
	unsigned length;

	for (unsigned i = 0; i < 1024; i++) {
		node = guest_read(fw, path + n, 4);
		if (!node)
			return 0;
		length = node[2] | node[3] << 8;
		if (length < 4 || !guest_read(fw, path + n, length))
			return 0;
		n += length;
		if (node[0] == 0x7f && node[1] == 0xff)
			return n;
	}
	return 0;
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
