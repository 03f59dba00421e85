/* SPDX-License-Identifier: MIT */
#pragma once
/* Of the running kernel: what it manages. */
#include <stdbool.h>
#include <stdint.h>

/* Bytes of RAM the kernel manages; kexec_load(2) takes images up to half of it. */
uint64_t host_total_ram(void);

/*
 * Bytes that one process can take without anybody being killed for it: what the kernel of root
 * estimates, less a rest for all others. UINT64_MAX where it says nothing.
 */
uint64_t host_spare_ram(const char *root);

/* Does the kernel of root move memory of processes to a device or file? */
bool host_swaps(const char *root);

enum host_switch { SWITCH_NOT_THERE, SWITCH_OFF, SWITCH_ON };

/* What the switch key ("kho=") of a kernel's command line says; the last one counts. */
enum host_switch host_switch(const char *cmdline, const char *key);
