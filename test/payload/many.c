// SPDX-License-Identifier: MIT
/* Many of everything: right answers, and the last ones cost what the first ones did. */
#include "lib.h"

enum {
	N_HANDLES = 1000,
	N_EVENTS = 10000,
	N_BLOCKS = 100000,
	N_PROTOCOLS = 8000, /* on one handle */
	N_AGENTS = 100,	    /* each with as many controllers */
	N_OPENS = N_AGENTS * N_AGENTS,
	PARTS = 4,
	BATCH = 25, /* calls */
	TRIES = 5,
	PATH_BYTES = 32,
};

static const struct efi_guid guid_tag =
	EFI_GUID(0x6d1d0a5c, 0x21b7, 0x4c39, 0x9d, 0x40, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66);
static const struct efi_guid guid_path =
	EFI_GUID(0x09576e91, 0x6d3f, 0x11d2, 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b);

/* The fewest ticks that a batch of calls took, by quarter: whatever else the machine does. */
static uint64_t best[PARTS], batch;
static unsigned n_in_batch, n_dearer;

static void cost_begin(void)
{
	memset(best, 0xff, sizeof(best));
	batch = n_in_batch = 0;
}

/* Call i of n took so long. */
static void cost_note(unsigned i, unsigned n, uint64_t ticks)
{
	const unsigned part = (uint64_t)i * PARTS / n;

	batch += ticks;
	if (++n_in_batch < BATCH)
		return;
	if (batch < best[part])
		best[part] = batch;
	batch = n_in_batch = 0;
}

/* As many again cost as much again: what walks over all there are gets dearer with each. */
static void note_cost(const char *what)
{
	print("# %s: %u %u %u %u ticks for %u, by quarters\n", what, best[0], best[1], best[2],
	      best[3], (uint64_t)BATCH);
	n_dearer += 2 * best[3] >= 3 * best[0];
}

/*
 * A neighbour of the machine's can slow down one quarter, and not the same one each time;
 * what is dear with many is dear in every try.
 */
static void check_costs(void (*test)(void), const char *what)
{
	unsigned i;

	for (i = 0; i < TRIES; i++) {
		n_dearer = 0;
		test();
		if (n_dearer == 0)
			break;
	}
	check_text(n_dearer == 0, what);
}

static handle_t handle[N_HANDLES];
static uint8_t path[N_HANDLES][PATH_BYTES];

static void make_path(unsigned i)
{
	uint8_t *p = path_node(path[i], 1, 5, &i, sizeof(i)); /* Ctrl(i) */

	path_end(p);
}

/* As bus drivers do it: no two of one path, and each found by it at once. */
static void test_children(void)
{
	uint64_t *found_ticks = NULL, start;
	unsigned i, n_wrong = 0;
	struct device_path *rest;
	handle_t found;

	if (!succeeds(bs->allocate_pool(EFI_LOADER_DATA, N_HANDLES * 8, (void **)&found_ticks)))
		return;
	cost_begin();
	for (i = 0; i < N_HANDLES; i++) {
		make_path(i);
		handle[i] = NULL;
		start = cpu_ticks();
		n_wrong += bs->install_multiple(&handle[i], &guid_path, path[i], &guid_tag,
						&handle[i], NULL) != EFI_SUCCESS;
		cost_note(i, N_HANDLES, cpu_ticks() - start);
		rest = (void *)path[i];
		start = cpu_ticks();
		n_wrong += bs->locate_device_path(&guid_tag, &rest, &found) != EFI_SUCCESS ||
			   found != handle[i];
		found_ticks[i] = cpu_ticks() - start;
	}
	check_text(n_wrong == 0, "1,000 children with paths");
	note_cost("children: installing");
	cost_begin();
	for (i = 0; i < N_HANDLES; i++)
		cost_note(i, N_HANDLES, found_ticks[i]);
	note_cost("children: finding each by its path");
	found = NULL;
	is(bs->install_multiple(&found, &guid_path, path[N_HANDLES / 2], NULL),
	   EFI_ALREADY_STARTED);
	for (i = 0; i < N_HANDLES; i++) {
		n_wrong += bs->uninstall_multiple(handle[i], &guid_path, path[i], &guid_tag,
						  &handle[i], NULL) != EFI_SUCCESS;
		handle[i] = NULL;
	}
	check(n_wrong == 0);
	bs->free_pool(found_ticks);
}

