/* SPDX-License-Identifier: MIT */
#pragma once
/* Who wants to be called when a key is typed: RegisterKeyNotify (UEFI 2.10, 12.2.5). */
#include "efi/types.h"
#include "firmware/console/keys.h"

struct firmware;
struct key_notify;

/* Takes them on, with a name for key_notify_remove(). */
efi_status_t key_notify_add(struct firmware *fw, struct key_notify **list, efi_addr_t key_data,
			    efi_addr_t function, uint64_t *ret_name);
efi_status_t key_notify_remove(struct firmware *fw, struct key_notify **list, uint64_t name);
void key_notify_typed(struct firmware *fw, struct key_notify *list, const struct key *key);
void key_notify_free(struct firmware *fw, struct key_notify **list);
