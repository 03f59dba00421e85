/* SPDX-License-Identifier: MIT */
#pragma once
/* Where the running kernel itself lies in memory. */
#include <stdbool.h>
#include <stdint.h>

/*
 * The bytes of physical memory that /proc/iomem below root calls "Kernel code" or "Kernel data".
 * False where it names none, hides them, or they are more than a kernel has.
 */
bool kernel_part_find(const char *root, const char *name, uint64_t *ret_start, uint64_t *ret_end);

struct kernel_data {
	uint64_t start, end;  /* its variables, physical; all 0: not to be found out */
	uint64_t to_physical; /* added to what it points to RAM with */
};

struct kernel_data kernel_data_find(const char *root);

/*
 * The same, where the purgatory needs it to find kexec's list of pages; nothing where it finds
 * that by itself. <processor>/kernel_data.c
 */
struct kernel_data host_kernel_data(const char *root);
