/* SPDX-License-Identifier: MIT */
#pragma once
/* CRC-32 as the tables of UEFI (4.2) and GPT (5.3.2) have it. Pure. */
#include <stdint.h>

uint32_t crc32_of(const void *data, uint64_t n);
/* The same piece by piece: crc is of what came before, 0 of nothing. */
uint32_t crc32_more(uint32_t crc, const void *data, uint64_t n);
