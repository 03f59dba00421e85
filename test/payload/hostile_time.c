// SPDX-License-Identifier: MIT
/*
 * One call that has the firmware go through all that many calls before it have made. It is
 * compared with those, so no clock of the host's and no load of it decides; where one call may take
 * as long as it likes until the time limit ends it, the runner looks at how long it took.
 */
#include "hostile.h"
#include "payload_cpu.h"

static const struct efi_guid group_guid = { 0x7a61, 0x1, 0x2, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static const struct efi_guid tag_guid = { 0x7a61, 0x1, 0x2, { 1, 2, 3, 4, 5, 6, 7, 9 } };

enum { LARGE = 100000, REGIONS = 40000 };

/* Every second page is of another type, and each descriptor one page long. */
static uint64_t make_regions(uint64_t *ret_ticks)
{
	uint64_t at = 0, page, start = rdtsc();

	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, REGIONS, &at)))
		return 0;
	succeeds(bs->free_pages(at, REGIONS));
	for (uint64_t i = 0; i < REGIONS; i++) {
		page = at + i * 4096;
		if (bs->allocate_pages(2, i % 2 ? EFI_LOADER_DATA : EFI_BOOT_SERVICES_DATA, 1,
				       &page) != EFI_SUCCESS)
			return 0;
	}
	*ret_ticks = rdtsc() - start;
	return at;
}

/* At most this many percent of what was done before it. */
static void compare(uint64_t one, uint64_t before, unsigned percent)
{
	print("# %u percent of the time of the calls before it\n", one * 100 / before);
	check_text(one / percent < before / 100, "one call takes no longer");
}

static void a_free_regions(void)
{
	uint64_t before = 0, at = make_regions(&before), start = rdtsc();

	check(at != 0);
	succeeds(bs->free_pages(at, REGIONS));
	compare(rdtsc() - start, before, 5);
}

static efi_status_t EFIAPI nothing(void)
{
	return EFI_SUCCESS;
}

/* Drivers that the caller asks for first: one, and it is the same, again and again. */
static uint64_t connect(uint64_t list, uint64_t n, handle_t driver)
{
	uint64_t *name = (uint64_t *)list, start;

	for (uint64_t i = 0; i < n; i++)
		name[i] = (uint64_t)driver;
	name[n] = 0;
	start = rdtsc();
	bs->connect_controller(self, (void *)list, NULL, false);
	return rdtsc() - start;
}

static void a_drivers(void)
{
	uint64_t binding[6] = { (uint64_t)nothing, (uint64_t)nothing, (uint64_t)nothing, 1 };
	enum { FEW = 100000, MANY = 60000000 };
	uint64_t list = 0, few;
	handle_t driver = NULL;

	succeeds(bs->install_protocol(&driver, &driver_binding_guid, 0, binding));
	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, MANY / 512 + 1, &list)))
		return;
	few = connect(list, FEW, driver);
	compare(connect(list, MANY, driver), few, 5000);
}

static void EFIAPI on_event(event_t event, void *context)
{
}

/* As many events of one group as there can be; how many. */
static unsigned make_group(uint32_t type, event_t *event, unsigned most)
{
	unsigned n = 0;

	while (n < most && bs->create_event_ex(type, TPL_CALLBACK, on_event, NULL, &group_guid,
					       &event[n]) == EFI_SUCCESS)
		n++;
	print("# %u events\n", (uint64_t)n);
	check(n > 1000);
	return n;
}

/* All are due at once. Nobody is notified: what is left is the signals. */
static void set_all(event_t *event, unsigned n)
{
	uint64_t start = rdtsc(), set;

	bs->raise_tpl(TPL_HIGH_LEVEL);
	for (unsigned i = 0; i < n; i++)
		bs->set_timer(event[i], 2, 1);
	set = rdtsc() - start;
	start = rdtsc();
	bs->restore_tpl(TPL_APPLICATION);
	compare(rdtsc() - start, set, 50);
}

/* Each signals all. */
static void a_timers(void)
{
	static event_t event[LARGE];

	set_all(event, make_group(EVT_TIMER, event, LARGE));
}

/* Each has a group of its own. */
static void a_groups(void)
{
	static event_t event[LARGE];
	struct efi_guid guid = group_guid;
	unsigned n = 0;

	while (n < LARGE &&
	       bs->create_event_ex(EVT_TIMER, 0, NULL, NULL, &guid, &event[n]) == EFI_SUCCESS)
		memcpy(&guid, &(uint32_t){ ++n }, 4);
	print("# %u groups\n", (uint64_t)n);
	check(n > 1000);
	set_all(event, n);
}

/* All want to know of one protocol, and each signals all. */
static void a_registrations(void)
{
	static event_t event[LARGE];
	const unsigned n = make_group(0, event, LARGE / 2);
	handle_t handle = NULL;
	uint64_t start = rdtsc(), before;
	void *registration;
	unsigned n_of = 0;

	while (n_of < 2 * LARGE && bs->register_protocol_notify(&tag_guid, event[n_of % n],
								&registration) == EFI_SUCCESS)
		n_of++;
	print("# %u registrations\n", (uint64_t)n_of);
	before = rdtsc() - start;
	start = rdtsc();
	bs->install_protocol(&handle, &tag_guid, 0, NULL);
	compare(rdtsc() - start, before, 50);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(free_regions), A(drivers), A(timers), A(groups), A(registrations),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
