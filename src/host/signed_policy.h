/* SPDX-License-Identifier: MIT */
#pragma once
#include "base/why.h"

#include <stdbool.h>

/*
 * True when this machine may need a signed policy of PCR 11 to boot: the image brings one for what
 * it unlocks, or /etc/crypttab below root names a volume that goes by one. Behind a kexec it cannot
 * match, since PCR 11 does not begin with zeros.
 */
bool signed_policy_in_use(const char *root, bool image_has_one, struct why *ret_why);