static void test_handles(void)
{
	unsigned i, n_wrong = 0;
	uint64_t start, n = 0;
	handle_t found, *all;
	struct device_path *rest;
	void *interface;

	cost_begin();
	for (i = 0; i < N_HANDLES; i++) {
		make_path(i);
		handle[i] = NULL;
		start = cpu_ticks();
		n_wrong +=
			bs->install_protocol(&handle[i], &guid_tag, 0, &handle[i]) != EFI_SUCCESS;
		n_wrong += bs->install_protocol(&handle[i], &guid_path, 0, path[i]) != EFI_SUCCESS;
		cost_note(i, N_HANDLES, cpu_ticks() - start);
	}
	check_text(n_wrong == 0, "1,000 handles with two protocols each");
	note_cost("handles: installing");
	succeeds(bs->locate_handle_buffer(2, &guid_tag, NULL, &n, &all));
	check(n == N_HANDLES);
	bs->free_pool(all);
	for (i = 0; i < N_HANDLES; i++) {
		rest = (void *)path[i];
		n_wrong += bs->locate_device_path(&guid_tag, &rest, &found) != EFI_SUCCESS ||
			   found != handle[i] || *(uint8_t *)rest != 0x7f;
		n_wrong += bs->handle_protocol(handle[i], &guid_tag, &interface) != EFI_SUCCESS ||
			   interface != &handle[i];
	}
	check_text(n_wrong == 0, "each is found by its path, and its protocol by the handle");
	for (i = 0; i < N_HANDLES; i++) {
		n_wrong += bs->uninstall_protocol(handle[i], &guid_tag, &handle[i]) != EFI_SUCCESS;
		n_wrong += bs->uninstall_protocol(handle[i], &guid_path, path[i]) != EFI_SUCCESS;
	}
	check_text(n_wrong == 0, "and all are gone again");
	is(bs->locate_handle_buffer(2, &guid_tag, NULL, &n, &all), EFI_NOT_FOUND);
}

static void test_protocols_on_one(void)
{
	struct efi_guid guid = guid_tag, **guids = NULL;
	unsigned i, n_wrong = 0;
	uint64_t start, n = 0;
	handle_t h = NULL;
	void *p;

	cost_begin();
	for (i = 0; i < N_PROTOCOLS; i++) {
		memcpy(&guid, &i, sizeof(i));
		start = cpu_ticks();
		n_wrong +=
			bs->install_protocol(&h, &guid, 0, &handle[i % N_HANDLES]) != EFI_SUCCESS;
		cost_note(i, N_PROTOCOLS, cpu_ticks() - start);
	}
	check_text(n_wrong == 0, "8,000 protocols on one handle");
	note_cost("protocols: installing");
	for (i = 0; i < N_PROTOCOLS; i += 7) {
		memcpy(&guid, &i, sizeof(i));
		n_wrong += bs->handle_protocol(h, &guid, &p) != EFI_SUCCESS ||
			   p != &handle[i % N_HANDLES];
	}
	succeeds(bs->protocols_per_handle(h, &guids, &n));
	check(n == N_PROTOCOLS);
	bs->free_pool(guids);
	cost_begin();
	for (i = 0; i < N_PROTOCOLS; i++) {
		memcpy(&guid, &i, sizeof(i));
		start = cpu_ticks();
		n_wrong += bs->uninstall_protocol(h, &guid, &handle[i % N_HANDLES]) != EFI_SUCCESS;
		cost_note(N_PROTOCOLS - 1 - i, N_PROTOCOLS, cpu_ticks() - start);
	}
	check_text(n_wrong == 0, "each is found, and all are gone again");
	note_cost("protocols: taking them off, the oldest first");
}

