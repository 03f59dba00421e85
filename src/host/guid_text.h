/* SPDX-License-Identifier: MIT */
#pragma once
/* A GUID in digits, 8-4-4-4-12, as EFI holds it: the first three groups little endian. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUID_DIGITS = 36 };

/* False unless the n bytes at text are one. */
bool guid_parse(const char *text, size_t n, uint8_t ret_guid[static 16]);
