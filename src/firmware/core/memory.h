/* SPDX-License-Identifier: MIT */
#pragma once
/* Pages and pools of the guest (UEFI 2.10, 7.2). */
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

efi_status_t memory_allocate(struct firmware *fw, enum efi_allocate_type how, uint32_t type,
			     uint64_t n_pages, uint64_t *inout_addr);
/* The highest pages that are free, a multiple of align, below end. */
efi_status_t memory_allocate_below(struct firmware *fw, uint32_t type, uint64_t n_pages,
				   uint64_t align, uint64_t end, uint64_t *ret_addr);
efi_status_t memory_free(struct firmware *fw, uint64_t addr, uint64_t n_pages);
struct permission;
/* Change what the image may do with what it has of [start, end). */
efi_status_t memory_permit(struct firmware *fw, uint64_t start, uint64_t end,
			   const struct permission *permission);
/* Change what the image may do in [start, end), which it has. */
void memory_protect(struct firmware *fw, uint64_t start, uint64_t end, unsigned prot);
/* From now on data is executable too, as it was when the image was made. */
void memory_allow_execution(struct firmware *fw);
/* A fault at addr was a look at OVMF's work area, which is there now: go on. */
bool memory_show_work_area(struct firmware *fw, uint64_t addr);
efi_status_t pool_allocate(struct firmware *fw, uint32_t type, uint64_t n_bytes,
			   efi_addr_t *ret_addr);
efi_status_t pool_free(struct firmware *fw, efi_addr_t addr);
