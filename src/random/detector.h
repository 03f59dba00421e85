/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * How a duplicate of this machine is noticed, and what makes duplicates differ.
 *
 * A detector is three 64-bit words somewhere in memory, mapped read-only. Two of
 * them change when the machine is duplicated (or nobody watches any longer), the
 * third when the kernel has reseeded. Reading them is all that a draw costs.
 */
#include "base/util.h"
#include "random/published.h"

#include <stdint.h>
#include <sys/stat.h>

enum guard {
	GUARD_NONE,	 /* nothing to look at: buffer nothing */
	GUARD_VMGENID,	 /* the hypervisor's 16 bytes */
	GUARD_VMCLOCK,	 /* /dev/vmclock0 */
	GUARD_PUBLISHED, /* bardo-generationd's page */
	GUARD_BLIND,	 /* tests only: buffers and looks at nothing */
};

enum { DETECTOR_WORDS = 3, DUPLICATE_WORDS = 2, LIVENESS_WORD = 1, RESEEDS_WORD };

struct detector {
	const volatile uint64_t *word[DETECTOR_WORDS];
	enum guard kind; /* set last */
	bool marker;	 /* vmclock: the disruption marker, there is no counter */
};

extern struct detector detector;

/* What was seen against what there is: is it the same machine, with the same daemon? */
static inline bool detector_same_machine(const uint64_t seen[DUPLICATE_WORDS])
{
	return ((*detector.word[0] ^ seen[0]) | (*detector.word[1] ^ seen[1])) == 0;
}

/* And has its kernel not reseeded? The bits that differ. */
static inline uint64_t detector_differs(const uint64_t seen[DETECTOR_WORDS])
{
	return (*detector.word[0] ^ seen[0]) | (*detector.word[1] ^ seen[1]) |
	       (*detector.word[2] ^ seen[2]);
}

/* Of a futex that its owner's end would have changed. */
static inline bool detector_owned(uint32_t futex)
{
	return (futex & LIVENESS_TID) != 0 && !(futex & LIVENESS_DIED);
}

/* Did somebody count the kernel's reseeds? Then the next one changes this word. */
static inline bool detector_counts(const uint64_t seen[DETECTOR_WORDS])
{
	return detector_owned((uint32_t)seen[RESEEDS_WORD]);
}

static inline void detector_read(uint64_t ret_seen[DETECTOR_WORDS])
{
	ret_seen[0] = *detector.word[0];
	ret_seen[1] = *detector.word[1];
	ret_seen[2] = *detector.word[2];
}

/*
 * Take the first detector of this machine that this process may see; filtered: with no
 * system call but those that the dynamic loader makes.
 */
void detector_find(bool filtered);

/* Take that one; false when it is not to be had. Tests and the daemon. */
bool detector_use(enum guard kind);

/*
 * What protects at this moment: GUARD_NONE while the daemon that publishes the page is
 * dead. It is known from memory alone.
 */
enum guard detector_level(void);

/*
 * A number that no two clones share, if there is one. A detector whose value is
 * equal in all clones is not: vmclock's counter is one more than in the snapshot.
 */
bool detector_identity(uint64_t ret_identity[2]);

const char *guard_name(enum guard kind);

/* The page of the daemon in path; tests. */
void detector_published_at(const char *path);

/*
 * Map the daemon's page if there is one, whatever the detector. False when there is none to be
 * believed, or its daemon is stopped; whether what it says holds now is published_alive().
 */
bool detector_look_for_daemon(void);

/* The daemon's page when it is mapped, whatever the detector; else NULL. */
const volatile struct published *detector_published(void);
bool published_alive(const volatile struct published *page);
/* Is this what that file holds, and no copy of it from elsewhere? */
bool published_valid(const volatile struct published *page, const struct stat *file);
/* What the daemon's beat is. */
uint64_t published_clock(void);
