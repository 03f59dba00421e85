/* SPDX-License-Identifier: MIT */
#pragma once
/* The driver model (UEFI 2.10, 7.3.12 ff. and 11.1): the image's drivers, asked on its behalf. */
#include "firmware/core/handle.h"

/*
 * Start what supports the controller; images is a list of driver handles to prefer, or 0,
 * remaining the device path of the one child that is wanted, or 0.
 */
efi_status_t driver_connect(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
			    efi_addr_t remaining, bool recursive);

/* These and all below them, each once. */
void driver_connect_each(struct firmware *fw, const efi_handle_t *controller, unsigned n);

/* Call Stop() of the driver behind agent; child 0 is all of them. */
efi_status_t driver_disconnect(struct firmware *fw, efi_handle_t controller, efi_handle_t agent,
			       efi_handle_t child);

/* All drivers that have this protocol of the handle open. */
efi_status_t driver_disconnect_all(struct firmware *fw, efi_handle_t controller,
				   const struct efi_guid *guid);

/* DisconnectController: the one driver, or with 0 all of them. */
efi_status_t driver_disconnect_controller(struct firmware *fw, efi_handle_t controller,
					  efi_handle_t driver, efi_handle_t child);
