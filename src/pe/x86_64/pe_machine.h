/* SPDX-License-Identifier: MIT */
#pragma once
/* What images for this processor say they are for. */
#define PE_MACHINE_OURS PE_MACHINE_X86_64
