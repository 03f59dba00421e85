/* SPDX-License-Identifier: MIT */
#pragma once
/* Between keeper and firmware process: datagrams of one size each way, an answer to each. */
#include "keeper/walls.h"
#include "machine/ram.h"

#include <stdint.h>
#include <sys/types.h>

enum request_kind {
	REQUEST_CONFINED, /* once, first: resume and walls */
	REQUEST_STARTS,	  /* once: the image is one, and is about to run */
	REQUEST_KEYS,
	REQUEST_VOLUME, /* number */
};

struct request {
	uint32_t kind, number;
	struct ram_range resume;
	struct walls walls;
};

struct answer {
	int32_t error;
	struct why why;
};

/* From the keeper, before all else. */
struct go {
	struct walls walls; /* those that are missing already */
	bool become; /* this user of its namespace, and of no group but this: only root can */
	uid_t uid;
	gid_t gid;
};
