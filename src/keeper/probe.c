// SPDX-License-Identifier: MIT
/* A firmware process that has nothing to do but to build a sandbox and to shut itself in. */
#include "keeper/keeper.h"
#include "machine/machine.h"

enum { PRIVATE = 0x40000000, GATES = PRIVATE + PAGE_BYTES, END = GATES + PAGE_BYTES };

struct probe {
	struct walls walls;
	uint64_t addresses;
};

/* One with two pages, one of which can run, and a last one as far up as memory goes. */
static int build(const struct probe *probe, struct why *why)
{
	const uint64_t end = align_up(max_u64(probe->addresses, END + PAGE_BYTES), PAGE_BYTES);
	const struct ram_range range[] = { { PRIVATE, END }, { end - PAGE_BYTES, end } };
	struct ram ram;
	const struct machine_config config = {
		.ram = &ram,
		.private_page = PRIVATE,
		.gates = GATES,
		.gates_bytes = PAGE_BYTES,
	};
	struct machine *machine;
	int r;

	r = ram_open(range, ARRAY_SIZE(range), &ram, why);
	if (r < 0)
		return r;
	r = machine_process.open(&config, &machine, why);
	if (r == 0) {
		r = machine->ops->protect(machine, GATES, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC,
					  why);
		machine->ops->close(machine);
	}
	ram_close(&ram);
	return r;
}

static int shut_in(void *context, struct inside *inside, struct report *report, struct why *why)
{
	int r = build(context, why);

	return r < 0 ? r : inside_confine(inside, 0, (struct ram_range){ 0, 0 }, why);
}

static void note(void *context, const struct walls *walls, pid_t pid)
{
	((struct probe *)context)->walls = *walls;
}

int keeper_probe(uint64_t addresses, struct walls *ret_walls, struct why *why)
{
	enum { ENDS = 2, FROZEN = 1 };
	const struct report_terms terms = { .n_ends = ENDS, .boot_end = FROZEN };
	struct probe probe = { .addresses = addresses };
	const struct keeper_config config = {
		.terms = &terms,
		.work = shut_in,
		.began = note,
		.context = &probe,
	};
	struct report report;
	int r = keeper_run(&config, &report, why);

	if (r == 0 && report.error) {
		*why = report.why;
		r = report.error;
	}
	if (r == 0)
		*ret_walls = probe.walls;
	return r;
}
