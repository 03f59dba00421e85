// SPDX-License-Identifier: MIT
#include "handover/kexec_load.h"

#include <linux/kexec.h>

/* A 64-bit entry has to be asked for, whatever kind of program asks. */
const unsigned long kexec_arch = KEXEC_ARCH_X86_64;
