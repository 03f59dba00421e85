/* SPDX-License-Identifier: MIT */
#pragma once
/* Arguments as text, by their kind. */
#include "firmware/core/service.h"

#include <stdio.h>

void show_arg(struct firmware *fw, FILE *out, enum arg_kind kind, uint64_t v);
/* A pointer to a value: what it points to, marked as a reference. */
void show_target(struct firmware *fw, FILE *out, enum arg_kind kind, efi_addr_t addr);
