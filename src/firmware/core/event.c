// SPDX-License-Identifier: MIT
/* Events and timers: what is signalled when, and who is notified at which level. */
#include "firmware/core/event.h"
#include "base/clock.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/clock.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/names.h"
#include "firmware/core/notification.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_EVENTS = 1 << 16,
	NS_PER_UNIT = 100, /* SetTimer counts in these */
	TIMER_CANCEL = 0,
	TIMER_PERIODIC = 1,
	TIMER_RELATIVE = 2,
	POLL_NS = 10000000,
};

void events_open(struct firmware *fw, event_notify_t *notify)
{
	fw->events = (struct events){
		.notify = notify,
		.tpl = TPL_APPLICATION,
		.names = { .heap = &fw->heap, .kind = 'e', .limit = MAX_EVENTS },
		.groups = { .heap = &fw->heap },
		.next_due_ns = UINT64_MAX,
	};
}

void events_free(struct firmware *fw)
{
	struct event *e;

	while ((e = fw->events.all)) {
		fw->events.all = e->next;
		event_group_leave(fw, e);
		heap_free(&fw->heap, e);
	}
	index_free(&fw->events.groups);
	names_free(&fw->events.names);
}

struct event *event_find(struct firmware *fw, uint64_t name)
{
	return names_find(&fw->events.names, name);
}

struct event *event_new(struct firmware *fw, uint32_t type, uint64_t tpl, efi_addr_t function,
			efi_addr_t context)
{
	struct events *ev = &fw->events;
	struct event *e = heap_new(&fw->heap, sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct event){ .type = type, .tpl = tpl, .function = function, .context = context };
	e->name = names_add(&ev->names, e);
	if (!e->name) {
		heap_free(&fw->heap, e);
		return NULL;
	}
	e->previous = ev->last;
	*(ev->last ? &ev->last->next : &ev->all) = e;
	ev->last = e;
	return e;
}

static void dequeue(struct events *ev, struct event *e)
{
	struct event_queue *q = &ev->queue[e->tpl];
	struct event **link = &q->first, *before = NULL;

	if (!e->queued)
		return;
	for (; *link != e; link = &before->next_queued)
		before = *link;
	*link = e->next_queued;
	if (q->last == e)
		q->last = before;
	e->queued = false;
	if (!q->first)
		ev->queued_mask &= ~(1u << e->tpl);
}

static void enqueue(struct events *ev, struct event *e)
{
	struct event_queue *q = &ev->queue[e->tpl];

	if (e->queued)
		return;
	*(q->first ? &q->last->next_queued : &q->first) = e;
	q->last = e;
	e->next_queued = NULL;
	e->queued = true;
	ev->queued_mask |= 1u << e->tpl;
}

static void set_timer_due(struct events *ev, struct event *e, uint64_t due_ns)
{
	ev->n_timers += (due_ns != 0) - (e->due_ns != 0);
	e->due_ns = due_ns;
	if (due_ns)
		ev->next_due_ns = min_u64(ev->next_due_ns, due_ns);
}

void event_close(struct firmware *fw, struct event *e)
{
	struct events *ev = &fw->events;

	dequeue(ev, e);
	set_timer_due(ev, e, 0);
	notifications_forget_event(fw, e->name);
	event_group_leave(fw, e);
	*(e->previous ? &e->previous->next : &ev->all) = e->next;
	*(e->next ? &e->next->previous : &ev->last) = e->previous;
	names_remove(&ev->names, e->name);
	heap_free(&fw->heap, e);
}

static void signal_one(struct firmware *fw, struct event *e)
{
	if (e->signalled)
		return;
	e->signalled = true;
	if (e->type & EVT_NOTIFY_SIGNAL && e->function)
		enqueue(&fw->events, e);
}

static void signal_all(struct firmware *fw, const struct event_group *group)
{
	for (struct event *e = group->first; e; e = e->next_of_group)
		signal_one(fw, e);
}

