// SPDX-License-Identifier: MIT
/* How long a service call takes: ns a call by the time of day, for the benchmark to read. */
#include "lib.h"

enum { BATCHES = 40, CALLS = 500 };

static uint64_t now_ns(void)
{
	struct efi_time t = { 0 };

	rt->get_time(&t, NULL);
	return ((t.hour * 60ull + t.minute) * 60 + t.second) * 1000000000 + t.nanosecond;
}

/* Whole seconds are all that some clocks show: wait for one to begin. */
static uint64_t edge(void)
{
	uint64_t start = now_ns(), t;

	do {
		t = now_ns();
	} while (t == start);
	return t;
}

/* Ticks a microsecond, by the time that the firmware itself tells. */
static uint64_t calibrate(void)
{
	uint64_t start = edge(), ticks = cpu_ticks(), end;

	bs->stall(200000);
	end = edge();
	return (cpu_ticks() - ticks) * 1000 / (end > start ? end - start : 1000000000);
}

static void count(void)
{
	uint64_t n;

	bs->get_next_monotonic_count(&n);
}

static void crc(void)
{
	uint32_t sum;

	bs->calculate_crc32("x", 1, &sum);
}

static void tpl(void)
{
	bs->restore_tpl(bs->raise_tpl(TPL_NOTIFY));
}

/* The mean is what a program sees, the best batch what it would see on a machine of its own. */
static void measure(const char *name, void (*call)(void), unsigned calls_each, uint64_t per_us)
{
	uint64_t all = 0, best = ~0ull, ticks;
	unsigned i, k;

	for (i = 0; i < BATCHES; i++) {
		ticks = cpu_ticks();
		for (k = 0; k < CALLS; k++)
			call();
		ticks = cpu_ticks() - ticks;
		all += ticks;
		best = ticks < best ? ticks : best;
	}
	print("%s %u ns per call, best %u\n", name,
	      all * 1000 / per_us / BATCHES / CALLS / calls_each,
	      best * 1000 / per_us / CALLS / calls_each);
}

efi_status_t payload(void)
{
	uint64_t per_us = calibrate();

	if (per_us == 0)
		return EFI_DEVICE_ERROR;
	measure("GetNextMonotonicCount", count, 1, per_us);
	measure("CalculateCrc32", crc, 1, per_us);
	measure("RaiseTPL/RestoreTPL", tpl, 2, per_us);
	return EFI_SUCCESS;
}
