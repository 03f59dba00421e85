/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The bytes of each run to be staged as one piece of our memory. A run with
 * holes in it is a view of guest memory of its own, with nothing mapped there but
 * zeros: reading a hole of guest memory itself would fill it with pages.
 */
#include "handover/segments.h"

struct stage_bytes {
	const uint8_t *run[SEGMENTS_MAX];
	uint64_t view_bytes[SEGMENTS_MAX]; /* of a view; 0: guest memory itself */
	unsigned n;
};

must_check int stage_bytes_open(const struct frozen *frozen, const struct segment_plan *plan,
				struct stage_bytes *ret_bytes, struct why *why);
void stage_bytes_close(struct stage_bytes *bytes);
