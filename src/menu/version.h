/* SPDX-License-Identifier: MIT */
#pragma once
/* Versions as the Version Format Specification (UAPI.10) orders them. Pure. */

/* Below, equal to or above 0, as a is older than b, as new or newer. NULL is "". */
int version_compare(const char *a, const char *b);
