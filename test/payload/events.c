// SPDX-License-Identifier: MIT
/* 7.1 Event, timer and task priority services. The groups at ExitBootServices: ebs.c */
#include "lib.h"

static const struct efi_guid group = { 0x5b2a9910, 0x1e1e, 0x4f4f, { 9, 9, 9, 9, 9, 9, 9, 9 } };

/* What notify functions leave behind: their letters in order, and the priority they ran at. */
static char trace[64];
static volatile unsigned n_trace;
static tpl_t seen_tpl;

static tpl_t tpl_now(void)
{
	tpl_t tpl = bs->raise_tpl(TPL_HIGH_LEVEL);

	bs->restore_tpl(tpl);
	return tpl;
}

static void EFIAPI note(event_t event, void *context)
{
	trace[n_trace++ % sizeof(trace)] = *(const char *)context;
	seen_tpl = tpl_now();
}

static void EFIAPI signal_itself(event_t event, void *context)
{
	n_trace++;
	bs->signal_event(event);
}

static void EFIAPI close_itself(event_t event, void *context)
{
	n_trace++;
	bs->close_event(event);
}

static bool traced(const char *want)
{
	unsigned i;

	for (i = 0; want[i]; i++)
		if (i >= n_trace || trace[i] != want[i])
			return false;
	return i == n_trace;
}

static event_t event_of(uint32_t type, tpl_t tpl, const char *letter)
{
	event_t event = NULL;

	bs->create_event(type, tpl, note, (void *)letter, &event);
	return event;
}

/* Spins on memory only, no service: up to a minute, for a hang. */
static bool spin_until(unsigned n)
{
	uint64_t end = cpu_ticks() + ticks_of_microseconds(60000000);

	while (n_trace < n && cpu_ticks() < end)
		cpu_pause();
	return n_trace >= n;
}

static void test_arguments(void)
{
	event_t e = NULL, wait = event_of(EVT_NOTIFY_WAIT, TPL_CALLBACK, "w");
	event_t signal = event_of(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "s");
	uint64_t index = 99;

	is(bs->create_event(0, TPL_CALLBACK, NULL, NULL, NULL), EFI_INVALID_PARAMETER);
	is(bs->create_event(0x300, TPL_CALLBACK, note, "x", &e), EFI_INVALID_PARAMETER);
	is(bs->create_event(0x2, TPL_CALLBACK, note, "x", &e), EFI_INVALID_PARAMETER);
	is(bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, &e),
	   EFI_INVALID_PARAMETER);
	is(bs->create_event(EVT_NOTIFY_SIGNAL, 0, note, "x", &e), EFI_INVALID_PARAMETER);
	is(bs->create_event(EVT_NOTIFY_SIGNAL, 99, note, "x", &e), EFI_INVALID_PARAMETER);
	is(bs->create_event_ex(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, note, "x", &group, &e),
	   EFI_INVALID_PARAMETER);
	is(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, &group, &e),
	   EFI_INVALID_PARAMETER);
	is(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, NULL, &e),
	   EFI_INVALID_PARAMETER);
	is(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_APPLICATION, note, "x", &group, &e),
	   EFI_INVALID_PARAMETER);
	is(bs->create_event_ex(0, 0, NULL, NULL, &group, NULL), EFI_INVALID_PARAMETER);
	succeeds(bs->create_event(0, 0, NULL, NULL, &e));
	is(bs->check_event(NULL), EFI_INVALID_PARAMETER);
	is(bs->signal_event(NULL), EFI_INVALID_PARAMETER);
	is(bs->close_event(NULL), EFI_INVALID_PARAMETER);
	is(bs->set_timer(NULL, TIMER_CANCEL, 0), EFI_INVALID_PARAMETER);
	is(bs->set_timer(e, TIMER_RELATIVE, 1), EFI_INVALID_PARAMETER);
	is(bs->check_event(signal), EFI_INVALID_PARAMETER);
	is(bs->wait_for_event(0, &e, &index), EFI_INVALID_PARAMETER);
	is(bs->wait_for_event(1, &signal, &index), EFI_INVALID_PARAMETER);
	check(index == 0);
	succeeds(bs->close_event(e));
	succeeds(bs->close_event(wait));
	succeeds(bs->close_event(signal));
}

