// SPDX-License-Identifier: MIT
/* Which firmware arm64 can go on calling: one that lies where it always lay. */
#include "guest/runtime_tables.h"
#include "tap.h"

#include <string.h>

static struct runtime_firmware machine(void)
{
	return (struct runtime_firmware){
		.system_table = 0x7f5f0018,
		.version = RUNTIME_FIRMWARE_VERSION,
		.n = 3,
		.region = { { 0x7f5f0000, 0x7f5f0000, 0x10, 15, 6, 0 },
			    { 0x7f600000, 0x7f600000, 0x50, 15, 5, 0 },
			    { 0x4000000, 0x4000000, 0x4000, 1, 11, 0 } },
	};
}

static void refused(const struct runtime_firmware *f, const char *words)
{
	const char *fault = runtime_firmware_fault(f);

	check_msg(fault && strstr(fault, words), "%s, not %s", fault ? fault : "none", words);
}

static void test_faults(void)
{
	struct runtime_firmware f = machine();

	check(!runtime_firmware_fault(&f));
	f.region[1].virtual = 0x20600000;
	refused(&f, "moved it to virtual addresses");
	f = machine();
	f.region[1].virtual = 0;
	refused(&f, "moved it");
	f = machine();
	f.region[2].physical = f.region[2].virtual = 0x7f5ff000;
	refused(&f, "overlap");
	f = machine();
	f.region[2].physical = f.region[2].virtual = 0x7f5ef000;
	refused(&f, "overlap");
	f = machine();
	f.region[0].n_pages = 0;
	refused(&f, "not made of pages");
	f = machine();
	f.region[1].n_pages = UINT64_MAX;
	refused(&f, "cannot be mapped");
	f = machine();
	f.region[1].physical++;
	f.region[1].virtual ++;
	refused(&f, "not made of pages");
	f = machine();
	f.region[1].physical = f.region[1].virtual = UINT64_C(1) << 52;
	refused(&f, "cannot be mapped");
	f = machine();
	f.system_table = 0x7f5effff;
	refused(&f, "system table");
	f.system_table = 0;
	refused(&f, "system table");
	f = machine();
	f.n = RUNTIME_MAX_REGIONS + 1;
	refused(&f, "too many");
	f = (struct runtime_firmware){ .system_table = 0x1000 };
	refused(&f, "system table");
}

static void test_made(void)
{
	const struct runtime_own own = { .code = 0x1000, .data = 0x2000 };
	struct runtime_firmware f = machine();
	struct runtime_forward forward = { 0 };

	check(!runtime_tables_most(&f, NULL));
	check(!runtime_tables_make(&f, &own, 0, NULL, 0, &forward));
	check(forward.state == RUNTIME_TABLES_USED && forward.system_table == f.system_table &&
	      forward.code == own.code && forward.data == own.data);
	f = (struct runtime_firmware){ 0 };
	check(!runtime_tables_make(&f, &own, 0, NULL, 0, &forward));
	check(forward.state == RUNTIME_TABLES_OFF && !forward.system_table);
}

int main(void)
{
	test_faults();
	test_made();
	return tap_done();
}
