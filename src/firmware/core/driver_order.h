/* SPDX-License-Identifier: MIT */
#pragma once
/* The image's drivers, and which of them is asked first; for driver.c alone. */
#include "firmware/core/handle.h"

enum { MAX_DRIVERS = 256 };

/* 11.1 EFI_DRIVER_BINDING_PROTOCOL */
struct driver_binding {
	efi_addr_t supported, start, stop;
	uint32_t version, padding;
	efi_handle_t image, handle;
};

struct driver {
	efi_addr_t interface;
	struct driver_binding binding;
};

/* The driver on a handle; false when there is none. */
bool driver_of(struct firmware *fw, efi_handle_t name, struct driver *ret_driver);

/*
 * All drivers in the order in which they are asked about a controller (7.3.12), images being the
 * caller's list of drivers or 0: how many. Asks those who have a say in it, which are the image's
 * own code: look at fw->ended.
 */
unsigned drivers_in_order(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
			  struct driver list[static MAX_DRIVERS]);
