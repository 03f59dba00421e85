/* SPDX-License-Identifier: MIT */
#pragma once
/* Calls into the guest, and what it calls meanwhile. */
#include "efi/types.h"
#include "machine/convention.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

enum { MAX_DEPTH = 40 }; /* of images and notification functions inside one another */

/* A call from us into the guest; they nest. */
struct frame {
	struct frame *outer;
	uint64_t sp;	     /* its stack pointer when it has returned to the return gate */
	efi_handle_t image;  /* that runs in it, 0 for a notification function */
	bool done;	     /* set by Exit */
	efi_status_t status; /* then: of Exit */
};

/*
 * Call a guest function and come back with its result. image is the one it
 * belongs to when it is an image's entry point, else 0.
 * EFI_OUT_OF_RESOURCES when calls are nested too deep; look at fw->ended afterwards.
 *
 * No pointer of ours survives it. What the guest calls meanwhile may free every handle, protocol,
 * event, image and file, and every page of its own memory. Keep the name (efi_handle_t, an event's
 * name, the address of an interface) and look it up again: handle_find(), event_find(),
 * image_find(), protocol_find(), guest_read(). A name is never given out twice (names.h).
 */
efi_status_t guest_call(struct firmware *fw, uint64_t function, const uint64_t arg[static 4],
			efi_handle_t image);
/* The same with more arguments. */
enum { GUEST_CALL_ARGS = CONVENTION_CALL_ARGS };
efi_status_t guest_call_many(struct firmware *fw, uint64_t function,
			     const uint64_t arg[static GUEST_CALL_ARGS], efi_handle_t image);
/* Make the registers look as behind the call that they came with; false when its stack is gone. */
bool guest_return(struct firmware *fw, efi_status_t status);
