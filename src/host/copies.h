/* SPDX-License-Identifier: MIT */
#pragma once
/* A growing list of pieces of physical memory, each copied once. */
#include "base/bytes.h"
#include "host/tables.h"

/* Where physical memory is read from: /dev/mem, or a test's idea of it. */
struct phys {
	/* All or nothing; addr is anything, and so is addr + n_bytes. */
	bool (*read)(void *context, uint64_t addr, void *to, size_t n_bytes);
	void *context;
};

struct copies {
	struct table_copy *copy;
	unsigned n, cap;
	uint64_t n_bytes;
};

enum {
	COPIES_MAX = 4096,
	COPIES_MAX_BYTES = 64 << 20, /* of all together: lengths come from outside */
};

/*
 * Read [addr, addr + n_bytes) and remember it; ret_data, which may be NULL, points
 * into the copy. A piece that is there already is not read again. Returns 0,
 * -ENODATA when it cannot be read, -E2BIG beyond the limits, or -ENOMEM.
 */
must_check int copies_add(struct copies *c, const struct phys *phys, uint64_t addr,
			  uint64_t n_bytes, struct bytes *ret_data);

/* The same of bytes that somebody else has read at addr. */
must_check int copies_add_bytes(struct copies *c, uint64_t addr, struct bytes data);

/* The copy that begins at addr and has so many bytes or more; NULL when there is none. */
const struct table_copy *copies_find(const struct copies *c, uint64_t addr, uint64_t n_bytes);

void copies_sort(struct copies *c);
void copies_free(struct copies *c);
