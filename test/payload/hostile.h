/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Programs that attack. The load options name one attack of the program's
 * table. An attack that comes back either was answered (it says so in TAP) or
 * broke something: the runner knows which of the two is right.
 */
#include "lib.h"

struct attack {
	const char *name;
	void (*run)(void);
};

/* Runs the one that the load options name and ends with the plan. */
static inline efi_status_t attack_run(const struct attack *attacks, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!option_is(attacks[i].name))
			continue;
		attacks[i].run();
		/* counts as a check, so that an attack without any ends well, too */
		check_text(true, attacks[i].name);
		print("# came back\n");
		return tap_done();
	}
	print("not ok - no attack of this name\n");
	return EFI_NOT_FOUND;
}
#define ATTACK_RUN(table) attack_run((table), sizeof(table) / sizeof(*(table)))

/* An address that no descriptor covers, above the first MiB. */
static inline uint64_t address_outside(void)
{
	uint64_t addr = 0, end;
	struct map map;

	if (map_get(&map) != EFI_SUCCESS)
		return 0;
	for_each_descriptor(d, &map)
	{
		end = d->physical_start + d->n_pages * 4096;
		addr = end > addr ? end : addr;
	}
	map_free(&map);
	return addr + (64 << 20);
}
