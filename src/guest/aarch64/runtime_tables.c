// SPDX-License-Identifier: MIT
#include "guest/runtime_tables.h"

const char *runtime_firmware_fault(const struct runtime_firmware *firmware)
{
	return "bardo does not call it on this processor";
}

uint64_t runtime_tables_most(const struct runtime_firmware *firmware,
			     const struct runtime_power *power)
{
	return 0;
}

uint64_t runtime_tables_make(const struct runtime_firmware *firmware, const struct runtime_own *own,
			     uint64_t at, uint8_t *tables, uint64_t n, struct runtime_forward *ret)
{
	*ret = (struct runtime_forward){ .state = RUNTIME_TABLES_OFF,
					 .code = own->code,
					 .data = own->data };
	return 0;
}
