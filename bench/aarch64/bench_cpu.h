/* SPDX-License-Identifier: MIT */
#pragma once
/* What bench/random.c has for arm64 alone. */

/* Our version of ChaCha20, but the portable one: each such processor has it. */
#define CPU_OURS(ROW) ROW("neon")
#define CPU_BASE "neon"

/* libsodium has nothing but the portable one. */
#define CPU_SODIUM(ROW)
#define CPU_RIVALS(ROW)

/* It waits for the one before; how long differs from core to core. */
#define CPU_MULTIPLY "mul %0, %0, %0"
#define CPU_MULTIPLY_CYCLES 0

/* /proc/cpuinfo has no name, but these of MIDR_EL1. */
#define CPU_NAMED "implementer %s, part %s, variant %s"
#define CPU_FIELDS "CPU implementer", "CPU part", "CPU variant"
