// SPDX-License-Identifier: MIT
#include "handover/direct.h"

#include <errno.h>

/* What has no EFI stub here has no boot protocol that is worth the name either. */
int direct_build(const struct direct_config *config, struct direct *ret_direct, struct why *why)
{
	return why_set(why, -ENOEXEC,
		       "--handover direct is for x86-64: the kernel's EFI stub boots it here");
}

void direct_free(struct direct *direct)
{
}
