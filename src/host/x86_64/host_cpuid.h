/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* A leaf with sub-leaf 0, all 0 where the processor has no such leaf. */
typedef struct cpuid cpuid_fn(uint32_t leaf);

/* confidential_guest() by these leaves. A processor of AMD's may offer what no guest turned on. */
bool confidential_guest_by(const char *root, cpuid_fn *cpuid, const char **ret_kind,
			   bool *ret_sure);
