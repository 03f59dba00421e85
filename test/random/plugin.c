// SPDX-License-Identifier: MIT
/* A plugin with the static library inside. */
#include <vgetrandom.h>

__attribute__((visibility("default"))) uint64_t plugin_draw(void);

uint64_t plugin_draw(void)
{
	return vgetrandom_u64();
}
