/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/* Texts and the like that images register (UEFI 2.10, 34), in this order. */
extern const struct part part_hii_database, part_hii_string;
