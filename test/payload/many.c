// SPDX-License-Identifier: MIT
/* Many of everything: right answers, and the last ones cost what the first ones did. */
#include "lib.h"

enum { N_HANDLES = 1000, N_EVENTS = 10000, N_BLOCKS = 100000, PARTS = 4, PATH_BYTES = 32 };

static const struct efi_guid guid_tag =
	EFI_GUID(0x6d1d0a5c, 0x21b7, 0x4c39, 0x9d, 0x40, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66);
static const struct efi_guid guid_path =
	EFI_GUID(0x09576e91, 0x6d3f, 0x11d2, 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b);

static uint64_t cost[PARTS];

/* Linear: the last quarter at most five times the first; a quadratic one takes seven times it. */
static void check_cost(const char *what)
{
	print("# %s: %u %u %u %u ticks a quarter\n", what, cost[0], cost[1], cost[2], cost[3]);
	check_text(cost[3] < 5 * cost[0] + tsc_of_microseconds(20000), what);
}

static handle_t handle[N_HANDLES];
static uint8_t path[N_HANDLES][PATH_BYTES];

static void make_path(unsigned i)
{
	uint8_t *p = path_node(path[i], 1, 5, &i, sizeof(i)); /* Ctrl(i) */

	path_end(p);
}

static void test_handles(void)
{
	unsigned i, n_wrong = 0;
	uint64_t start, n = 0;
	handle_t found, *all;
	struct device_path *rest;
	void *interface;

	memset(cost, 0, sizeof(cost));
	for (i = 0; i < N_HANDLES; i++) {
		make_path(i);
		start = rdtsc();
		n_wrong +=
			bs->install_protocol(&handle[i], &guid_tag, 0, &handle[i]) != EFI_SUCCESS;
		n_wrong += bs->install_protocol(&handle[i], &guid_path, 0, path[i]) != EFI_SUCCESS;
		cost[i * PARTS / N_HANDLES] += rdtsc() - start;
	}
	check_text(n_wrong == 0, "1,000 handles with two protocols each");
	check_cost("handles: installing");
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
	tpl_t tpl;

	memset(cost, 0, sizeof(cost));
	for (i = 0; i < N_EVENTS; i++) {
		start = rdtsc();
		n_wrong += bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, notified, NULL,
					    &event[i]) != EFI_SUCCESS;
		cost[i * PARTS / N_EVENTS] += rdtsc() - start;
	}
	check_text(n_wrong == 0, "10,000 events");
	check_cost("events: making");
	memset(cost, 0, sizeof(cost));
	tpl = bs->raise_tpl(TPL_NOTIFY);
	for (i = 0; i < N_EVENTS; i++) {
		start = rdtsc();
		n_wrong += bs->signal_event(event[i]) != EFI_SUCCESS;
		cost[i * PARTS / N_EVENTS] += rdtsc() - start;
	}
	check(n_notified == 0);
	bs->restore_tpl(tpl);
	check(n_wrong == 0 && n_notified == N_EVENTS);
	check_cost("events: signalling");
	for (i = 0; i < N_EVENTS; i++)
		n_wrong += bs->close_event(event[i]) != EFI_SUCCESS;
	check(n_wrong == 0);
}

static uint64_t *block[N_BLOCKS];

static void test_pool(void)
{
	unsigned i, n_wrong = 0;
	uint64_t start;

	memset(cost, 0, sizeof(cost));
	for (i = 0; i < N_BLOCKS; i++) {
		start = rdtsc();
		n_wrong += bs->allocate_pool(EFI_LOADER_DATA, 8 + i % 1500, (void **)&block[i]) !=
			   EFI_SUCCESS;
		cost[i / (N_BLOCKS / PARTS)] += rdtsc() - start;
		if (block[i])
			*block[i] = i;
	}
	check_text(n_wrong == 0, "100,000 pieces of pool");
	check_cost("pool: allocating");
	for (i = 0; i < N_BLOCKS; i++)
		n_wrong += *block[i] != i;
	check_text(n_wrong == 0, "none overlaps another");
	memset(cost, 0, sizeof(cost));
	for (i = 0; i < N_BLOCKS; i++) {
		start = rdtsc();
		n_wrong += bs->free_pool(block[i]) != EFI_SUCCESS;
		cost[i / (N_BLOCKS / PARTS)] += rdtsc() - start;
	}
	check(n_wrong == 0);
	check_cost("pool: freeing");
}

efi_status_t payload(void)
{
	test_handles();
	test_events();
	test_pool();
	return tap_done();
}
