// SPDX-License-Identifier: MIT
/* A firmware process that has nothing to do but to shut itself in. */
#include "keeper/keeper.h"

static int shut_in(void *context, struct inside *inside, struct report *report, struct why *why)
{
	return inside_confine(inside, 0, (struct ram_range){ 0, 0 }, why);
}

static void note(void *context, const struct walls *walls, pid_t pid)
{
	*(struct walls *)context = *walls;
}

int keeper_probe(struct walls *ret_walls, struct why *why)
{
	enum { ENDS = 2, FROZEN = 1 };
	const struct report_terms terms = { .n_ends = ENDS, .boot_end = FROZEN };
	struct walls walls = { 0 };
	const struct keeper_config config = {
		.terms = &terms,
		.work = shut_in,
		.began = note,
		.context = &walls,
	};
	struct report report;
	int r = keeper_run(&config, &report, why);

	if (r == 0 && report.error) {
		*why = report.why;
		r = report.error;
	}
	if (r == 0)
		*ret_walls = walls;
	return r;
}
