/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/config.h"
#include "firmware/core/part.h"

/* firmware_new() with these parts, which have to stay as long as the firmware. */
must_check int core_new(const struct firmware_config *config, const struct parts *parts,
			struct firmware **ret_firmware, struct why *why);
