/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The page that bardo-generationd publishes in /run/bardo/generation, for
 * processes that may see neither VMGENID nor vmclock. Nothing in it is secret.
 *
 * Writer: the identity first, the generation after it. A reader between the two
 * keys itself with the new identity and finds the generation changed afterwards;
 * the other way round it would believe in an old identity.
 *
 * It lies in a tmpfs, which does not outlive the boot, and names its own file there. So
 * no page is believed that somebody copied, with all that it says, to another place.
 */
#include "base/util.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define PUBLISHED_DIR "/run/bardo"
#define PUBLISHED_PATH PUBLISHED_DIR "/generation"
#define PUBLISHED_SOCKET PUBLISHED_DIR "/vmclock"

enum { PUBLISHED_MAGIC_BYTES = 8, PUBLISHED_VERSION = 3, IDENTITY_BYTES = 16 };
#define PUBLISHED_MAGIC "bardogen"

/* futex(2): the kernel sets this in a robust futex whose owner has died */
#define LIVENESS_DIED 0x40000000u
#define LIVENESS_TID 0x3fffffffu

/* Who has not beaten for so long does not run, or the clock was set: that passes with the next
 * beat. */
enum { BEAT_SECONDS_MOST = 4 };

struct published {
	char magic[PUBLISHED_MAGIC_BYTES];
	uint32_t version;
	uint32_t bytes;	      /* of this structure, for readers that are older */
	uint64_t generation;  /* a new one at each duplicate; never 0 */
	uint32_t liveness;    /* robust futex held by the daemon: its thread id */
	uint32_t source;      /* enum guard: what the daemon itself looks at */
	uint64_t identity[2]; /* differs between clones */
	uint64_t clock;	      /* vmclock's counter that the identity belongs to */
	uint32_t counts;      /* a second such futex, beside what it says of the kernel */
	uint32_t reseeds;     /* the kernel's, counted */
	/* a second cache line: nothing here is looked at in a draw */
	uint64_t device, inode; /* of this very file: a copy of it names another one */
	uint64_t beat;		/* CLOCK_REALTIME's second when the daemon last ran */
};

static_assert(offsetof(struct published, generation) == 16, "read as one 64-bit word");
static_assert(offsetof(struct published, liveness) == 24, "read together with source");
static_assert(offsetof(struct published, identity) == 32, "two 64-bit words");
static_assert(offsetof(struct published, counts) == 56, "read together with reseeds");
static_assert(offsetof(struct published, device) == 64, "one cache line for each draw");
