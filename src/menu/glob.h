/* SPDX-License-Identifier: MIT */
#pragma once
/* Patterns of the shell, as loader.conf has them. Pure, and in a time that the lengths bound. */
#include <stdbool.h>

/* '?', '*', "[a-z]", and a backslash before what is meant as it stands. ASCII case is the same. */
bool glob_matches(const char *pattern, const char *text);
