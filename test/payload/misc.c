// SPDX-License-Identifier: MIT
/* 7.5 Miscellaneous boot services, 8.3 time. */
#include "lib.h"

static void test_bytes(void)
{
	uint8_t a[300], want[300];
	uint32_t crc = 0;
	unsigned i;

	succeeds(bs->calculate_crc32("123456789", 9, &crc));
	check(crc == 0xcbf43926);
	succeeds(bs->calculate_crc32("", 1, &crc));
	check(crc == 0xd202ef8d);
	is(bs->calculate_crc32(NULL, 9, &crc), EFI_INVALID_PARAMETER);
	is(bs->calculate_crc32("123456789", 0, &crc), EFI_INVALID_PARAMETER);
	is(bs->calculate_crc32("123456789", 9, NULL), EFI_INVALID_PARAMETER);

	for (i = 0; i < sizeof(a); i++)
		a[i] = want[i] = (uint8_t)(i * 7);
	memmove(want + 13, want, 200);
	bs->copy_mem(a + 13, a, 200);
	check_text(memcmp(a, want, sizeof(a)) == 0, "CopyMem onto itself, upwards");
	memmove(want, want + 5, 250);
	bs->copy_mem(a, a + 5, 250);
	check_text(memcmp(a, want, sizeof(a)) == 0, "CopyMem onto itself, downwards");
	bs->copy_mem(a, a + 100, 0);
	bs->copy_mem(a, a, 100);
	check(memcmp(a, want, sizeof(a)) == 0);
	memset(want + 3, 0xee, 111);
	bs->set_mem(a + 3, 111, 0xee);
	bs->set_mem(a, 0, 0x11);
	check(memcmp(a, want, sizeof(a)) == 0);
}

static uint64_t stall_ticks(uint64_t us)
{
	uint64_t start = cpu_ticks();

	succeeds(bs->stall(us));
	return cpu_ticks() - start;
}

static uint64_t timer_ticks(uint64_t us)
{
	uint64_t start = cpu_ticks(), index;
	event_t timer;

	bs->create_event(EVT_TIMER, 0, NULL, NULL, &timer);
	bs->set_timer(timer, TIMER_RELATIVE, us * 10);
	bs->wait_for_event(1, &timer, &index);
	bs->close_event(timer);
	return cpu_ticks() - start;
}

/* A wait lasts longer on a busy machine, and never less: the shortest of some is it. */
static uint64_t shortest(uint64_t (*ticks_of)(uint64_t us), uint64_t us)
{
	uint64_t ticks, least = ~0ull;
	unsigned i;

	for (i = 0; i < 10; i++) {
		ticks = ticks_of(us);
		least = ticks < least ? ticks : least;
	}
	return least;
}

static void test_time_passing(void)
{
	uint64_t n_short = shortest(stall_ticks, 30000), n_long = shortest(stall_ticks, 120000);
	uint64_t n_timer = shortest(timer_ticks, 120000);

	print("# stall 30 ms: %u ticks, 120 ms: %u, timer: %u\n", n_short, n_long, n_timer);
	check_text(n_long > 2 * n_short && n_long < 8 * n_short, "Stall takes as long as it says");
	/* two clocks of the firmware, one time */
	check_text(n_timer > n_long / 2 && n_timer < n_long * 2, "Stall and SetTimer agree");
	succeeds(bs->stall(0));
}

static void test_time_of_day(void)
{
	struct time_capabilities caps = { 0 };
	struct efi_time a = { 0 }, b = { 0 };

	succeeds(rt->get_time(&a, &caps));
	check(a.year >= 2020 && a.year <= 9999 && a.month >= 1 && a.month <= 12);
	check(a.day >= 1 && a.day <= 31 && a.hour <= 23 && a.minute <= 59 && a.second <= 59);
	check(a.nanosecond <= 999999999);
	check((a.time_zone >= -1440 && a.time_zone <= 1440) || a.time_zone == 2047);
	check((a.daylight & ~3) == 0);
	check(caps.resolution >= 1 && caps.sets_to_zero <= 1);
	bs->stall(1100000);
	succeeds(rt->get_time(&b, NULL));
	check_text(b.second != a.second || b.minute != a.minute, "a second later it is later");
	is(rt->get_time(NULL, NULL), EFI_INVALID_PARAMETER);
}

static void test_counters(void)
{
	uint64_t a = 0, b = 0;
	uint32_t high = 0;

	succeeds(bs->get_next_monotonic_count(&a));
	succeeds(bs->get_next_monotonic_count(&b));
	check(b == a + 1);
	is(bs->get_next_monotonic_count(NULL), EFI_INVALID_PARAMETER);
	is_either(rt->get_next_high_monotonic_count(&high), EFI_SUCCESS, EFI_UNSUPPORTED);
	succeeds(bs->set_watchdog_timer(300, 0x10000, 0, NULL));
	succeeds(bs->set_watchdog_timer(300, 0x10000, 2 * 5, u"what"));
	/* time enough between the two on a busy machine, and then more than that */
	succeeds(bs->set_watchdog_timer(3, 0x10000, 0, NULL));
	succeeds(bs->set_watchdog_timer(0, 0x10000, 0, NULL));
	bs->stall(4200000);
	check_text(true, "a watchdog that was called off stays quiet");
}

static void EFIAPI told(event_t event, void *context)
{
	print("%s\n", context);
}

/* A time limit of its own, forgotten: the machine would be reset. */
static void wait_for_watchdog(void)
{
	succeeds(bs->set_watchdog_timer(1, 0x12345, 0, NULL));
	bs->stall(300000000);
	print("came back\n");
}

static void reset(void)
{
	event_t e;

	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, told, "told of the reset",
				     &reset_system_guid, &e));
	rt->reset_system(0, EFI_SUCCESS, 0, NULL);
	print("came back\n");
}

efi_status_t payload(void)
{
	if (option_is("watchdog"))
		wait_for_watchdog();
	if (option_is("reset"))
		reset();
	test_bytes();
	test_time_passing();
	test_time_of_day();
	test_counters();
	return tap_done();
}
