/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/* What firmware_new() puts together. */
extern const struct parts firmware_parts;
