/* SPDX-License-Identifier: MIT */
#pragma once
/* Does the machine's owner keep its memory from the machine's host? By what CPUID says. */
#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* A leaf with sub-leaf 0, all 0 where the processor has no such leaf. */
typedef struct cpuid cpuid_fn(uint32_t leaf);
cpuid_fn processor_cpuid;

/*
 * True and *ret_kind ("SEV", "SEV-ES", "SEV-SNP", "TDX", "Hyper-V isolation") where memory is
 * encrypted or has to be accepted, or where that cannot be ruled out: then *ret_sure is false. A
 * processor of AMD's may offer what no guest has turned on. Files below root, "" for the running
 * system.
 */
bool confidential_guest(const char *root, cpuid_fn *cpuid, const char **ret_kind, bool *ret_sure);
