// SPDX-License-Identifier: MIT
#include "handover/kexec_load.h"

#include <linux/kexec.h>

const unsigned long kexec_arch = KEXEC_ARCH_AARCH64;
