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
	struct driver *list = heap_new(&fw->heap, MAX_DRIVERS * sizeof(*list));
	bool any = false;
	unsigned n;

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
struct tree {
	efi_handle_t *handle;
	unsigned n, room;
};

static bool tree_add(struct firmware *fw, struct tree *t, efi_handle_t handle)
{
	unsigned room = t->room ? t->room * 2 : 16;
	efi_handle_t *p;

	for (unsigned i = 0; i < t->n; i++)
		if (t->handle[i] == handle)
			return true;
	if (t->n == t->room) {
		p = heap_resize(&fw->heap, t->handle, room * sizeof(*p));
		if (!p)
			return false;
		t->handle = p;
		t->room = room;
	}
	t->handle[t->n++] = handle;
	return true;
}

/*
 * A list and no recursion: what the image calls a tree of controllers may have circles, and a
 * controller that is the child of many would be asked about as often as there are ways to it.
 */
efi_status_t driver_connect(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
			    efi_addr_t remaining, bool recursive)
{
	efi_status_t status = connect_one(fw, controller, images, remaining);
	efi_handle_t child[MAX_CHILDREN];
	struct tree tree = { 0 };
	bool room = recursive && tree_add(fw, &tree, controller);
	unsigned n;

	for (unsigned i = 0; i < tree.n && room && !out_of_time(fw); i++) {
		if (i > 0)
			connect_one(fw, tree.handle[i], 0, 0);
		n = list_children(fw, tree.handle[i], 0, child);
		for (unsigned k = 0; k < n && room; k++)
			room = tree_add(fw, &tree, child[k]);
	}
	heap_free(&fw->heap, tree.handle);
	return recursive && !room ? EFI_OUT_OF_RESOURCES : status;
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
