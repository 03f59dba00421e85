/* SPDX-License-Identifier: MIT */
#pragma once
/* Of the running kernel: what it manages. */
#include <stdint.h>

/* Bytes of RAM the kernel manages; kexec_load(2) takes images up to half of it. */
uint64_t host_total_ram(void);
