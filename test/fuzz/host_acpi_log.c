// SPDX-License-Identifier: MIT
/* The input is one line of the kernel's log. */
#include "fuzz/fuzz.h"
#include "host/acpi_log.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char *text = malloc(n_bytes + 1);
	struct acpi_line l;

	fuzz_assert(text);
	memcpy(text, data, n_bytes);
	text[n_bytes] = 0;
	if (acpi_line_parse(text, &l))
		fuzz_assert(l.addr && l.addr < 1ull << 52 && strstr(text, "ACPI: "));
	free(text);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seeds[] = {
		"6,1,2,-;ACPI: RSDP 0x000000007F77D014 000024 (v02 BOCHS )\n",
		"ACPI: FACS 0x000000007F7DC000 000040\n",
		"ACPI: APIC 0x000000007F777000 000078 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
	};

	if (i >= ARRAY_SIZE(seeds) || cap < strlen(seeds[i]))
		return 0;
	memcpy(data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
