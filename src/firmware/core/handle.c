// SPDX-License-Identifier: MIT
#include "firmware/core/driver.h"
#include "firmware/core/internal.h"
#include "firmware/core/notification.h"
#include "firmware/core/path_index.h"

#include <errno.h>
#include <string.h>

enum { MAX_HANDLES = 1 << 16 };

static void protocol_free(struct firmware *fw, struct protocol *p)
{
	openings_free(p);
	heap_free(&fw->heap, p);
}

void handles_open(struct firmware *fw)
{
	fw->handles = (struct handles){
		.names = { .heap = &fw->heap, .kind = 'h', .limit = MAX_HANDLES },
		.by_path = { .heap = &fw->heap },
	};
}

void handles_free(struct firmware *fw)
{
	struct handles *h = &fw->handles;
	struct handle *handle;
	struct protocol *p;

	while ((handle = h->first)) {
		while ((p = handle->protocols)) {
			handle->protocols = p->next;
			protocol_free(fw, p);
		}
		h->first = handle->next;
		index_free(&handle->by_guid);
		heap_free(&fw->heap, handle);
	}
	notifications_free(fw);
	names_free(&h->names);
	index_free(&h->by_path);
}

struct handle *handle_find(struct firmware *fw, efi_handle_t name)
{
	return names_find(&fw->handles.names, name);
}

static uint64_t guid_hash(const struct efi_guid *guid)
{
	uint64_t word[2];

	memcpy(word, guid, sizeof(word));
	return index_hash(word, 2);
}

static struct protocol *protocol_of(struct index_node *node)
{
	return (struct protocol *)((char *)node - offsetof(struct protocol, node));
}

struct protocol *handle_protocol(const struct handle *handle, const struct efi_guid *guid)
{
	struct index_node *node = index_first(&handle->by_guid, guid_hash(guid));

	while (node && !guid_equal(&protocol_of(node)->guid, guid))
		node = index_next(node);
	return node ? protocol_of(node) : NULL;
}

static struct handle *handle_new(struct firmware *fw)
{
	struct handles *h = &fw->handles;
	struct handle *handle = heap_new(&fw->heap, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->name = names_add(&h->names, handle);
	if (!handle->name) {
		heap_free(&fw->heap, handle);
		return NULL;
	}
	handle->by_guid.heap = &fw->heap;
	handle->born = h->changes;
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
	index_free(&handle->by_guid);
	heap_free(&fw->heap, handle);
}

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
	p = heap_new(&fw->heap, sizeof(*p));
	if (!p)
		return EFI_OUT_OF_RESOURCES;
	*p = (struct protocol){
		.next = handle->protocols,
		.guid = *guid,
		.interface = interface,
		.group = group,
		.object = object,
		.openings = { .heap = &fw->heap },
	};
	if (p->next)
		p->next->previous = p;
	handle->protocols = p;
	index_add(&handle->by_guid, &p->node, guid_hash(guid));
	if (group)
		group_offered(fw, group, 1);
	handle->changed = ++fw->handles.changes;
	if (guid_equal(guid, &guid_device_path))
		path_note(fw, handle, p);
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

static struct protocol *find(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid)
{
	struct handle *handle = handle_find(fw, name);

	return handle ? handle_protocol(handle, guid) : NULL;
}

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
	struct protocol *p = find(fw, name, guid);
	efi_handle_t driver;
	unsigned before;

	while (p && (driver = first_driver(p)) && !fw->ended) {
		before = p->n_by_driver;
		if (driver_disconnect(fw, name, driver, 0) != EFI_SUCCESS)
			return EFI_ACCESS_DENIED;
		p = find(fw, name, guid);
		if (p && p->n_by_driver >= before)
			return EFI_ACCESS_DENIED;
	}
	return p && !fw->ended ? EFI_SUCCESS : EFI_NOT_FOUND;
}

efi_status_t protocol_release(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid)
{
	const uint32_t only_looked =
		OPEN_BY_HANDLE_PROTOCOL | OPEN_GET_PROTOCOL | OPEN_TEST_PROTOCOL;
	const bool drivers = find(fw, name, guid)->n_by_driver;
	efi_status_t status = release_drivers(fw, name, guid);
	struct opening *o, *next;
	struct protocol *p;

	if (status == EFI_SUCCESS) {
		p = find(fw, name, guid);
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

static void take_off(struct firmware *fw, struct handle *handle, struct protocol *p)
{
	*(p->previous ? &p->previous->next : &handle->protocols) = p->next;
	if (p->next)
		p->next->previous = p->previous;
	index_remove(&handle->by_guid, &p->node);
	path_forget(fw, p);
	handle->changed = ++fw->handles.changes;
	notify_removed(fw, &p->guid, handle->name);
	if (p->group) {
		group_offered(fw, p->group, -1);
		pool_free(fw, p->interface);
	}
	protocol_free(fw, p);
	if (!handle->protocols)
		handle_drop(fw, handle);
}

efi_status_t protocol_remove(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid,
			     efi_addr_t interface)
{
	struct protocol *p = find(fw, name, guid);
	efi_status_t status;

	if (!handle_find(fw, name))
		return EFI_INVALID_PARAMETER;
	if (!p || p->interface != interface)
		return EFI_NOT_FOUND;
	status = protocol_release(fw, name, guid);
	if (status != EFI_SUCCESS)
		return status;
	take_off(fw, handle_find(fw, name), find(fw, name, guid));
	return EFI_SUCCESS;
}

void protocol_drop(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid,
		   efi_addr_t interface)
{
	struct protocol *p = find(fw, name, guid);

	if (p && p->interface == interface)
		take_off(fw, handle_find(fw, name), p);
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
	struct opening *o, *next;
	struct handle *h;
	struct protocol *p;

	for (h = fw->handles.first; h; h = h->next)
		for (p = h->protocols; p; p = p->next)
			for (o = p->first_open; o; o = next) {
				next = o->next;
				if (o->entry.agent == agent)
					opening_drop(p, o);
			}
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

struct bytes device_path_at(struct firmware *fw, efi_addr_t path)
{
	const uint64_t n = path ? device_path_bytes(fw, path) : 0;
	const void *p = n ? guest_read(fw, path, n) : NULL;

	return (struct bytes){ p, p ? n : 0 };
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
