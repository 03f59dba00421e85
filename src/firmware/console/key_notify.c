// SPDX-License-Identifier: MIT
/* Functions of the image that are called when a key is typed (UEFI 2.10, 12.2.5). */
#include "firmware/console/key_notify.h"
#include "firmware/console/keys.h"
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

/*
 * One RegisterKeyNotify. Its event carries the call to the level that notifications have; it is
 * held by its name, which is what the image has too, and looked up whenever it is needed.
 */
struct key_notify {
	struct key_notify *next;
	uint64_t event;
	efi_addr_t key_data; /* in the image's memory, for its function */
	struct key key;
};

enum {
	KEY_DATA_BYTES = 12,
	MOST = 1024, /* all are looked at for each key that is typed, of which many come at once */
};

static bool matches(const struct key *wanted, const struct key *typed)
{
	return wanted->scan_code == typed->scan_code && wanted->unicode == typed->unicode &&
	       (!(wanted->shift_state & SHIFT_STATE_VALID) ||
		wanted->shift_state == typed->shift_state);
}

void key_notify_typed(struct firmware *fw, struct key_notify *list, const struct key *key)
{
	struct event *e;

	for (struct key_notify *n = list; n; n = n->next) {
		e = matches(&n->key, key) ? event_find(fw, n->event) : NULL;
		if (e)
			event_signal(fw, e);
	}
}

static struct event *new_event(struct firmware *fw, efi_addr_t function, efi_addr_t key_data)
{
	struct event *e = event_new(fw, EVT_NOTIFY_SIGNAL, TPL_CALLBACK, function, 0);

	if (e) {
		e->first_argument = key_data;
		e->ours = true;
	}
	return e;
}

efi_status_t key_notify_add(struct firmware *fw, struct key_notify **list, efi_addr_t key_data,
			    efi_addr_t function, uint64_t *ret_name)
{
	uint8_t data[KEY_DATA_BYTES];
	struct key_notify *n;
	unsigned n_others = 0;
	struct event *e;
	efi_addr_t copy;

	for (n = *list; n; n = n->next)
		n_others++;
	if (n_others >= MOST)
		return EFI_OUT_OF_RESOURCES;
	if (!function || !guest_get(fw, key_data, data, sizeof(data)))
		return EFI_INVALID_PARAMETER;
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(data), &copy) != EFI_SUCCESS)
		return EFI_OUT_OF_RESOURCES;
	guest_put(fw, copy, data, sizeof(data));
	n = heap_new(&fw->heap, sizeof(*n));
	e = n ? new_event(fw, function, copy) : NULL;
	if (!e) {
		heap_free(&fw->heap, n);
		pool_free(fw, copy);
		return EFI_OUT_OF_RESOURCES;
	}
	n->event = e->name;
	n->key_data = copy;
	n->key.scan_code = (uint16_t)(data[0] | data[1] << 8);
	n->key.unicode = (uint16_t)(data[2] | data[3] << 8);
	n->key.shift_state = (uint32_t)(data[4] | data[5] << 8 | data[6] << 16) | (uint32_t)data[7]
											  << 24;
	n->next = *list;
	*list = n;
	*ret_name = n->event;
	return EFI_SUCCESS;
}

efi_status_t key_notify_remove(struct firmware *fw, struct key_notify **list, uint64_t name)
{
	struct key_notify **link, *n;
	struct event *e;

	for (link = list; (n = *link); link = &n->next) {
		if (n->event != name)
			continue;
		*link = n->next;
		pool_free(fw, n->key_data);
		e = event_find(fw, n->event);
		if (e)
			event_close(fw, e);
		heap_free(&fw->heap, n);
		return EFI_SUCCESS;
	}
	return EFI_INVALID_PARAMETER;
}

void key_notify_free(struct firmware *fw, struct key_notify **list)
{
	struct key_notify *n;

	while ((n = *list)) {
		*list = n->next;
		heap_free(&fw->heap, n);
	}
}
