// SPDX-License-Identifier: MIT
#include "firmware/core/driver.h"
#include "firmware/core/access.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/driver_order.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

#include <string.h>

enum { MAX_CHILDREN = 256 };

/* Ask one driver: does it support the controller, and did it start on it? */
static bool start_one(struct firmware *fw, efi_handle_t controller, const struct driver *d,
		      efi_addr_t remaining, bool *ret_started)
{
	const uint64_t arg[4] = { d->interface, controller, remaining };

	if (guest_call(fw, d->binding.supported, arg, 0) != EFI_SUCCESS || fw->ended)
		return false;
	if (guest_call(fw, d->binding.start, arg, 0) == EFI_SUCCESS && !fw->ended)
		*ret_started = true;
	return true;
}

/* Handles that drivers made for this controller. */
static unsigned list_children(struct firmware *fw, efi_handle_t controller, efi_handle_t agent,
			      efi_handle_t list[static MAX_CHILDREN])
{
	struct handle *h = handle_find(fw, controller);
	unsigned n = 0, k;

	for (struct protocol *p = h ? h->protocols : NULL; p; p = p->next)
		for (const struct opening *o = p->first_open; o && n < MAX_CHILDREN; o = o->next) {
			if (o->entry.attributes != OPEN_BY_CHILD_CONTROLLER ||
			    (agent && o->entry.agent != agent))
				continue;
			for (k = 0; k < n && list[k] != o->entry.controller; k++)
				;
			if (k == n)
				list[n++] = o->entry.controller;
		}
	return n;
}

/*
 * Ask every driver about one controller, and all that did not want it again whenever one
 * took it: what a driver makes of a controller may be what another has waited for (7.3.12).
 */
static efi_status_t connect_one(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
				efi_addr_t remaining)
{
	struct driver *list;
	bool any = false;
	unsigned n;

	if (!fw->handles.listed[LISTED_DRIVERS].first)
		return EFI_NOT_FOUND;
	list = heap_new(&fw->heap, MAX_DRIVERS * sizeof(*list));
	if (!list)
		return EFI_OUT_OF_RESOURCES;
	n = drivers_in_order(fw, controller, images, list);
	for (unsigned i = 0; i < n && !fw->ended;) {
		if (start_one(fw, controller, &list[i], remaining, &any)) {
			memmove(&list[i], &list[i + 1], (--n - i) * sizeof(*list));
			i = 0;
		} else {
			i++;
		}
	}
	heap_free(&fw->heap, list);
	return any ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* Handles to go through, each one once. */
struct visit {
	struct index_node node;
	struct visit *next;
	efi_handle_t handle;
};

struct walk {
	struct index seen;
	struct visit *first, *last;
};

static bool was_seen(const struct walk *w, efi_handle_t handle, uint64_t hash)
{
	struct index_node *node = index_first(&w->seen, hash);

	while (node && ((struct visit *)node)->handle != handle)
		node = index_next(node);
	return node;
}

static bool walk_add(struct firmware *fw, struct walk *w, efi_handle_t handle)
{
	const uint64_t hash = index_hash(&fw->heap, &handle, 1);
	struct visit *v;

	if (was_seen(w, handle, hash))
		return true;
	v = heap_new(&fw->heap, sizeof(*v));
	if (!v)
		return false;
	v->handle = handle;
	*(w->last ? &w->last->next : &w->first) = v;
	w->last = v;
	index_add(&w->seen, &v->node, hash);
	return true;
}

static void walk_free(struct firmware *fw, struct walk *w)
{
	struct visit *v;

	while ((v = w->first)) {
		w->first = v->next;
		heap_free(&fw->heap, v);
	}
	index_free(&w->seen);
}

static bool add_children(struct firmware *fw, struct walk *w, efi_handle_t controller)
{
	efi_handle_t child[MAX_CHILDREN];
	const unsigned n = list_children(fw, controller, 0, child);
	bool room = true;

	for (unsigned k = 0; k < n && room; k++)
		room = walk_add(fw, w, child[k]);
	return room;
}

/*
 * The children of the last one that was added, theirs, and so on: all that come behind it. A list
 * and no recursion: what the image calls a tree of controllers may have circles, and a controller
 * that is the child of many would be asked about as often as there are ways to it.
 */
static bool connect_below(struct firmware *fw, struct walk *w)
{
	struct visit *v = w->last;
	bool room = add_children(fw, w, v->handle);

	while ((v = v->next) && room && !out_of_time(fw)) {
		connect_one(fw, v->handle, 0, 0);
		room = add_children(fw, w, v->handle);
	}
	return room;
}

efi_status_t driver_connect(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
			    efi_addr_t remaining, bool recursive)
{
	efi_status_t status = connect_one(fw, controller, images, remaining);
	struct walk walk = { .seen.heap = &fw->heap };
	bool room = true;

	if (recursive)
		room = walk_add(fw, &walk, controller) && connect_below(fw, &walk);
	walk_free(fw, &walk);
	return room ? status : EFI_OUT_OF_RESOURCES;
}

void driver_connect_each(struct firmware *fw, const efi_handle_t *controller, unsigned n)
{
	struct walk walk = { .seen.heap = &fw->heap };
	const struct visit *last;
	bool room = true;

	for (unsigned i = 0; i < n && room && !out_of_time(fw); i++) {
		last = walk.last;
		room = walk_add(fw, &walk, controller[i]);
		/* seen, as a child of one before; or what ran since has taken it away */
		if (!room || walk.last == last || !handle_find(fw, controller[i]))
			continue;
		connect_one(fw, controller[i], 0, 0);
		room = connect_below(fw, &walk);
	}
	walk_free(fw, &walk);
}

efi_status_t driver_disconnect(struct firmware *fw, efi_handle_t controller, efi_handle_t agent,
			       efi_handle_t child)
{
	efi_handle_t list[MAX_CHILDREN];
	const unsigned n_children = list_children(fw, controller, agent, list),
		       n = child ? 1 : n_children;
	uint64_t arg[4] = { 0, controller };
	struct driver d;
	efi_addr_t buffer;

	/* the agent is the driver's own handle, or its image's */
	if (!driver_of(fw, agent, &d))
		return EFI_INVALID_PARAMETER;
	if (child)
		list[0] = child;
	arg[0] = d.interface;
	if (n) {
		if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, 8 * n, &buffer) != EFI_SUCCESS)
			return EFI_OUT_OF_RESOURCES;
		guest_put(fw, buffer, list, 8 * n);
		arg[2] = n;
		arg[3] = buffer;
		if (guest_call(fw, d.binding.stop, arg, 0) != EFI_SUCCESS && !fw->ended) {
			pool_free(fw, buffer);
			return EFI_DEVICE_ERROR;
		}
		pool_free(fw, buffer);
		/* a child of many; with the only one the driver goes from the controller too */
		if (child && n_children > 1)
			return EFI_SUCCESS;
	}
	arg[2] = arg[3] = 0;
	if (fw->ended || guest_call(fw, d.binding.stop, arg, 0) != EFI_SUCCESS)
		return EFI_DEVICE_ERROR;
	return EFI_SUCCESS;
}

