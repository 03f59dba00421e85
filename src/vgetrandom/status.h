/* SPDX-License-Identifier: MIT */
#pragma once
/* Which guarantee holds on this machine, for this process, and why. */
#include <stdbool.h>

void status_print(bool json);
