/* SPDX-License-Identifier: MIT */
#pragma once
/* The payload of a firmware process that a test makes: two pages of its RAM are not its own. */
#include "machine/machine.h"

enum { GATES = 0x100000, PRIVATE = 0x101000 };

static inline int keeper_machine_open(const struct ram *ram, struct machine **ret_machine,
				      struct why *why)
{
	const struct machine_config config = {
		.ram = ram,
		.gates = GATES,
		.gates_bytes = PAGE_BYTES,
		.private_page = PRIVATE,
	};

	return machine_process.open(&config, ret_machine, why);
}
