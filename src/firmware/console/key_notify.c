// SPDX-License-Identifier: MIT
/* Functions of the image that are called when a key is typed (UEFI 2.10, 12.2.5). */
#include "firmware/console/key_notify.h"
#include "firmware/console/keys.h"
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

#include <stdlib.h>

/* One RegisterKeyNotify. Its event carries the call to the level that notifications have. */
struct key_notify {
	struct key_notify *next;
	struct event *event;
	struct key key;
};

enum { KEY_DATA_BYTES = 12 };

static bool matches(const struct key *wanted, const struct key *typed)
{
	return wanted->scan_code == typed->scan_code && wanted->unicode == typed->unicode &&
	       (!(wanted->shift_state & SHIFT_STATE_VALID) ||
		wanted->shift_state == typed->shift_state);
}

void key_notify_typed(struct firmware *fw, struct key_notify *list, const struct key *key)
{
	for (struct key_notify *n = list; n; n = n->next)
		if (matches(&n->key, key))
			event_signal(fw, n->event);
}

efi_status_t key_notify_add(struct firmware *fw, struct key_notify **list, efi_addr_t key_data,
			    efi_addr_t function, uint64_t *ret_name)
{
	uint8_t data[KEY_DATA_BYTES];
	struct key_notify *n;
	efi_addr_t copy;

	if (!function || !guest_get(fw, key_data, data, sizeof(data)))
		return EFI_INVALID_PARAMETER;
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(data), &copy) != EFI_SUCCESS)
		return EFI_OUT_OF_RESOURCES;
	guest_put(fw, copy, data, sizeof(data));
	n = calloc(1, sizeof(*n));
	if (n)
		n->event = event_new(fw, EVT_NOTIFY_SIGNAL, TPL_CALLBACK, function, 0);
	if (!n || !n->event) {
		free(n);
		pool_free(fw, copy);
		return EFI_OUT_OF_RESOURCES;
	}
	n->event->first_argument = copy;
	n->key.scan_code = (uint16_t)(data[0] | data[1] << 8);
	n->key.unicode = (uint16_t)(data[2] | data[3] << 8);
	n->key.shift_state = (uint32_t)(data[4] | data[5] << 8 | data[6] << 16) | (uint32_t)data[7]
											  << 24;
	n->next = *list;
	*list = n;
	*ret_name = n->event->name;
	return EFI_SUCCESS;
}

efi_status_t key_notify_remove(struct firmware *fw, struct key_notify **list, uint64_t name)
{
	struct key_notify **link, *n;

	for (link = list; (n = *link); link = &n->next) {
		if (n->event->name != name)
			continue;
		*link = n->next;
		pool_free(fw, n->event->first_argument);
		event_close(fw, n->event);
		free(n);
		return EFI_SUCCESS;
	}
	return EFI_INVALID_PARAMETER;
}

void key_notify_free(struct key_notify **list)
{
	struct key_notify *n;

	while ((n = *list)) {
		*list = n->next;
		free(n);
	}
}
