/* SPDX-License-Identifier: MIT */
#pragma once
/* ACPI's tables of serial lines: SPCR (a console) and DBG2 (for debuggers). */
#include <stdbool.h>
#include <stdint.h>

/*
 * The I/O port of the first 16550 in SPCR, else in DBG2, below root; 0 when there is none. One in
 * memory is none: this is for processors that have ports.
 */
uint16_t serial_tables_port(const char *root);