void event_signal_group(struct firmware *fw, const struct efi_guid *group)
{
	const struct event_group *g = event_group_find(fw, group);

	if (g)
		signal_all(fw, g);
}

void event_signal(struct firmware *fw, struct event *event)
{
	if (event->group)
		signal_all(fw, event->group);
	else
		signal_one(fw, event);
}

void events_begin_round(struct firmware *fw)
{
	fw->events.round++;
}

void event_signal_in_round(struct firmware *fw, struct event *event)
{
	if (event->group && event->group->round == fw->events.round)
		return;
	if (event->group)
		event->group->round = fw->events.round;
	event_signal(fw, event);
}

uint64_t events_next_due(const struct firmware *fw)
{
	return fw->events.n_timers ? fw->events.next_due_ns : UINT64_MAX;
}

static void signal_due(struct firmware *fw)
{
	struct events *ev = &fw->events;
	uint64_t now;

	if (!ev->n_timers || ev->timers_off)
		return;
	now = now_ns();
	/* all are looked at when one may be due, not at every call */
	if (now < ev->next_due_ns)
		return;
	events_begin_round(fw);
	for (struct event *e = ev->all; e; e = e->next) {
		if (!e->due_ns || e->due_ns > now)
			continue;
		/* ticks that were missed are not made up for */
		if (e->period_ns)
			set_timer_due(ev, e, max_u64(e->due_ns + e->period_ns, now));
		else
			set_timer_due(ev, e, 0);
		event_signal_in_round(fw, e);
	}
	ev->next_due_ns = UINT64_MAX;
	for (const struct event *e = ev->all; e; e = e->next)
		if (e->due_ns)
			ev->next_due_ns = min_u64(ev->next_due_ns, e->due_ns);
}

/* Call its function at its level. It may close itself meanwhile. */
static void notify(struct firmware *fw, struct event *e)
{
	const uint64_t arg[4] = { e->first_argument ? e->first_argument : e->name, e->context };
	uint64_t tpl = fw->events.tpl;

	dequeue(&fw->events, e);
	/* a notified signal event is ready to be signalled again (7.1, SignalEvent) */
	if (e->type & EVT_NOTIFY_SIGNAL)
		e->signalled = false;
	fw->events.tpl = e->tpl;
	if (fw->events.notify(fw, e->function, arg, 0) == EFI_OUT_OF_RESOURCES && !fw->ended &&
	    fw->depth >= MAX_DEPTH)
		violation(fw, "nests notification functions more than %d deep", MAX_DEPTH);
	fw->events.tpl = tpl;
}

static struct event *next_queued(const struct events *ev)
{
	uint32_t above = ev->tpl >= TPL_HIGH_LEVEL ? 0 : ev->queued_mask >> (ev->tpl + 1);
	unsigned highest;

	if (!above)
		return NULL;
	highest = 31 - (unsigned)__builtin_clz(above) + (unsigned)ev->tpl + 1;
	return ev->queue[highest].first;
}

void events_run(struct firmware *fw)
{
	struct event *e;

	if (fw->events.tpl >= TPL_HIGH_LEVEL)
		return;
	signal_due(fw);
	while (!fw->ended && (e = next_queued(&fw->events)))
		notify(fw, e);
}

void events_interrupt(struct firmware *fw)
{
	struct machine_fpu *fpu;
	int r;

	if (fw->events.tpl >= TPL_HIGH_LEVEL || fw->machine->interrupts_off)
		return;
	signal_due(fw);
	if (!next_queued(&fw->events))
		return;
	/* unlike at a call, the image counts on every register */
	fpu = heap_new(NULL, sizeof(*fpu)); /* whatever the image has used up */
	r = fpu ? fw->machine->ops->get_fpu(fw->machine, fpu, &fw->why) : -ENOMEM;
	if (r == 0) {
		events_run(fw);
		if (!fw->ended)
			r = fw->machine->ops->set_fpu(fw->machine, fpu, &fw->why);
	}
	heap_free(NULL, fpu);
	if (r < 0)
		broken(fw, r, r == -ENOMEM ? "interrupt" : NULL);
}

