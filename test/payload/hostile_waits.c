// SPDX-License-Identifier: MIT
/* Attacks by going on: waits and loops without end, and a stack that has one. */
#include "hostile.h"

static volatile uint64_t sink;

static void a_loop(void)
{
	for (;;)
		;
}

static void a_loop_services(void)
{
	for (;;)
		bs->get_next_monotonic_count((uint64_t *)&sink);
}

static void a_stall_for_ever(void)
{
	for (;;)
		bs->stall(~0ull);
}

static void a_wait_for_ever(void)
{
	event_t event;
	uint64_t index;

	bs->create_event(0, 0, NULL, NULL, &event);
	bs->wait_for_event(1, &event, &index);
}

static __attribute__((noinline)) uint64_t recurse(uint64_t n)
{
	volatile uint8_t frame[4000];

	frame[n % 4000] = (uint8_t)n;
	if (n == ~0ull) /* as if it had an end */
		return 0;
	return recurse(n + 1) + frame[n % 4000];
}

static void a_stack_overflow(void)
{
	sink = recurse(0);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(loop), A(loop_services), A(stall_for_ever), A(wait_for_ever), A(stack_overflow),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
