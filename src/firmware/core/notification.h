/* SPDX-License-Identifier: MIT */
#pragma once
/* Who wants to hear of new protocols (RegisterProtocolNotify). */
#include "firmware/core/handle.h"

/* One RegisterProtocolNotify: an event and the handles it was signalled for, oldest first. */
struct notification {
	struct notification *next;
	struct efi_guid guid;
	uint64_t event;
	uint64_t registration;
	efi_handle_t *pending;
	unsigned n_pending, room;
};

void notifications_free(struct firmware *fw);
struct notification *notification_find(struct firmware *fw, uint64_t registration);
/* One handle more that it was signalled for. */
void notification_add(struct firmware *fw, struct notification *n, efi_handle_t handle);
void notify_removed(struct firmware *fw, const struct efi_guid *guid, efi_handle_t handle);
/* Its event is closed: nobody listens any more. */
void notifications_forget_event(struct firmware *fw, uint64_t event);