static efi_status_t raise_tpl(struct call *c)
{
	uint64_t old = c->fw->events.tpl;

	if (c->arg[0] < old || c->arg[0] > TPL_HIGH_LEVEL)
		violation(c->fw, "raises the task priority level from %ju to %ju", (uintmax_t)old,
			  (uintmax_t)c->arg[0]);
	else
		c->fw->events.tpl = c->arg[0];
	return old;
}

/* Whoever was held back runs when dispatch looks for it, before the caller goes on. */
static efi_status_t restore_tpl(struct call *c)
{
	if (c->arg[0] > c->fw->events.tpl)
		violation(c->fw, "restores the task priority level from %ju up to %ju",
			  (uintmax_t)c->fw->events.tpl, (uintmax_t)c->arg[0]);
	else
		c->fw->events.tpl = max_u64(c->arg[0], TPL_APPLICATION);
	return EFI_SUCCESS;
}

static efi_status_t create(struct call *c, const struct efi_guid *group, efi_addr_t ret_event)
{
	uint32_t type = (uint32_t)c->arg[0];
	const uint32_t notify_bits = type & (EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL);
	struct firmware *fw = c->fw;
	struct event *e;

	if (!guest_write(fw, ret_event, 8) || notify_bits == (EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL))
		return EFI_INVALID_PARAMETER;
	if (notify_bits &&
	    (c->arg[1] <= TPL_APPLICATION || c->arg[1] >= TPL_HIGH_LEVEL || !c->arg[2]))
		return EFI_INVALID_PARAMETER;
	if (type == EVT_SIGNAL_EXIT_BOOT_SERVICES)
		group = &guid_event_exit_boot_services;
	else if (type == EVT_SIGNAL_VIRTUAL_ADDRESS_CHANGE)
		group = &guid_event_virtual_address_change;
	else if (type & ~(EVT_TIMER | EVT_RUNTIME | EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL))
		return EFI_INVALID_PARAMETER;
	e = event_new(fw, type, notify_bits ? c->arg[1] : TPL_APPLICATION, c->arg[2], c->arg[3]);
	if (!e)
		return EFI_OUT_OF_RESOURCES;
	if (group && !event_group_join(fw, e, group)) {
		event_close(fw, e);
		return EFI_OUT_OF_RESOURCES;
	}
	guest_put_u64(fw, ret_event, e->name);
	return EFI_SUCCESS;
}

static efi_status_t create_event(struct call *c)
{
	return create(c, NULL, c->arg[4]);
}

static efi_status_t create_event_ex(struct call *c)
{
	const uint32_t type = (uint32_t)c->arg[0];
	struct efi_guid group;

	if (!c->arg[4])
		return create(c, NULL, c->arg[5]);
	/* the group says it; the old way of saying it is not for groups (7.1) */
	if (type == EVT_SIGNAL_EXIT_BOOT_SERVICES || type == EVT_SIGNAL_VIRTUAL_ADDRESS_CHANGE ||
	    !guest_get_guid(c->fw, c->arg[4], &group))
		return EFI_INVALID_PARAMETER;
	return create(c, &group, c->arg[5]);
}

static efi_status_t close_event(struct call *c)
{
	struct event *e = event_find(c->fw, c->arg[0]);

	if (!e || e->ours)
		return EFI_INVALID_PARAMETER;
	event_close(c->fw, e);
	return EFI_SUCCESS;
}

static efi_status_t signal_event(struct call *c)
{
	struct event *e = event_find(c->fw, c->arg[0]);

	if (!e)
		return EFI_INVALID_PARAMETER;
	event_signal(c->fw, e);
	return EFI_SUCCESS;
}

