/* SPDX-License-Identifier: MIT */
#pragma once
/* The next kernel's seed table. */
#include <stdbool.h>

struct firmware;

/* Boot services end: the table that stands is sound, or that of part_seed takes its place. */
bool seed_freeze(struct firmware *fw);
