/* SPDX-License-Identifier: MIT */
#pragma once
/* What the next kernel reaches of this machine besides us: its firmware, and its reset. */
#include "base/util.h"
#include "guest/runtime_tables.h"

struct firmware;

/* Bytes behind fw->runtime_data_bytes that page tables take, wherever they come to lie. */
uint64_t forward_bytes(const struct firmware *fw);
/* Make the tables, p being the bytes at fw->runtime_data, and note in *data where they are. */
void forward_make(struct firmware *fw, uint8_t *p, struct runtime_data *data);
/* The machine's firmware, for whoever runs on the next kernel to find. */
void forward_tell(struct firmware *fw);
/*
 * Where the firmware stays at its place, its memory is described as what it is, with the right to
 * be mapped at runtime. 0 or -ENOMEM.
 */
must_check int forward_claim(struct firmware *fw);
/* From at on, up to where such memory begins or ends, and its attributes; 0 where it is none. */
uint64_t forward_until(const struct firmware *fw, uint64_t at, uint64_t end,
		       uint64_t *ret_attribute);
/* What of the runtime services works in the next kernel: EFI_RT_SUPPORTED_*. */
uint32_t forward_supported(const struct firmware *fw);
