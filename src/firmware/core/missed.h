/* SPDX-License-Identifier: MIT */
#pragma once
/* What an image has asked for and has not had, where firmware has it. */
#include "base/why.h"
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

struct missed {
	/* The device that the image comes from, if it is a folder; 0: unknown, or a disk. */
	efi_handle_t folder;
	bool blocks;	   /* of that folder, which has none */
	struct why unseen; /* of the processor, as struct machine has it */
};

/* This protocol was asked for in vain: of this handle, or of any if that is 0. */
void missed_note(struct firmware *fw, efi_handle_t handle, const struct efi_guid *guid);
