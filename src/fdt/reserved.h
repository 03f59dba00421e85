/* SPDX-License-Identifier: MIT */
#pragma once
#include "base/util.h"
#include "fdt/fdt.h"

/*
 * Memory that a tree wants left alone: entry i of its list, and behind them each range of a child
 * of /reserved-memory. 1, 0 behind the last one, -1 when the tree is none or the list has no end.
 */
must_check int fdt_reserved_range(struct bytes tree, unsigned i, uint64_t *ret_start,
				  uint64_t *ret_n_bytes, bool *ret_no_map);
