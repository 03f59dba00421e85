// SPDX-License-Identifier: MIT
/* No page tables: the firmware is called where it lies, if nobody has told it of other addresses.
 */
#include "guest/runtime_tables.h"

const char *runtime_region_fault(const struct runtime_region *r)
{
	if (r->physical >> 52 || r->n_pages >> 40)
		return "a region of its memory has an address that cannot be mapped";
	if (r->virtual != r->physical)
		return "the first kernel has moved it to virtual addresses (efi=novamap avoids it)";
	return NULL;
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