static void test_opens_of_one(void)
{
	struct open_information *info = NULL;
	unsigned i, n_wrong = 0;
	uint64_t start, n = 0;
	handle_t h = NULL;
	void *p;

	bs->install_protocol(&h, &guid_path, 0, NULL);
	for (i = 0; i < N_AGENTS; i++) {
		handle[i] = NULL;
		bs->install_protocol(&handle[i], &guid_tag, 0, NULL);
	}
	cost_begin();
	for (i = 0; i < N_OPENS; i++) {
		start = cpu_ticks();
		n_wrong += bs->open_protocol(h, &guid_path, &p, handle[i / N_AGENTS],
					     handle[i % N_AGENTS],
					     OPEN_BY_CHILD_CONTROLLER) != EFI_SUCCESS;
		cost_note(i, N_OPENS, cpu_ticks() - start);
	}
	check_text(n_wrong == 0, "10,000 opens of one protocol");
	note_cost("opens: opening");
	succeeds(bs->open_protocol_information(h, &guid_path, &info, &n));
	for (i = 0; i < n; i++)
		n_wrong += info[i].agent != handle[i / N_AGENTS] ||
			   info[i].controller != handle[i % N_AGENTS] || info[i].open_count != 1;
	check_text(n == N_OPENS && n_wrong == 0, "each is told of, in their order");
	bs->free_pool(info);
	cost_begin();
	for (i = 0; i < N_OPENS; i++) {
		start = cpu_ticks();
		n_wrong += bs->close_protocol(h, &guid_path, handle[i % N_AGENTS],
					      handle[i / N_AGENTS]) != EFI_SUCCESS;
		cost_note(N_OPENS - 1 - i, N_OPENS, cpu_ticks() - start);
	}
	check(n_wrong == 0);
	note_cost("opens: closing");
	is(bs->close_protocol(h, &guid_path, handle[0], handle[0]), EFI_NOT_FOUND);
	for (i = 0; i < N_AGENTS; i++)
		bs->uninstall_protocol(handle[i], &guid_tag, NULL);
	succeeds(bs->uninstall_protocol(h, &guid_path, NULL));
}

static event_t event[N_EVENTS];
static uint64_t n_notified;

static void EFIAPI notified(event_t e, void *context)
{
	n_notified++;
}

static void test_events(void)
{
	unsigned i, n_wrong = 0;
	uint64_t start;
	event_t timer;
	tpl_t tpl;

	n_notified = 0;
	/* one that is not due for long: nobody has to look through all events for it */
	succeeds(bs->create_event(EVT_TIMER, 0, NULL, NULL, &timer));
	succeeds(bs->set_timer(timer, TIMER_RELATIVE, 36000000000));
	cost_begin();
	for (i = 0; i < N_EVENTS; i++) {
		start = cpu_ticks();
		n_wrong += bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notified, NULL,
					    &event[i]) != EFI_SUCCESS;
		cost_note(i, N_EVENTS, cpu_ticks() - start);
	}
	check_text(n_wrong == 0, "10,000 events");
	note_cost("events: making");
	cost_begin();
	tpl = bs->raise_tpl(TPL_NOTIFY);
	for (i = 0; i < N_EVENTS; i++) {
		start = cpu_ticks();
		n_wrong += bs->signal_event(event[i]) != EFI_SUCCESS;
		cost_note(i, N_EVENTS, cpu_ticks() - start);
	}
	check(n_notified == 0);
	bs->restore_tpl(tpl);
	check(n_wrong == 0 && n_notified == N_EVENTS);
	note_cost("events: signalling");
	for (i = 0; i < N_EVENTS; i++)
		n_wrong += bs->close_event(event[i]) != EFI_SUCCESS;
	check(n_wrong == 0);
	succeeds(bs->close_event(timer));
}

static uint64_t *block[N_BLOCKS];

static void test_pool(void)
{
	unsigned i, n_wrong = 0;
	uint64_t start;

	cost_begin();
	for (i = 0; i < N_BLOCKS; i++) {
		start = cpu_ticks();
		n_wrong += bs->allocate_pool(EFI_LOADER_DATA, 8 + i % 1500, (void **)&block[i]) !=
			   EFI_SUCCESS;
		cost_note(i, N_BLOCKS, cpu_ticks() - start);
		if (block[i])
			*block[i] = i;
	}
	check_text(n_wrong == 0, "100,000 pieces of pool");
	note_cost("pool: allocating");
	for (i = 0; i < N_BLOCKS; i++)
		n_wrong += *block[i] != i;
	check_text(n_wrong == 0, "none overlaps another");
	cost_begin();
	for (i = 0; i < N_BLOCKS; i++) {
		start = cpu_ticks();
		n_wrong += bs->free_pool(block[i]) != EFI_SUCCESS;
		cost_note(i, N_BLOCKS, cpu_ticks() - start);
	}
	check(n_wrong == 0);
	note_cost("pool: freeing");
}

efi_status_t payload(void)
{
	if (option_is("protocols")) {
		check_costs(test_protocols_on_one, "protocols: the last as cheap as the first");
		check_costs(test_opens_of_one, "opens: the last as cheap as the first");
		return tap_done();
	}
	check_costs(test_children, "children: the last as cheap as the first");
	check_costs(test_handles, "handles: the last as cheap as the first");
	check_costs(test_events, "events: the last as cheap as the first");
	check_costs(test_pool, "pool: the last as cheap as the first");
	return tap_done();
}
