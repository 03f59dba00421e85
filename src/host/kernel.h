/* SPDX-License-Identifier: MIT */
#pragma once
/* Of the running kernel: what it manages, and how it maps it. */
#include <stdbool.h>
#include <stdint.h>

/* Are page tables five levels deep? kexec hands the machine over in that mode. */
bool host_has_5_levels(void);

/* Bytes of RAM the kernel manages; kexec_load(2) takes images up to half of it. */
uint64_t host_total_ram(void);
