/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdint.h>

struct firmware;

/*
 * Nothing to do until then, or until something is typed, where there is a terminal to type at.
 * May come back early.
 */
void wait_until(struct firmware *fw, uint64_t until_ns);