static efi_status_t set_timer(struct call *c)
{
	struct event *e = event_find(c->fw, c->arg[0]);
	uint64_t ns;

	if (!e || !(e->type & EVT_TIMER) || c->arg[1] > TIMER_RELATIVE)
		return EFI_INVALID_PARAMETER;
	/* a time that far off never comes; 0 means the next tick */
	ns = min_u64(c->arg[2], UINT64_MAX / 4 / NS_PER_UNIT) * NS_PER_UNIT;
	e->period_ns = c->arg[1] == TIMER_PERIODIC ? max_u64(ns, 1000000) : 0;
	set_timer_due(&c->fw->events, e, c->arg[1] == TIMER_CANCEL ? 0 : now_ns() + ns);
	return EFI_SUCCESS;
}

/* Signalled now, perhaps after its wait function had its chance? Then it is not any more. */
static efi_status_t check(struct firmware *fw, uint64_t name)
{
	struct event *e = event_find(fw, name);

	if (!e || e->type & EVT_NOTIFY_SIGNAL)
		return EFI_INVALID_PARAMETER;
	if (!e->signalled && e->poll) {
		e->poll(fw, e);
	} else if (!e->signalled && e->type & EVT_NOTIFY_WAIT && e->function) {
		enqueue(&fw->events, e);
		events_run(fw);
		e = event_find(fw, name);
	}
	if (!e || !e->signalled)
		return EFI_NOT_READY;
	e->signalled = false;
	return EFI_SUCCESS;
}

static efi_status_t check_event(struct call *c)
{
	events_run(c->fw);
	return c->fw->ended ? EFI_ABORTED : check(c->fw, c->arg[0]);
}

static efi_status_t wait_for_event(struct call *c)
{
	struct firmware *fw = c->fw;
	efi_status_t status;
	uint64_t name;

	if (c->arg[0] == 0 || c->arg[0] > MAX_EVENTS || !guest_read(fw, c->arg[1], 8 * c->arg[0]) ||
	    !guest_write(fw, c->arg[2], 8))
		return EFI_INVALID_PARAMETER;
	if (fw->events.tpl != TPL_APPLICATION)
		return EFI_UNSUPPORTED;
	while (!out_of_time(fw)) {
		events_run(fw);
		for (uint64_t i = 0; i < c->arg[0] && !fw->ended; i++) {
			if (!guest_get_u64(fw, c->arg[1] + 8 * i, &name))
				return EFI_INVALID_PARAMETER;
			status = check(fw, name);
			if (status == EFI_NOT_READY)
				continue;
			guest_put_u64(fw, c->arg[2], i);
			return status;
		}
		if (!fw->ended)
			wait_until(fw, min_u64(events_next_due(fw), now_ns() + POLL_NS));
	}
	return EFI_ABORTED;
}

static const struct service services[] = {
	{ "RaiseTPL", BS_RAISE_TPL, raise_tpl, { ARG_TPL }, .result = RESULT_TPL },
	{ "RestoreTPL", BS_RESTORE_TPL, restore_tpl, { ARG_TPL }, .result = RESULT_VOID },
	{ "CreateEvent",
	  BS_CREATE_EVENT,
	  create_event,
	  { ARG_U32, ARG_TPL, ARG_ADDR, ARG_ADDR, ARG_OUT } },
	{ "CreateEventEx",
	  BS_CREATE_EVENT_EX,
	  create_event_ex,
	  { ARG_U32, ARG_TPL, ARG_ADDR, ARG_ADDR, ARG_GUID, ARG_OUT } },
	{ "SetTimer", BS_SET_TIMER, set_timer, { ARG_EVENT, ARG_TIMER_TYPE, ARG_SIZE } },
	{ "WaitForEvent", BS_WAIT_FOR_EVENT, wait_for_event, { ARG_SIZE, ARG_ADDR, ARG_OUT } },
	{ "SignalEvent", BS_SIGNAL_EVENT, signal_event, { ARG_EVENT } },
	{ "CheckEvent", BS_CHECK_EVENT, check_event, { ARG_EVENT } },
	{ "CloseEvent", BS_CLOSE_EVENT, close_event, { ARG_EVENT } },
};

const struct service_group group_events = {
	.name = "Event, Timer, and Task Priority Services",
	.section = "7.1",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
