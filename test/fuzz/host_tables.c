// SPDX-License-Identifier: MIT
/* The input is what lies at 0xf0000, and there is no other memory. */
#include "fuzz/fuzz.h"
#include "host/acpi.h"
#include "host/smbios.h"
#include "host/x86_64/bios_area.h"
#include "unit/tiny_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct bytes memory = { data, n_bytes };
	struct phys phys = { tt_read, &memory };
	struct copies c = { NULL, 0, 0, 0 };
	uint64_t rsdp, sm3, sm, sum = 0;

	if (acpi_rsdp_find(&phys, &rsdp))
		fuzz_assert(acpi_collect(&phys, rsdp, &c) == 0);
	smbios_find(&phys, &sm3, &sm);
	fuzz_assert(smbios_collect(&phys, sm3, &c) == 0);
	fuzz_assert(smbios_collect(&phys, sm, &c) == 0);
	copies_sort(&c);
	for (unsigned i = 0; i < c.n; i++) {
		sum += c.copy[i].n_bytes;
		fuzz_assert(c.copy[i].addr >= TT_ADDR);
		fuzz_assert(c.copy[i].n_bytes <= TT_ADDR + n_bytes - c.copy[i].addr);
		fuzz_assert(memcmp(c.copy[i].data, data + c.copy[i].addr - TT_ADDR,
				   c.copy[i].n_bytes) == 0);
	}
	fuzz_assert(sum == c.n_bytes && sum <= COPIES_MAX_BYTES);
	copies_free(&c);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	struct tiny_tables t = tt_new();

	if (i == 1) { /* the old way, by RSDT alone */
		t.p[TT_RSDP + 15] = 0;
		tt_sum(&t, TT_RSDP, 20, TT_RSDP + 8);
	}
	if (i > 1 || cap < sizeof(t.p))
		return 0;
	memcpy(data, t.p, sizeof(t.p));
	return sizeof(t.p);
}
