/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/* What the machine says of itself: SMBIOS records, and its word in device trees of others. */
extern const struct part part_smbios, part_dt_fixup;