static bool is_child(struct firmware *fw, efi_handle_t controller, efi_handle_t agent,
		     efi_handle_t child)
{
	efi_handle_t list[MAX_CHILDREN];
	unsigned n = list_children(fw, controller, agent, list);

	while (n > 0)
		if (list[--n] == child)
			return true;
	return false;
}

/* The drivers that have something of this handle open; guid NULL: anything. */
static unsigned list_users(struct firmware *fw, efi_handle_t controller,
			   const struct efi_guid *guid, efi_handle_t list[static MAX_DRIVERS])
{
	struct handle *h = handle_find(fw, controller);
	unsigned n = 0, k;

	for (struct protocol *p = h ? h->protocols : NULL; p; p = p->next)
		for (const struct opening *o = p->first_open; o && n < MAX_DRIVERS; o = o->next) {
			if (!(o->entry.attributes & OPEN_BY_DRIVER) ||
			    (guid && !guid_equal(&p->guid, guid)))
				continue;
			for (k = 0; k < n && list[k] != o->entry.agent; k++)
				;
			if (k == n)
				list[n++] = o->entry.agent;
		}
	return n;
}

efi_status_t driver_disconnect_all(struct firmware *fw, efi_handle_t controller,
				   const struct efi_guid *guid)
{
	efi_handle_t user[MAX_DRIVERS];
	unsigned n = list_users(fw, controller, guid, user);

	for (unsigned i = 0; i < n && !fw->ended; i++)
		if (driver_disconnect(fw, controller, user[i], 0) != EFI_SUCCESS)
			return EFI_ACCESS_DENIED;
	return EFI_SUCCESS;
}

efi_status_t driver_disconnect_controller(struct firmware *fw, efi_handle_t controller,
					  efi_handle_t driver, efi_handle_t child)
{
	efi_handle_t user[MAX_DRIVERS];
	unsigned n = list_users(fw, controller, NULL, user), k;
	struct driver d;
	bool any;

	if (driver && !driver_of(fw, driver, &d))
		return EFI_INVALID_PARAMETER;
	for (k = 0; k < n && user[k] != driver; k++)
		;
	any = driver ? k == n : n == 0; /* nothing to be done is done (7.3.13) */
	for (unsigned i = 0; i < n && !out_of_time(fw); i++)
		if ((!driver || driver == user[i]) &&
		    (!child || is_child(fw, controller, user[i], child)))
			any |= driver_disconnect(fw, controller, user[i], child) == EFI_SUCCESS;
	return any ? EFI_SUCCESS : EFI_NOT_FOUND;
}
