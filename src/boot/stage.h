/* SPDX-License-Identifier: MIT */
#pragma once
/* From an image that has run, or a kernel that needs not, to what kexec holds. */
#include "boot/host.h"
#include "boot/initrds.h"
#include "boot/run.h"
#include "handover/handover.h"
#include "host/tables.h"
#include "random/generation.h"

/*
 * What is noted down with it, and the jump is told: points into request and generation. host NULL:
 * the kernel itself loads it, right before the jump.
 */
void stage_options(const struct boot_request *request, const struct generation *generation,
		   const struct host_view *host, struct handover_options *ret_options);

/* The machine that run has frozen, whose memory is erased behind it, staged or not. */
must_check int stage_frozen(struct run_result *run, const struct memory_map *map,
			    const struct handover_options *options,
			    struct handover_report *ret_report, struct why *why);

/* What a kernel that is entered at its own entry is started with. */
struct direct_start {
	const char *cmdline; /* NULL: none */
	const struct initrd_set *initrds;
	int initrd; /* instead of them; -1: as they are */
	void (*random)(void *buf, size_t n);
	struct bytes screen; /* struct screen_info; empty: none */
};

must_check int stage_direct(const struct boot_image *image, const struct direct_start *start,
			    const struct memory_map *map, const struct host_tables *tables,
			    const struct handover_options *options,
			    struct handover_report *ret_report, struct why *why);
