/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where memory of each type begins and ends: what outlives boot services where the largest page of
 * any kernel does, so that no such page has memory of two kinds (UEFI 2.10, 2.3.6).
 */
#include "efi/types.h"

#include <stdint.h>

struct firmware;

/* At least a page; what memory of this type begins at is a multiple. */
uint64_t granule_of(const struct firmware *fw, uint32_t type);

/* So many pages are taken, and given back, when n_pages of this type are asked for. */
uint64_t granule_pages(const struct firmware *fw, uint32_t type, uint64_t n_pages);

/* Where n_pages of this type are best put: a multiple of this, at least granule_of(). */
uint64_t granule_alignment(const struct firmware *fw, uint32_t type, uint64_t n_pages);
