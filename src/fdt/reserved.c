// SPDX-License-Identifier: MIT
#include "fdt/reserved.h"
#include "fdt/walk.h"

/* The i-th range of the children of /reserved-memory. */
static int reserved_node(const struct fdt *t, unsigned i, uint64_t *ret_start,
			 uint64_t *ret_n_bytes, bool *ret_no_map)
{
	struct fdt_token node, child;
	struct bytes reg, none;
	uint32_t cells[2];
	uint64_t each, n;

	if (!fdt_find_node(t, "/reserved-memory", &node))
		return 0;
	fdt_cells_of(t, &node, cells);
	if (cells[0] > 4 || cells[1] > 4 || cells[0] + cells[1] == 0)
		return 0;
	each = 4 * (cells[0] + cells[1]);
	for (uint64_t at = node.end; fdt_next_child(t, &at, &child);) {
		if (!fdt_find_property(t, &child, "reg", &reg))
			continue;
		n = reg.n / each;
		if (i >= n) {
			i -= (unsigned)n;
			continue;
		}
		*ret_start = *ret_n_bytes = 0;
		if (!fdt_cells(reg, i * each, cells[0], ret_start) ||
		    !fdt_cells(reg, i * each + 4 * cells[0], cells[1], ret_n_bytes))
			*ret_n_bytes = 0; /* beyond 64 bits: nobody's memory */
		*ret_no_map = fdt_find_property(t, &child, "no-map", &none);
		return 1;
	}
	return 0;
}

int fdt_reserved_range(struct bytes tree, unsigned i, uint64_t *ret_start, uint64_t *ret_n_bytes,
		       bool *ret_no_map)
{
	struct fdt t;
	unsigned n = 0;

	if (!fdt_open_whole(tree, &t))
		return -1;
	*ret_no_map = false;
	while (fdt_reserved_entry(&t, n, ret_start, ret_n_bytes) > 0)
		if (n++ == i)
			return 1;
	return reserved_node(&t, i - n, ret_start, ret_n_bytes, ret_no_map);
}
