/* SPDX-License-Identifier: MIT */
#pragma once
/* System registers, and the exception level that decides which of them count. */
#include <stdbool.h>
#include <stdint.h>

#define READ_REGISTER(name)                                                                        \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define WRITE_REGISTER(name, value)                                                                \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline bool at_el2(void)
{
	return READ_REGISTER(CurrentEL) == 2 << 2;
}

/* HCR_EL2.E2H: the registers named _EL2 are laid out as EL1's. */
static inline bool hosts_el2(void)
{
	return READ_REGISTER(hcr_el2) >> 34 & 1;
}