static void test_signal(void)
{
	event_t plain, s = event_of(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, "s");
	event_t w = event_of(EVT_NOTIFY_WAIT, TPL_CALLBACK, "w");
	tpl_t old;

	succeeds(bs->create_event(0, 0, NULL, NULL, &plain));
	is(bs->check_event(plain), EFI_NOT_READY);
	succeeds(bs->signal_event(plain));
	succeeds(bs->signal_event(plain));
	succeeds(bs->check_event(plain));
	is(bs->check_event(plain), EFI_NOT_READY);

	n_trace = 0;
	succeeds(bs->signal_event(s));
	check_text(traced("s") && seen_tpl == TPL_NOTIFY, "notified at once, at its priority");
	succeeds(bs->signal_event(s));
	check_text(traced("ss"), "and again at the next signal");

	n_trace = 0;
	is(bs->check_event(w), EFI_NOT_READY);
	check_text(traced("w"), "CheckEvent calls a wait event's function");
	succeeds(bs->signal_event(w));
	succeeds(bs->check_event(w));
	check_text(traced("w"), "but not when it is signalled already");

	n_trace = 0;
	old = bs->raise_tpl(TPL_HIGH_LEVEL);
	bs->signal_event(s);
	bs->signal_event(s);
	check_text(traced(""), "held back while the priority is raised");
	bs->restore_tpl(old);
	check_text(traced("s"), "then notified once");
	bs->close_event(plain);
	bs->close_event(s);
	bs->close_event(w);
}

static void test_order(void)
{
	event_t a = event_of(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "a");
	event_t b = event_of(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, "b");
	event_t c = event_of(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "c");
	event_t d = event_of(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, "d");
	tpl_t old;

	n_trace = 0;
	check(tpl_now() == TPL_APPLICATION);
	old = bs->raise_tpl(TPL_HIGH_LEVEL);
	check(old == TPL_APPLICATION);
	bs->signal_event(a);
	bs->signal_event(b);
	bs->signal_event(c);
	bs->signal_event(d);
	bs->restore_tpl(TPL_CALLBACK);
	check_text(traced("bd"), "lowered to TPL_CALLBACK: only what is above");
	bs->restore_tpl(old);
	check_text(traced("bdac"), "by priority, then in the order of the signals");
	check(tpl_now() == TPL_APPLICATION);

	n_trace = 0;
	old = bs->raise_tpl(TPL_HIGH_LEVEL);
	bs->signal_event(a);
	bs->signal_event(c);
	bs->close_event(a);
	bs->restore_tpl(old);
	check_text(traced("c"), "an event closed while it waits is not notified");
	bs->close_event(b);
	bs->close_event(c);
	bs->close_event(d);
}

static void test_groups(void)
{
	event_t a, b, alone, table;

	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note, "a", &group, &a));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "b", &group, &b));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "n", NULL, &alone));
	n_trace = 0;
	succeeds(bs->signal_event(a));
	check_text(traced("ba"), "a signal to one notifies the whole group, by priority");
	n_trace = 0;
	succeeds(bs->close_event(a));
	succeeds(bs->signal_event(b));
	check(traced("b"));
	n_trace = 0;
	succeeds(bs->signal_event(alone));
	check(traced("n"));
	bs->close_event(alone);
	bs->close_event(b);

	/* a member without a function is signalled too; EDK2 forgets it */
	succeeds(bs->create_event_ex(0, 0, NULL, NULL, &group, &alone));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "b", &group, &b));
	n_trace = 0;
	succeeds(bs->signal_event(b));
	check(traced("b"));
	is_either(bs->check_event(alone), EFI_SUCCESS, on_bardo() ? EFI_SUCCESS : EFI_NOT_READY);
	is(bs->check_event(alone), EFI_NOT_READY);
	bs->close_event(alone);
	bs->close_event(b);

	/* 7.5.6: a configuration table's GUID is a group, too */
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note, "t", &group, &table));
	n_trace = 0;
	succeeds(bs->install_configuration_table(&group, trace));
	check(traced("t"));
	succeeds(bs->install_configuration_table(&group, NULL));
	check(traced("tt"));
	bs->close_event(table);
}

