/* SPDX-License-Identifier: MIT */
#pragma once
/* What images for this processor say they are for. */
#define PE_MACHINE_OURS PE_MACHINE_X86_64
/* as boot loaders and file names of theirs call it */
#define PE_MACHINE_EFI_NAME "x64"
