// SPDX-License-Identifier: MIT
#include "tool/tool.h"

void hooks_set(struct boot_request *request)
{
}
