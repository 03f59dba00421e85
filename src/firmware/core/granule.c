// SPDX-License-Identifier: MIT
#include "firmware/core/granule.h"
#include "base/util.h"
#include "firmware/core/state.h"

static uint64_t largest_page(const struct firmware *fw)
{
	return max_u64(fw->config.largest_page, PAGE_BYTES);
}

uint64_t granule_of(const struct firmware *fw, uint32_t type)
{
	switch (type) {
	case EFI_RESERVED_MEMORY:
	case EFI_RUNTIME_SERVICES_CODE:
	case EFI_RUNTIME_SERVICES_DATA:
	case EFI_ACPI_MEMORY_NVS:
		return largest_page(fw);
	default:
		return PAGE_BYTES;
	}
}

uint64_t granule_pages(const struct firmware *fw, uint32_t type, uint64_t n_pages)
{
	return align_up(n_pages, granule_of(fw, type) >> PAGE_SHIFT);
}

/*
 * A kernel's code has to begin at such a place as well. It says so in its header, but systemd-stub
 * 258 to 261 does not when it asks for room for one.
 */
uint64_t granule_alignment(const struct firmware *fw, uint32_t type, uint64_t n_pages)
{
	const bool may_be_kernel =
		type == EFI_LOADER_CODE && n_pages >= largest_page(fw) >> PAGE_SHIFT;

	return may_be_kernel ? largest_page(fw) : granule_of(fw, type);
}