/* Asked before its 50 ms are over: again, where a busy machine let them pass. */
static uint64_t set_and_ask(event_t timer)
{
	uint64_t start, ticks = ticks_of_microseconds(40000);
	efi_status_t status;
	unsigned tries;

	for (tries = 0; tries < 50; tries++) {
		start = cpu_ticks();
		succeeds(bs->set_timer(timer, TIMER_RELATIVE, 500000));
		status = bs->check_event(timer);
		if (cpu_ticks() - start < ticks)
			break;
	}
	is(status, EFI_NOT_READY);
	return start;
}

/* The same with one that is closed before its 30 ms are over. */
static void test_closed_timer(void)
{
	uint64_t start, ticks = ticks_of_microseconds(20000);
	bool in_time = false;
	unsigned tries;
	event_t t;

	for (tries = 0; tries < 50 && !in_time; tries++) {
		t = event_of(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "t");
		n_trace = 0;
		start = cpu_ticks();
		bs->set_timer(t, TIMER_RELATIVE, 300000);
		succeeds(bs->close_event(t));
		in_time = cpu_ticks() - start < ticks;
		bs->stall(80000);
	}
	check_text(in_time && n_trace == 0, "a closed timer stays silent");
}

static void test_timers(void)
{
	event_t t = event_of(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "t"), plain, both[2];
	uint64_t index = 99, start;

	succeeds(bs->create_event(EVT_TIMER, 0, NULL, NULL, &plain));
	is(bs->set_timer(t, 3, 1), EFI_INVALID_PARAMETER);
	n_trace = 0;
	succeeds(bs->set_timer(t, TIMER_RELATIVE, 200000));
	check_text(spin_until(1), "a timer fires while the program spins on memory");
	check(seen_tpl == TPL_CALLBACK);
	bs->stall(60000);
	check_text(n_trace == 1, "a relative one fires once");
	succeeds(bs->set_timer(t, TIMER_PERIODIC, 200000));
	check_text(spin_until(4), "a periodic one again and again");
	succeeds(bs->set_timer(t, TIMER_CANCEL, 0));
	n_trace = 0;
	bs->stall(80000);
	check_text(n_trace == 0, "until it is cancelled");
	/* 0: at the next tick */
	succeeds(bs->set_timer(t, TIMER_RELATIVE, 0));
	check(spin_until(1));

	is(bs->check_event(plain), EFI_NOT_READY);
	start = set_and_ask(plain);
	bs->create_event(0, 0, NULL, NULL, &both[0]);
	both[1] = plain;
	succeeds(bs->wait_for_event(2, both, &index));
	check(index == 1);
	check_text(cpu_ticks() - start > ticks_of_microseconds(30000),
		   "WaitForEvent really waited");
	is(bs->check_event(plain), EFI_NOT_READY);
	succeeds(bs->signal_event(both[0]));
	succeeds(bs->wait_for_event(2, both, &index));
	check(index == 0);

	bs->raise_tpl(TPL_CALLBACK);
	is(bs->wait_for_event(1, &plain, &index), EFI_UNSUPPORTED);
	n_trace = 0;
	bs->set_timer(t, TIMER_RELATIVE, 100000);
	bs->stall(60000);
	check_text(n_trace == 0, "a timer due while the priority is raised waits");
	bs->restore_tpl(TPL_APPLICATION);
	check(spin_until(1));

	bs->close_event(t);
	test_closed_timer();
	bs->close_event(plain);
	bs->close_event(both[0]);
}

static void test_within_notify(void)
{
	event_t e;
	tpl_t old;

	succeeds(bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, close_itself, NULL, &e));
	n_trace = 0;
	succeeds(bs->signal_event(e));
	check_text(n_trace == 1, "an event may be closed by its own function");
	succeeds(bs->create_event(EVT_NOTIFY_WAIT, TPL_CALLBACK, signal_itself, NULL, &e));
	n_trace = 0;
	succeeds(bs->check_event(e));
	check_text(n_trace == 1, "a wait event's function signals it: CheckEvent succeeds");
	old = bs->raise_tpl(TPL_CALLBACK);
	is_either(bs->check_event(e), EFI_NOT_READY, EFI_SUCCESS);
	bs->restore_tpl(old);
	bs->close_event(e);
}

efi_status_t payload(void)
{
	test_arguments();
	test_signal();
	test_order();
	test_groups();
	test_timers();
	test_within_notify();
	return tap_done();
}
