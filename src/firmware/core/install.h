/* SPDX-License-Identifier: MIT */
#pragma once
/* Putting protocols on handles and taking them off, with all who are to hear of it. */
#include "firmware/core/handle.h"

struct why;

/*
 * Put a protocol on *inout_handle, or on a new handle when that is 0.
 * group and object are for our own ones (interface 0 then: it is made here, in
 * guest memory, with a gate behind each function), NULL otherwise.
 */
efi_status_t protocol_install(struct firmware *fw, efi_handle_t *inout_handle,
			      const struct efi_guid *guid, efi_addr_t interface,
			      const struct service_group *group, void *object);
/* Put one of ours on a handle, as protocol_install() with words for a failure. */
int protocol_offer(struct firmware *fw, efi_handle_t *inout_handle,
		   const struct service_group *group, void *object, struct why *why);
/* Whoever has it open: what is behind it is gone. */
void protocol_drop(struct firmware *fw, efi_handle_t handle, const struct efi_guid *guid,
		   efi_addr_t interface);
/* The same for one that was looked up. */
void protocol_take_off(struct firmware *fw, efi_handle_t name, struct protocol *p);

/*
 * An interface of ours in guest memory, on no handle yet: each function pointer
 * leads to its row's gate, data members are 0. pool_free() it.
 */
efi_status_t interface_make(struct firmware *fw, const struct service_group *group,
			    efi_addr_t *ret_interface);

/* p is new on its handle, or said to be: who has registered for its kind is signalled. */
void notify_installed(struct firmware *fw, const struct efi_guid *guid, efi_handle_t handle);
