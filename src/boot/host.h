/* SPDX-License-Identifier: MIT */
#pragma once
/* The machine that an image is told it runs on. */
#include "boot/memory.h"
#include "host/efivars.h"
#include "host/kernel_data.h"

/* All zeros: nothing is known of it. */
struct host_view {
	struct memory_map map;
	uint64_t fingerprint; /* memory_map_now()'s */
	struct host_tables tables;
	struct memory_description memory; /* made of both */
	struct kernel_data variables;
};

/*
 * This machine, whose variables say what the last boot left behind in memory; or, where the caller
 * may not see it and made_up is not 0, a plain one with so much RAM.
 */
must_check int host_view_read(uint64_t made_up, const struct host_variables *variables,
			      struct host_view *view, struct why *why);
void host_view_free(struct host_view *view);
