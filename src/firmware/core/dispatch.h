/* SPDX-License-Identifier: MIT */
#pragma once
/* Calls into the guest, and what it calls meanwhile. */
#include "efi/types.h"
#include "machine/convention.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;
struct image;

enum { MAX_DEPTH = 40 }; /* of images and notification functions inside one another */

/* A call from us into the guest; they nest. */
struct frame {
	struct frame *outer;
	uint64_t sp;	     /* its stack pointer when it has returned to the return gate */
	struct image *image; /* that runs in it, NULL for a notification function */
	bool done;	     /* set by Exit */
	efi_status_t status; /* then: of Exit */
};

/*
 * Call a guest function and come back with its result. image is the one it
 * belongs to when it is an image's entry point, else NULL.
 * EFI_OUT_OF_RESOURCES when calls are nested too deep; look at fw->ended afterwards.
 */
efi_status_t guest_call(struct firmware *fw, uint64_t function, const uint64_t arg[static 4],
			struct image *image);
/* The same with more arguments. */
enum { GUEST_CALL_ARGS = CONVENTION_CALL_ARGS };
efi_status_t guest_call_many(struct firmware *fw, uint64_t function,
			     const uint64_t arg[static GUEST_CALL_ARGS], struct image *image);
/* Make the registers look as behind the call that they came with; false when its stack is gone. */
bool guest_return(struct firmware *fw, efi_status_t status);
