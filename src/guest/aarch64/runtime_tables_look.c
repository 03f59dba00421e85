// SPDX-License-Identifier: MIT
/* There are no page tables of our own to be used. */
#include "guest/runtime.h"

/* A kernel that moves us, unasked, leaves the firmware where nobody can call it. */
void runtime_tables_begin(struct runtime_data *d)
{
	if (d->forward.at_data == (uint64_t)d && d->forward.at_code == (uint64_t)&runtime_header)
		return;
	d->forward.state = RUNTIME_TABLES_OFF;
	d->forward.system_table = 0;
}

bool runtime_write_memory(struct runtime_data *d, const struct runtime_write *w)
{
	return false;
}
