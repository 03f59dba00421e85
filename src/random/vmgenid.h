/* SPDX-License-Identifier: MIT */
#pragma once
/* The page that holds this machine's VM generation id. */
#include "base/util.h"
#include "base/why.h"

#include <stdint.h>

/*
 * Map the 16 bytes of the id, read-only, through ACPI's tables and /dev/mem.
 * Both are root's, and lockdown or a kernel without /dev/mem may refuse even
 * root. Returns 0 or a negative errno: -ENOENT when the machine has no id.
 */
must_check int vmgenid_map(const volatile uint64_t **ret_id, struct why *why);
void vmgenid_unmap(const volatile uint64_t *id);

/* Its physical address: the same, and the same failures. */
must_check int vmgenid_find(uint64_t *ret_address, struct why *why);
