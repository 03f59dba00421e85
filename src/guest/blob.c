// SPDX-License-Identifier: MIT
#include "guest/purgatory_abi.h"
#include "guest/runtime_abi.h"

extern const uint8_t runtime_blob_start[], runtime_blob_end[];
extern const uint8_t purgatory_blob_start[], purgatory_blob_end[];

struct bytes runtime_blob(void)
{
	return (struct bytes){ runtime_blob_start, runtime_blob_end - runtime_blob_start };
}

struct bytes purgatory_blob(void)
{
	return (struct bytes){ purgatory_blob_start, purgatory_blob_end - purgatory_blob_start };
}
