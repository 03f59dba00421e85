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

enum { LARGE = 100000, MANY = 60000, FEW = 2000, REGIONS = 40000 };

/* Every second page is of another type, and each descriptor one page long. */
static uint64_t make_regions(uint64_t *ret_ticks)
{
	uint64_t at = 0, page, start = cpu_ticks();

	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, REGIONS, &at)))
		return 0;
	succeeds(bs->free_pages(at, REGIONS));
	for (uint64_t i = 0; i < REGIONS; i++) {
		page = at + i * 4096;
		if (bs->allocate_pages(2, i % 2 ? EFI_LOADER_DATA : EFI_BOOT_SERVICES_DATA, 1,
				       &page) != EFI_SUCCESS)
			return 0;
	}
	*ret_ticks = cpu_ticks() - start;
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
	uint64_t before = 0, at = make_regions(&before), start = cpu_ticks();

	check(at != 0);
	succeeds(bs->free_pages(at, REGIONS));
	compare(cpu_ticks() - start, before, 5);
}

/* Every second page may not be written to; then none may, then each. */
static void a_attributes(void)
{
	struct memory_attribute *ma;
	uint64_t at = 0, start, before;

	if (!succeeds(bs->locate_protocol(&memory_attribute_guid, NULL, &ma)) ||
	    !succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, REGIONS, &at)))
		return;
	start = cpu_ticks();
	for (uint64_t i = 0; i < REGIONS; i += 2)
		if (ma->set(ma, at + i * 4096, 4096, EFI_MEMORY_RO) != EFI_SUCCESS)
			return;
	before = cpu_ticks() - start;
	start = cpu_ticks();
	succeeds(ma->set(ma, at, REGIONS * 4096, EFI_MEMORY_RO));
	compare(cpu_ticks() - start, before, 50);
	succeeds(ma->clear(ma, at, REGIONS * 4096, EFI_MEMORY_RO));
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
	start = cpu_ticks();
	bs->connect_controller(self, (void *)list, NULL, false);
	return cpu_ticks() - start;
}

static void a_drivers(void)
{
	uint64_t binding[6] = { (uint64_t)nothing, (uint64_t)nothing, (uint64_t)nothing, 1 };
	enum { SOME = 100000, MOST = 60000000 };
	uint64_t list = 0, few;
	handle_t driver = NULL;

	succeeds(bs->install_protocol(&driver, &driver_binding_guid, 0, binding));
	if (!succeeds(bs->allocate_pages(0, EFI_LOADER_DATA, MOST / 512 + 1, &list)))
		return;
	few = connect(list, SOME, driver);
	compare(connect(list, MOST, driver), few, 5000);
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
	uint64_t start = cpu_ticks(), set;

	bs->raise_tpl(TPL_HIGH_LEVEL);
	for (unsigned i = 0; i < n; i++)
		bs->set_timer(event[i], 2, 1);
	set = cpu_ticks() - start;
	start = cpu_ticks();
	bs->restore_tpl(TPL_APPLICATION);
	compare(cpu_ticks() - start, set, 50);
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
	uint64_t start = cpu_ticks(), before;
	void *registration;
	unsigned n_of = 0;

	while (n_of < 2 * LARGE && bs->register_protocol_notify(&tag_guid, event[n_of % n],
								&registration) == EFI_SUCCESS)
		n_of++;
	print("# %u registrations\n", (uint64_t)n_of);
	before = cpu_ticks() - start;
	start = cpu_ticks();
	bs->install_protocol(&handle, &tag_guid, 0, NULL);
	compare(cpu_ticks() - start, before, 50);
}

static efi_status_t EFIAPI on_key(void *key)
{
	return EFI_SUCCESS;
}

/* Each key that is typed is held against all of them, and thousands may have been typed. */
static void a_keys(void)
{
	typedef efi_status_t(EFIAPI * register_fn)(void *this, void *key, void *function,
						   void *ret_handle);
	struct text_input_ex *in = NULL;
	uint8_t key[12] = { 0, 0, 'z' };
	unsigned n = 0;
	void *handle;

	if (!succeeds(bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &in)))
		return;
	while (n < LARGE && ((register_fn)in->register_key_notify)(in, key, (void *)on_key,
								   &handle) == EFI_SUCCESS)
		n++;
	print("# %u functions\n", (uint64_t)n);
	check(n > 100 && n <= 4096);
}

/* A controller, its child, the child's child and so on; how many. */
static unsigned make_chain(handle_t agent, handle_t *handle, unsigned most)
{
	void *interface;
	unsigned n = 0;

	while (n < most && bs->install_protocol(&handle[n], &tag_guid, 0, NULL) == EFI_SUCCESS) {
		if (n && bs->open_protocol(handle[n - 1], &tag_guid, &interface, agent, handle[n],
					   OPEN_BY_CHILD_CONTROLLER) != EFI_SUCCESS)
			break;
		n++;
	}
	return n;
}

static efi_status_t EFIAPI refuse(void)
{
	return EFI_UNSUPPORTED;
}

/* Behind all others: none of them is looked at on the way. */
static void install_driver(void)
{
	static uint64_t binding[6] = { (uint64_t)refuse, (uint64_t)refuse, (uint64_t)refuse, 1 };
	handle_t name = NULL;

	succeeds(bs->install_protocol(&name, &driver_binding_guid, 0, binding));
}

static handle_t chain[LARGE];

static void connect_chain(bool driver, unsigned percent)
{
	uint64_t start = cpu_ticks(), before;
	const unsigned n = make_chain(self, chain, MANY);

	before = cpu_ticks() - start;
	print("# %u controllers\n", (uint64_t)n);
	check(n > 10000);
	if (driver)
		install_driver();
	start = cpu_ticks();
	bs->connect_controller(chain[0], NULL, NULL, true);
	compare(cpu_ticks() - start, before, percent);
}

/* Nobody is asked: what is left is to go through them. */
static void a_children(void)
{
	connect_chain(false, 25);
}

/* One driver is asked about each, once. */
static void a_children_asked(void)
{
	connect_chain(true, 500);
}

/*
 * What an image has made is connected when it has ended: a chain here, of which each one has all
 * others below it. The image is this one again, and made for its parent.
 */
static uint64_t start_maker(void)
{
	static char16 options[] = u"make_chain";
	struct loaded_image *image;
	handle_t child = NULL;
	uint64_t start;

	if (!succeeds(load_beside(u"\\hostile_time.efi", &child)))
		return 1;
	succeeds(bs->handle_protocol(child, &loaded_image_guid, &image));
	image->load_options = options;
	image->load_options_bytes = sizeof(options);
	start = cpu_ticks();
	succeeds(bs->start_image(child, NULL, NULL));
	return cpu_ticks() - start;
}

static void a_children_of_image(void)
{
	const uint64_t before = start_maker();

	install_driver();
	compare(start_maker(), before, 500);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(free_regions),  A(attributes), A(drivers),  A(timers),	 A(groups),
	A(registrations), A(keys),	 A(children), A(children_asked), A(children_of_image),
};

efi_status_t payload(void)
{
	if (option_is("make_chain"))
		return make_chain(own_image()->parent, chain, FEW) == FEW ? EFI_SUCCESS
									  : EFI_ABORTED;
	return ATTACK_RUN(attacks);
}
