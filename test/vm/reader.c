// SPDX-License-Identifier: MIT
/*
 * A process that draws when it is told to: for each line on stdin one draw, and a
 * line that says how that was done: "keyed" out of a key of its own, which a guard
 * allows, or "kernel". Then the guard, and "same" or "new" for the generation.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/state.h"

#include <stdio.h>

int main(void)
{
	unsigned num = 1, bytes;
	struct state *s = vgetrandom_alloc(&num, &bytes, 0, 0);
	uint64_t generation = vgetrandom_generation(), v;
	bool kept;
	int c;

	while ((c = getchar()) != EOF) {
		if (c != '\n')
			continue;
		/* the draw first: it must notice by itself */
		if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v))
			return 1;
		printf("%s ", s->mode == STATE_KEYED ? "keyed" : "kernel");
		kept = vgetrandom_still_current(generation);
		generation = vgetrandom_generation();
		printf("%s %s\n", guard_name(detector_level()), kept ? "same" : "new");
		fflush(stdout);
	}
	return 0;
}
