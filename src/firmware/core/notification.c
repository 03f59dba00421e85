// SPDX-License-Identifier: MIT
#include "firmware/core/notification.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/state.h"

#include <string.h>

static void drop(struct firmware *fw, struct notification *n)
{
	heap_free(&fw->heap, n->pending);
	heap_free(&fw->heap, n);
}

void notifications_free(struct firmware *fw)
{
	struct handles *handles = &fw->handles;
	struct notification *n;

	while ((n = handles->notifications)) {
		handles->notifications = n->next;
		drop(fw, n);
	}
}

struct notification *notification_find(struct firmware *fw, uint64_t registration)
{
	struct notification *n = fw->handles.notifications;

	while (n && n->registration != registration)
		n = n->next;
	return n;
}

void notification_add(struct firmware *fw, struct notification *n, efi_handle_t handle)
{
	unsigned room = n->room ? n->room * 2 : 16;
	efi_handle_t *p;

	if (n->n_pending == n->room) {
		p = heap_resize(&fw->heap, n->pending, room * sizeof(*p));
		if (!p)
			return; /* the event is signalled all the same; one more look finds it */
		n->pending = p;
		n->room = room;
	}
	n->pending[n->n_pending++] = handle;
}

void notify_removed(struct firmware *fw, const struct efi_guid *guid, efi_handle_t handle)
{
	unsigned kept;

	for (struct notification *n = fw->handles.notifications; n; n = n->next) {
		if (!guid_equal(&n->guid, guid))
			continue;
		kept = 0;
		for (unsigned i = 0; i < n->n_pending; i++)
			if (n->pending[i] != handle)
				n->pending[kept++] = n->pending[i];
		n->n_pending = kept;
	}
}

void notifications_forget_event(struct firmware *fw, uint64_t event)
{
	struct notification **link = &fw->handles.notifications, *n;

	while ((n = *link)) {
		if (n->event != event) {
			link = &n->next;
			continue;
		}
		*link = n->next;
		drop(fw, n);
	}
}
