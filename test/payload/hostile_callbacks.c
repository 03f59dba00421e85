// SPDX-License-Identifier: MIT
/* Attacks by callbacks that leave, nest, never end, and events without number. */
#include "hostile.h"

static volatile uint64_t sink;
static void *callback_gate;

static event_t event_with(notify_fn notify, void *context)
{
	event_t event = NULL;

	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notify, context, &event);
	return event;
}

/* Callbacks that do not come back */

static void EFIAPI leave(event_t event, void *context)
{
	bs->exit(self, EFI_ABORTED, 0, NULL);
}

static void a_exit_in_callback(void)
{
	bs->signal_event(event_with(leave, NULL));
	check(false);
}

static void a_exit_in_timer(void)
{
	event_t event;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, leave, NULL, &event);
	bs->set_timer(event, TIMER_RELATIVE, 1000);
	for (;;)
		;
}

static void EFIAPI loop_for_ever(event_t event, void *context)
{
	for (;;)
		;
}

static void a_loop_in_callback(void)
{
	bs->signal_event(event_with(loop_for_ever, NULL));
}

static void EFIAPI crash(event_t event, void *context)
{
	*(volatile uint64_t *)sink = 1;
}

static void a_crash_in_callback(void)
{
	bs->signal_event(event_with(crash, NULL));
}

static void EFIAPI wrong_stack(event_t event, void *context)
{
	/* returns to the right gate from another place */
	cpu_return_below(__builtin_return_address(0));
}

static void a_return_with_wrong_stack(void)
{
	bs->signal_event(event_with(wrong_stack, NULL));
	check(true);
}

static void EFIAPI keep_gate(event_t event, void *context)
{
	callback_gate = __builtin_return_address(0);
}

/* The callback's way back, taken when no callback runs. */
static void a_stale_callback_gate(void)
{
	bs->signal_event(event_with(keep_gate, NULL));
	((void (*)(void))callback_gate)();
}

static void EFIAPI main_gate(event_t event, void *context)
{
	((void (*)(void))return_gate)();
	/* or the call is a jump, and on arm64 that is a return like any other */
	callback_gate = NULL;
}

static void a_main_gate_in_callback(void)
{
	bs->signal_event(event_with(main_gate, NULL));
}

static void a_return_gate(void)
{
	((void (*)(void))return_gate)();
}

static void EFIAPI ebs_inside(event_t event, void *context)
{
	struct map map;

	map_get(&map);
	bs->exit_boot_services(self, map.key);
}

static void a_ebs_in_callback(void)
{
	bs->signal_event(event_with(ebs_inside, NULL));
	check(true);
}

static void a_ebs_in_ebs(void)
{
	event_t event;
	struct map map;

	bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, ebs_inside, NULL, &event);
	map_get(&map);
	bs->exit_boot_services(self, map.key);
	check(true);
}

static void EFIAPI exit_in_ebs(event_t event, void *context)
{
	bs->exit(self, EFI_ABORTED, 0, NULL);
}

static void a_exit_in_ebs(void)
{
	event_t event;
	struct map map;

	bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, exit_in_ebs, NULL, &event);
	map_get(&map);
	bs->exit_boot_services(self, map.key);
	check(true);
}

/* Events: endless in number, in depth, in themselves */

static void EFIAPI signal_again(event_t event, void *context)
{
	sink++;
	bs->signal_event(event);
}

static void a_signal_itself(void)
{
	bs->signal_event(event_with(signal_again, NULL));
}

static event_t ping, pong;

static void EFIAPI signal_other(event_t event, void *context)
{
	bs->signal_event(event == ping ? pong : ping);
}

static void a_signal_each_other(void)
{
	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, signal_other, NULL, &ping);
	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, signal_other, NULL, &pong);
	bs->signal_event(ping);
}

/* Lowers the priority within its own function: without a guard that recurses. */
static void EFIAPI lower_and_signal(event_t event, void *context)
{
	bs->signal_event(event);
	bs->restore_tpl(TPL_APPLICATION);
}

static void a_recurse_events(void)
{
	bs->signal_event(event_with(lower_and_signal, NULL));
}

static void EFIAPI check_again(event_t event, void *context)
{
	bs->restore_tpl(TPL_APPLICATION);
	bs->check_event(event);
}

static void a_recurse_check_event(void)
{
	event_t event;

	bs->create_event(EVT_NOTIFY_WAIT, TPL_CALLBACK, check_again, NULL, &event);
	bs->check_event(event);
}

static void EFIAPI close_it(event_t event, void *context)
{
	bs->close_event(event);
	bs->close_event(event);
	bs->signal_event(event);
}

static void a_close_in_notify(void)
{
	event_t event = event_with(close_it, NULL);

	succeeds(bs->signal_event(event));
	fails(bs->signal_event(event));
	fails(bs->close_event(event));
	fails(bs->check_event(event));
	fails(bs->set_timer(event, TIMER_RELATIVE, 1));
}

static void a_million_events(void)
{
	uint64_t n = 0;
	event_t event;

	while (n < 1000000 && bs->create_event(0, 0, NULL, NULL, &event) == EFI_SUCCESS)
		n++;
	print("# %u events\n", n);
	check(true);
}

static void a_thousand_timers(void)
{
	event_t event;
	unsigned i;

	/* the shortest period there is, each with a function: time must go on for the rest */
	for (i = 0; i < 1000; i++) {
		bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, keep_gate, NULL,
				 &event);
		bs->set_timer(event, TIMER_PERIODIC, 1);
	}
	bs->stall(1000);
	check(true);
}

static void a_tpl_nonsense(void)
{
	bs->raise_tpl(~0ull);
	bs->restore_tpl(~0ull);
	bs->raise_tpl(0);
	bs->restore_tpl(1000000);
	bs->restore_tpl(0);
	bs->raise_tpl(TPL_HIGH_LEVEL);
	bs->raise_tpl(TPL_APPLICATION);
	check(true);
}

static void a_timer_nonsense(void)
{
	event_t event, event2;

	bs->create_event(EVT_TIMER, 0, NULL, NULL, &event);
	bs->create_event(EVT_TIMER, 0, NULL, NULL, &event2);
	succeeds(bs->set_timer(event, TIMER_RELATIVE, ~0ull));
	succeeds(bs->set_timer(event2, TIMER_PERIODIC, ~0ull));
	is(bs->check_event(event), EFI_NOT_READY);
	succeeds(bs->set_timer(event2, TIMER_PERIODIC, 0));
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(exit_in_callback),
	A(exit_in_timer),
	A(loop_in_callback),
	A(crash_in_callback),
	A(return_with_wrong_stack),
	A(stale_callback_gate),
	A(main_gate_in_callback),
	A(return_gate),
	A(ebs_in_callback),
	A(ebs_in_ebs),
	A(exit_in_ebs),
	A(signal_itself),
	A(signal_each_other),
	A(recurse_events),
	A(recurse_check_event),
	A(close_in_notify),
	A(million_events),
	A(thousand_timers),
	A(tpl_nonsense),
	A(timer_nonsense),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
