// SPDX-License-Identifier: MIT
/* No page tables: the firmware is called where it lies, if nobody has told it of other addresses.
 */
#include "guest/runtime_tables.h"

static bool is_in(const struct runtime_region *r, uint64_t addr)
{
	return addr >= r->physical && (addr - r->physical) >> 12 < r->n_pages;
}

const char *runtime_firmware_fault(const struct runtime_firmware *firmware)
{
	const struct runtime_region *r;
	bool found = false;

	for (uint32_t i = 0; i < firmware->n; i++) {
		r = &firmware->region[i];
		if (r->physical % 4096 || !r->n_pages || r->n_pages > UINT64_C(1) << 40 ||
		    r->physical >> 52)
			return "a region of it has no pages, or they are nowhere";
		if (r->virtual != r->physical)
			return "the first kernel has moved it to virtual addresses (efi=novamap "
			       "avoids it)";
		for (uint32_t k = 0; k < i; k++)
			if (is_in(r, firmware->region[k].physical) ||
			    is_in(&firmware->region[k], r->physical))
				return "two regions of it are one over the other";
		found |= is_in(r, firmware->system_table);
	}
	return found ? NULL : "its system table is not part of it";
}

uint64_t runtime_tables_most(const struct runtime_firmware *firmware,
			     const struct runtime_power *power)
{
	return 0;
}

uint64_t runtime_tables_make(const struct runtime_firmware *firmware, const struct runtime_own *own,
			     uint64_t at, uint8_t *tables, uint64_t n, struct runtime_forward *ret)
{
	*ret = (struct runtime_forward){
		.state = firmware->system_table ? RUNTIME_TABLES_USED : RUNTIME_TABLES_OFF,
		.code = own->code,
		.data = own->data,
		.system_table = firmware->system_table,
	};
	return 0;
}
