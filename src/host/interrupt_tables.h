/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Memory that an interrupt controller reads and writes whoever runs: a GICv3 with an ITS has tables
 * of the interrupts that are messages, and not each one can be told to let go of them. Kernels
 * with EFI hand a list of them on (host/efi_map.h). Without EFI, the running kernel's log is where
 * they are named.
 */
#include "base/bytes.h"
#include "host/memory_layers.h"

/*
 * Add those of the kernel below root, which has no EFI and was booted with tree, to layers as what
 * no kernel may use. -EOPNOTSUPP when there must be some that the log does not name, or no longer.
 */
must_check int interrupt_tables_add(const char *root, struct bytes tree,
				    struct memory_layers *layers, struct why *why);
