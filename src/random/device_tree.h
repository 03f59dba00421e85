/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A device tree as Linux shows it below /sys/firmware/devicetree/base: a folder for each node, a
 * file for each property, numbers big-endian. (Devicetree Specification 0.4, chapter 2.)
 */
#include "base/bytes.h"
#include "base/util.h"

#include <stdint.h>

struct device_tree_cells {
	uint32_t address, size; /* so many 32-bit cells each, for the children of a node */
};

/* The first address of "reg". */
must_check bool device_tree_reg(struct bytes reg, struct device_tree_cells parent,
				uint64_t *ret_address);

/* From a bus's addresses to those of its parent, by its "ranges"; none at all: they are the same.
 */
must_check bool device_tree_translate(struct bytes ranges, struct device_tree_cells bus,
				      struct device_tree_cells parent, uint64_t *address);

/*
 * The physical address of the first device that is compatible, on the root or a bus on it.
 * Allocates nothing. Returns 0, -ENOENT, or -ENOEXEC when its address has a form that we
 * do not read.
 */
must_check int device_tree_find(int root, const char *compatible, uint64_t *ret_address);
