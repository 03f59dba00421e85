// SPDX-License-Identifier: MIT
#include "handover/left_behind.h"
#include "guest/runtime_abi.h"
#include "tap.h"
#include "unit/map_text.h"

#include <string.h>

static struct memory_map map_of(void)
{
	const struct memory_sources from = {
		.iomem = "1000-9ffff : System RAM\n"
			 "a0000-fffff : Reserved\n"
			 "100000-1fffff : System RAM\n"
			 "200000-201fff : Reserved\n"
			 "202000-202fff : ACPI Tables\n"
			 "203000-2fffff : System RAM\n"
			 "300000-3fffff : ACPI Non-volatile Storage\n"
	};
	struct memory_map map;

	require(memory_map_from(&from, &map, NULL) == 0);
	return map;
}

/* What comes of a variable with these bytes. */
static int reclaim(const void *bytes, size_t n_bytes, const char *name, const char *want)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;
	struct host_variable variable[2] = { { .name = (char *)"Boot0000" },
					     { .name = (char *)name, .data = { bytes, n_bytes } } };
	const struct host_variables all = { variable, 2 };
	struct memory_map map = map_of();
	int r;

	memcpy(variable[1].vendor, &vendor, sizeof(vendor));
	r = memory_map_reclaim(&map, &all);
	check_msg(map_is(&map, MEMORY_LEFT_BEHIND, want), "\"%s\" is left behind", want);
	memory_map_free(&map);
	return r;
}

int main(void)
{
	const uint64_t good[] = { 0xf0000, 0xf2000, 0x200000, 0x203000 };
	const uint64_t bad[][2] = {
		{ 0xf0001, 0xf2000 },	{ 0xf0000, 0xf2001 },
		{ 0xf2000, 0xf0000 },	{ 0xf0000, 0xf0000 },
		{ 0xff000, 0x101000 },	/* RAM */
		{ 0x300000, 0x301000 }, /* NVS */
		{ 0x400000, 0x401000 }, /* nothing */
		{ 0x202000, 0x204000 }, { 0xf0000, UINT64_MAX & ~UINT64_C(0xfff) },
	};
	const uint64_t unsorted[] = { 0x200000, 0x201000, 0xf0000, 0xf1000 };
	const uint64_t twice[] = { 0xf0000, 0xf2000, 0xf1000, 0xf3000 };
	static uint64_t many[2 * RUNTIME_MAX_RANGES + 2];

	for (unsigned i = 0; i < RUNTIME_MAX_RANGES + 1; i++) {
		many[2 * i] = 0xa0000 + 0x1000 * i;
		many[2 * i + 1] = many[2 * i] + 0x1000;
	}
	check(reclaim(good, sizeof(good), "BardoRanges", "f0000-f2000 200000-203000 ") == 1);
	check(reclaim(good, 0, "BardoRanges", "") == 1);
	check(reclaim(good, sizeof(good), "BardoRange", "") == 0);
	check(reclaim(good, sizeof(good) - 8, "BardoRanges", "") == 0);
	check(reclaim(unsorted, sizeof(unsorted), "BardoRanges", "") == 0);
	check(reclaim(twice, sizeof(twice), "BardoRanges", "") == 0);
	check(reclaim(many, sizeof(many), "BardoRanges", "") == 0);
	check(reclaim(many, sizeof(many) - 16, "BardoRanges", "a0000-e0000 ") == 1);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		check(reclaim(bad[i], sizeof(bad[i]), "BardoRanges", "") == 0);
	return tap_done();
}
