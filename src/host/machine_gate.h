/* SPDX-License-Identifier: MIT */
#pragma once
#include "base/why.h"

/*
 * What of this kind of machine, or of its kernel, stands in the way of a jump: by files below root,
 * 0 or a negative errno and the reason. <processor>/machine_gate.c
 */
must_check int machine_gate(const char *root, struct why *why);
