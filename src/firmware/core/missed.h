/* SPDX-License-Identifier: MIT */
#pragma once
/* The blocks of the volume that an image comes from, where that is a folder and has none. */
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

/* The device is a folder; 0: it is not known, or a disk. */
struct missed {
	efi_handle_t folder;
	bool blocks; /* the image has asked for them */
};

/* This protocol was asked for in vain: of this handle, or of any if that is 0. */
void missed_note(struct firmware *fw, efi_handle_t handle, const struct efi_guid *guid);
