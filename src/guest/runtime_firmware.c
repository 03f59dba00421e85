// SPDX-License-Identifier: MIT
/* Which firmware can go on being called, as far as it is the same on each processor. */
#include "base/util.h"
#include "guest/runtime_tables.h"

static bool overlap(const struct runtime_region *a, const struct runtime_region *b)
{
	const uint64_t n = a->n_pages * PAGE_BYTES, m = b->n_pages * PAGE_BYTES;

	return (a->physical < b->physical + m && b->physical < a->physical + n) ||
	       (a->virtual < b->virtual + m && b->virtual < a->virtual + n);
}

static const char *region_fault(const struct runtime_firmware *f, unsigned i)
{
	const struct runtime_region *r = &f->region[i];
	const char *fault;

	if ((r->physical | r->virtual) % PAGE_BYTES || !r->n_pages)
		return "a region of its memory is not made of pages";
	fault = runtime_region_fault(r);
	for (unsigned j = 0; !fault && j < i; j++)
		if (overlap(r, &f->region[j]))
			fault = "two regions of its memory overlap";
	return fault;
}

const char *runtime_firmware_fault(const struct runtime_firmware *f)
{
	bool has_table = false;
	const char *fault;

	if (f->n > RUNTIME_MAX_REGIONS)
		return "its memory has too many regions";
	for (unsigned i = 0; i < f->n; i++) {
		fault = region_fault(f, i);
		if (fault)
			return fault;
		has_table |= runtime_region_has(&f->region[i], f->system_table);
	}
	return has_table ? NULL : "its system table is not in its memory";
}
