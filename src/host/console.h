/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdint.h>

/*
 * The serial line that the running kernel below root has its console on, as code without
 * drivers reaches it: an I/O port where the processor has those, else a physical address. 0
 * when there is none that it could use.
 */
uint64_t host_console(const char *root);
