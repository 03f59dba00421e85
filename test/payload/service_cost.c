// SPDX-License-Identifier: MIT
/* How long a service call takes: ns a call by the time of day, for the benchmark to read. */
#include "lib.h"

enum { CALLS = 20000 };

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

efi_status_t payload(void)
{
	uint64_t start, end, count, i, ticks, ticks_ns;
	uint32_t crc;
	tpl_t old;

	/* ticks a nanosecond, over the time that the firmware itself tells */
	start = edge();
	ticks_ns = rdtsc();
	bs->stall(200000);
	end = edge();
	ticks_ns = (rdtsc() - ticks_ns) * 1000 / (end > start ? end - start : 1000000000);
	if (ticks_ns == 0)
		return EFI_DEVICE_ERROR;

	ticks = rdtsc();
	for (i = 0; i < CALLS; i++)
		bs->get_next_monotonic_count(&count);
	ticks = rdtsc() - ticks;
	print("GetNextMonotonicCount %u ns per call\n", ticks * 1000 / ticks_ns / CALLS);
	ticks = rdtsc();
	for (i = 0; i < CALLS; i++)
		bs->calculate_crc32("x", 1, &crc);
	ticks = rdtsc() - ticks;
	print("CalculateCrc32 %u ns per call\n", ticks * 1000 / ticks_ns / CALLS);
	ticks = rdtsc();
	for (i = 0; i < CALLS / 2; i++) {
		old = bs->raise_tpl(TPL_NOTIFY);
		bs->restore_tpl(old);
	}
	ticks = rdtsc() - ticks;
	print("RaiseTPL/RestoreTPL %u ns per call\n", ticks * 1000 / ticks_ns / CALLS);
	return EFI_SUCCESS;
}
