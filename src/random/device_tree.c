// SPDX-License-Identifier: MIT
#include "random/device_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"

enum {
	ADDRESS_CELLS_MOST = 2,
	PROPERTY_BYTES = 256,
	ENTRIES_BYTES = 512,
	BUSES_MOST = 2, /* in a row: the root, and one on it */
};

/* ---------------------------------------------------------------- properties */

static bool take_cells(struct bytes b, uint64_t *at, uint32_t n, uint64_t *ret)
{
	struct bytes part;
	uint64_t v = 0;
	size_t i;

	if (n > ADDRESS_CELLS_MOST || !bytes_sub(b, *at, 4 * (uint64_t)n, &part))
		return false;
	for (i = 0; i < part.n; i++)
		v = v << 8 | part.p[i];
	*at += part.n;
	*ret = v;
	return true;
}

bool device_tree_reg(struct bytes reg, struct device_tree_cells parent, uint64_t *ret_address)
{
	uint64_t at = 0;

	return parent.address > 0 && take_cells(reg, &at, parent.address, ret_address);
}

bool device_tree_translate(struct bytes ranges, struct device_tree_cells bus,
			   struct device_tree_cells parent, uint64_t *address)
{
	uint64_t at = 0, from, to, n;

	if (ranges.n == 0)
		return true;
	while (take_cells(ranges, &at, bus.address, &from) &&
	       take_cells(ranges, &at, parent.address, &to) &&
	       take_cells(ranges, &at, bus.size, &n) && at > 0) {
		if (*address >= from && *address - from < n) {
			*address += to - from;
			return true;
		}
	}
	return false;
}

/* --------------------------------------------------------------------- nodes */

/* -ENOENT when it has none; one that is longer is cut. */
static int read_property(int node, const char *name, uint8_t room[PROPERTY_BYTES],
			 struct bytes *ret)
{
	scoped_fd fd = openat(node, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, room, PROPERTY_BYTES);

	if (n < 0)
		return -errno;
	*ret = (struct bytes){ room, (size_t)n };
	return 0;
}

static uint32_t cells_of(int node, const char *name, uint32_t otherwise)
{
	uint8_t room[PROPERTY_BYTES];
	struct bytes p;
	uint64_t at = 0, v;

	return read_property(node, name, room, &p) == 0 && take_cells(p, &at, 1, &v) ? (uint32_t)v
										     : otherwise;
}

/* What a node does not say, its parent does. */
static struct device_tree_cells cells(int node, struct device_tree_cells parent)
{
	return (struct device_tree_cells){ cells_of(node, "#address-cells", parent.address),
					   cells_of(node, "#size-cells", parent.size) };
}

static bool wanted(int node, const char *compatible)
{
	uint8_t room[PROPERTY_BYTES];
	struct bytes p;

	if (read_property(node, "compatible", room, &p) < 0 || !bytes_list_has(p, compatible))
		return false;
	return read_property(node, "status", room, &p) < 0 || bytes_list_has(p, "okay") ||
	       bytes_list_has(p, "ok");
}

static int find_on(int bus, struct device_tree_cells here, unsigned depth, const char *compatible,
		   uint64_t *ret);

/* The node itself, or on it when it is a bus. */
static int find_at(int node, struct device_tree_cells parent, unsigned depth,
		   const char *compatible, uint64_t *ret)
{
	const struct device_tree_cells own = cells(node, parent);
	uint8_t room[PROPERTY_BYTES];
	struct bytes p;
	int r;

	if (wanted(node, compatible))
		return read_property(node, "reg", room, &p) == 0 && device_tree_reg(p, parent, ret)
			       ? 0
			       : -ENOEXEC;
	if (depth >= BUSES_MOST || read_property(node, "ranges", room, &p) < 0)
		return -ENOENT;
	r = find_on(node, own, depth + 1, compatible, ret);
	return r == 0 && !device_tree_translate(p, own, parent, ret) ? -ENOEXEC : r;
}

static int find_on(int bus, struct device_tree_cells here, unsigned depth, const char *compatible,
		   uint64_t *ret)
{
	uint8_t entries[ENTRIES_BYTES] __attribute__((aligned(8)));
	ssize_t n, at;
	int r = -ENOENT;

	while (r == -ENOENT && (n = getdents64(bus, (void *)entries, sizeof(entries))) > 0) {
		for (at = 0; r == -ENOENT && at < n;) {
			const struct dirent64 *e = (const void *)(entries + at);

			at += e->d_reclen;
			if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
				continue;
			scoped_fd node = openat(bus, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (node >= 0)
				r = find_at(node, here, depth, compatible, ret);
		}
	}
	return r;
}

int device_tree_find(int root, const char *compatible, uint64_t *ret_address)
{
	/* where even the root says nothing, Linux takes 1 */
	const struct device_tree_cells silent = { 1, 1 };
	uint64_t address;
	int r = find_on(root, cells(root, silent), 1, compatible, &address);

	if (r == 0)
		*ret_address = address;
	return r;
}
