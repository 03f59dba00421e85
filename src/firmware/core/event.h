/* SPDX-License-Identifier: MIT */
#pragma once
/* Events, timers and task priority levels (UEFI 2.10, 7.1). */
#include "efi/types.h"
#include "firmware/core/index.h"
#include "firmware/core/names.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;
struct image;

enum {
	TPL_APPLICATION = 4,
	TPL_CALLBACK = 8,
	TPL_NOTIFY = 16,
	TPL_HIGH_LEVEL = 31,
};

enum {
	EVT_TIMER = 0x80000000U,
	EVT_RUNTIME = 0x40000000,
	EVT_NOTIFY_WAIT = 0x100,
	EVT_NOTIFY_SIGNAL = 0x200,
	EVT_SIGNAL_EXIT_BOOT_SERVICES = 0x201,
	EVT_SIGNAL_VIRTUAL_ADDRESS_CHANGE = 0x60000202,
};

/* Events that are signalled together; it goes with the last of them. */
struct event_group {
	struct index_node node;
	struct efi_guid guid;
	struct event *first, *last; /* oldest first */
	uint64_t round;		    /* events->round in which it was signalled last */
};

struct event {
	struct event *next, *previous; /* all of them, oldest first */
	struct event *next_queued;
	uint64_t name; /* what the image holds */
	uint32_t type;
	uint64_t tpl;
	efi_addr_t function, context;
	efi_addr_t first_argument; /* of function, in place of the event; 0: the event */
	bool ours;		   /* not the image's to close */
	/* asked instead of function when somebody waits or checks; may signal the event */
	void (*poll)(struct firmware *fw, struct event *event);
	struct event_group *group; /* NULL: it is in none */
	struct event *next_of_group, *previous_of_group;
	bool signalled, queued;
	uint64_t due_ns, period_ns; /* due_ns 0: no timer set */
};

struct event_queue {
	struct event *first, *last;
};

/* How a function of the image is called: guest_call(). */
typedef efi_status_t event_notify_t(struct firmware *fw, uint64_t function,
				    const uint64_t arg[static 4], efi_handle_t image);

struct events {
	event_notify_t *notify;
	struct event *all, *last;
	struct event_queue queue[TPL_HIGH_LEVEL + 1]; /* to be notified, in order of signalling */
	struct names names;
	struct index groups;
	uint64_t round;	      /* of signals to many at once */
	uint64_t tpl;	      /* current */
	uint32_t queued_mask; /* bit t: queue[t] is not empty */
	unsigned n_timers;
	uint64_t next_due_ns; /* none of them is due before */
	bool told_of_exit;    /* once, however often ExitBootServices is tried (7.4) */
	bool timers_off;      /* from there on */
};

void events_open(struct firmware *fw, event_notify_t *notify);
void events_free(struct firmware *fw);

/* Make one; NULL when there are too many. */
struct event *event_new(struct firmware *fw, uint32_t type, uint64_t tpl, efi_addr_t function,
			efi_addr_t context);
struct event *event_find(struct firmware *fw, uint64_t name);
void event_close(struct firmware *fw, struct event *event);
void event_signal(struct firmware *fw, struct event *event);
/*
 * Many at once, none of which is notified before all are signalled: whose group was signalled since
 * the round began is signalled, too.
 */
void events_begin_round(struct firmware *fw);
void event_signal_in_round(struct firmware *fw, struct event *event);
void event_signal_group(struct firmware *fw, const struct efi_guid *group);

/* event_group.c: NULL where nobody is in it; false: no memory. */
struct event_group *event_group_find(const struct firmware *fw, const struct efi_guid *guid);
must_check bool event_group_join(struct firmware *fw, struct event *event,
				 const struct efi_guid *guid);
void event_group_leave(struct firmware *fw, struct event *event);

/* Signal what is due, then notify all that is queued above the current level. */
void events_run(struct firmware *fw);
/* The same between two instructions of the image, all of its registers kept. */
void events_interrupt(struct firmware *fw);
/* When the next timer is due, UINT64_MAX for none. */
uint64_t events_next_due(const struct firmware *fw);
