/* SPDX-License-Identifier: MIT */
#pragma once
#include "efi/types.h"

/* Names for people: "EFI_NOT_FOUND", "LoaderData"; never NULL. */
const char *firmware_status_name(efi_status_t status);
const char *firmware_memory_type_name(uint32_t type);
