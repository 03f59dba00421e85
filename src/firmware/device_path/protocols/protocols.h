/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/* Device paths as text, from text, and put together (UEFI 2.10, 10.5 and 10.6). */
extern const struct part part_device_path_to_text, part_device_path_from_text,
	part_device_path_utilities;

/* A path in guest memory as text into out; false when it is none or does not fit. */
bool device_path_text(struct firmware *fw, efi_addr_t path, char *out, size_t room);
