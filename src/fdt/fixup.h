/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a machine's own device tree knows that one out of a file does not, put into that one. Pure.
 *
 * Of /chosen what the other lacks; the machine's serial number and network addresses; its memory;
 * reserved memory that the other does not name. Of its /chosen what has a meaning for one boot only
 * is left out. Nodes that are copied lose their phandles: nobody there refers to them.
 */
#include "base/util.h"
#include "fdt/fdt.h"

enum { FDT_FIXUP_SPARE = 4096 }; /* bytes left free for whoever edits it next */

/*
 * Write given, fixed, to out, and return how many bytes it has, as its header says; of them at most
 * room are written. 0: given or machine is no tree, or has no room for more in 32 bits.
 */
must_check uint64_t fdt_fixup(struct bytes given, struct bytes machine, uint8_t *out,
			      uint64_t room);
