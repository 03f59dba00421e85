/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Handles by their device paths, without a walk over all there are. A path is noted as it is
 * when it is installed; one whose bytes were changed behind that is found by a walk only.
 */
#include "firmware/core/handle.h"

/* p, on handle, is a device path that was put there, or has another interface now. */
void path_note(struct firmware *fw, struct handle *handle, struct protocol *p);
/* It goes away; nothing when it was never noted. */
void path_forget(struct firmware *fw, struct protocol *p);
/* Is there a handle with exactly this path, in guest memory? */
bool path_is_taken(struct firmware *fw, efi_addr_t path);
/*
 * The handle with this protocol whose path is the longest beginning of the path's first
 * instance, the oldest of equals; NULL: none. *ret_bytes: so many bytes of it.
 */
struct handle *path_longest(struct firmware *fw, efi_addr_t path, const struct efi_guid *guid,
			    uint64_t *ret_bytes);
