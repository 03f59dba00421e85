// SPDX-License-Identifier: MIT
#include "firmware/core/handle.h"
#include "firmware/core/guid.h"
#include "firmware/core/index.h"
#include "firmware/core/names.h"
#include "firmware/core/notification.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

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

static uint64_t guid_hash(const struct handle *handle, const struct efi_guid *guid)
{
	uint64_t word[2];

	memcpy(word, guid, sizeof(word));
	return index_hash(handle->by_guid.heap, word, 2);
}

static struct protocol *protocol_of(struct index_node *node)
{
	return (struct protocol *)((char *)node - offsetof(struct protocol, node));
}

struct protocol *handle_protocol(const struct handle *handle, const struct efi_guid *guid)
{
	struct index_node *node = index_first(&handle->by_guid, guid_hash(handle, guid));

	while (node && !guid_equal(&protocol_of(node)->guid, guid))
		node = index_next(node);
	return node ? protocol_of(node) : NULL;
}

struct handle *handle_new(struct firmware *fw)
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

void handle_drop(struct firmware *fw, struct handle *handle)
{
	struct handles *h = &fw->handles;

	*(handle->previous ? &handle->previous->next : &h->first) = handle->next;
	*(handle->next ? &handle->next->previous : &h->last) = handle->previous;
	names_remove(&h->names, handle->name);
	index_free(&handle->by_guid);
	heap_free(&fw->heap, handle);
}

static const struct efi_guid *const listed_guid[N_LISTED] = {
	[LISTED_DRIVERS] = &guid_driver_binding,
	[LISTED_PLATFORM_OVERRIDES] = &guid_platform_driver_override,
};

static void list(struct handles *h, struct handle *handle, unsigned kind)
{
	struct handle *last = h->listed[kind].last;

	handle->listed[kind].previous = last;
	*(last ? &last->listed[kind].next : &h->listed[kind].first) = handle;
	h->listed[kind].last = handle;
}

static void take_off_list(struct handles *h, struct handle *handle, unsigned kind)
{
	struct handle *next = handle->listed[kind].next, *previous = handle->listed[kind].previous;

	*(previous ? &previous->listed[kind].next : &h->listed[kind].first) = next;
	*(next ? &next->listed[kind].previous : &h->listed[kind].last) = previous;
	handle->listed[kind].next = handle->listed[kind].previous = NULL;
}

struct protocol *handle_put(struct firmware *fw, struct handle *handle, const struct efi_guid *guid,
			    efi_addr_t interface)
{
	struct protocol *p = heap_new(&fw->heap, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct protocol){
		.next = handle->protocols,
		.guid = *guid,
		.interface = interface,
		.openings = { .heap = &fw->heap },
	};
	if (p->next)
		p->next->previous = p;
	handle->protocols = p;
	index_add(&handle->by_guid, &p->node, guid_hash(handle, guid));
	for (unsigned i = 0; i < N_LISTED; i++)
		if (guid_equal(guid, listed_guid[i]))
			list(&fw->handles, handle, i);
	handle->changed = ++fw->handles.changes;
	return p;
}

void handle_take(struct firmware *fw, struct handle *handle, struct protocol *p)
{
	*(p->previous ? &p->previous->next : &handle->protocols) = p->next;
	if (p->next)
		p->next->previous = p->previous;
	index_remove(&handle->by_guid, &p->node);
	for (unsigned i = 0; i < N_LISTED; i++)
		if (guid_equal(&p->guid, listed_guid[i]))
			take_off_list(&fw->handles, handle, i);
	handle->changed = ++fw->handles.changes;
	protocol_free(fw, p);
	if (!handle->protocols)
		handle_drop(fw, handle);
}

struct protocol *protocol_find(struct firmware *fw, efi_handle_t name, const struct efi_guid *guid)
{
	struct handle *handle = handle_find(fw, name);

	return handle ? handle_protocol(handle, guid) : NULL;
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
