// SPDX-License-Identifier: MIT
#include "guest/runtime_abi.h"

extern const uint8_t runtime_blob_start[], runtime_blob_end[];

struct bytes runtime_blob(void)
{
	return (struct bytes){ runtime_blob_start, runtime_blob_end - runtime_blob_start };
}
