// SPDX-License-Identifier: MIT
/*
 * Core by itself, and parts that are nothing but parts. Linked with core alone: what it
 * would need of a console, disks or a trace would not be found.
 */
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "tap.h"
#include "unit/fake_machine.h"

enum {
	HANDLE = 0,
	SYSTEM_TABLE = 8,
	EVENT = 16,
	INDEX = 24,
	GUID = 32,
	INTERFACE = 48,
	MAP_BYTES = 56,
	MAP_KEY = 64,
	MAP = 0x100,
	MAP_ROOM = 0x1000,
	CON_OUT = 64, /* in EFI_SYSTEM_TABLE */
	CON_IN = 48,
	FILE_PATH = 32, /* in EFI_LOADED_IMAGE_PROTOCOL */
	WAIT_NS = 50000000,
};

/* A call of the image, with addresses in its data where an argument has DATA. */
#define DATA (UINT64_C(1) << 63)

struct call_made {
	const char *service;
	uint64_t arg[5];
	efi_status_t want;
};

static const struct call_made *calls;
static unsigned n_calls, made;
static bool under_way;

static uint64_t gate_of(const char *name)
{
	const struct groups *all = &fake.firmware->groups;

	for (unsigned g = 0; g < all->n; g++)
		for (unsigned i = 0; i < all->group[g]->n; i++)
			if (!strcmp(all->group[g]->service[i].name, name))
				return service_gate(fake.firmware, &all->group[g]->service[i]);
	return 0;
}

/* An argument, or with VALUE the UINT64 that lies there. */
#define VALUE (UINT64_C(3) << 62)

static uint64_t argument(uint64_t v)
{
	if ((v & VALUE) == VALUE)
		return fake_u64(fake_data((unsigned)v));
	return v & DATA ? fake_data((unsigned)v) : v;
}

static void next(struct fake_step *s)
{
	const struct call_made *c;

	if (under_way) {
		c = &calls[made++];
		check_msg(fake.result == c->want, "%s: %#jx", c->service, (uintmax_t)fake.result);
	} else {
		fake_put_u64(fake_data(HANDLE), fake.frame[0].arg[0]);
		fake_put_u64(fake_data(SYSTEM_TABLE), fake.frame[0].arg[1]);
		fake_put_u64(fake_data(MAP_BYTES), MAP_ROOM);
	}
	under_way = true;
	if (made == n_calls) {
		s->kind = FAKE_LEAVE;
		return;
	}
	s->gate = gate_of(calls[made].service);
	for (unsigned i = 0; i < ARRAY_SIZE(calls->arg); i++)
		s->arg[i] = argument(calls[made].arg[i]);
}

static enum firmware_end run(const struct call_made *c, unsigned n)
{
	enum firmware_end end = FIRMWARE_VIOLATION;
	efi_status_t status;
	struct why why = { "" };

	calls = c;
	n_calls = n;
	made = 0;
	under_way = false;
	check_msg(firmware_run(fake.firmware, &end, &status, &why) == 0, "it runs%s", why.text);
	return end;
}

/* Nobody to show anything, nobody who types. */
static struct firmware_config without_terminal(void)
{
	struct firmware_config config = fake_config();

	config.terminal = (struct firmware_terminal){ 0 };
	return config;
}

static void put_guid(const struct efi_guid *guid)
{
	memcpy(fake_at(fake.firmware->images.first->base + FAKE_DATA + GUID), guid, sizeof(*guid));
}

static void test_no_parts(void)
{
	static const struct parts none = { { NULL } };
	static const struct call_made of_image[] = {
		{ "LocateProtocol", { DATA | GUID, 0, DATA | INTERFACE }, EFI_NOT_FOUND },
		{ "CreateEvent", { EVT_TIMER, 0, 0, 0, DATA | EVENT }, EFI_SUCCESS },
		{ "SetTimer", { VALUE | EVENT, 2, WAIT_NS / 100 }, EFI_SUCCESS },
		{ "WaitForEvent", { 1, DATA | EVENT, DATA | INDEX }, EFI_SUCCESS },
		{ "Stall", { 10 }, EFI_SUCCESS },
		{ "GetMemoryMap",
		  { DATA | MAP_BYTES, DATA | MAP, DATA | MAP_KEY, 0, 0 },
		  EFI_SUCCESS },
		{ "ExitBootServices", { VALUE | HANDLE, VALUE | MAP_KEY }, EFI_SUCCESS },
	};
	const struct machine_regs *regs;
	struct frozen frozen;
	struct why why = { "" };
	uint64_t before, path, table;

	require(fake_open_parts(without_terminal(), &none, next, &why) == 0);
	check(fake.firmware->groups.n == CORE_GROUPS);
	put_guid(&guid_simple_text_output);
	before = fake.clock_ns;
	check(run(of_image, ARRAY_SIZE(of_image)) == FIRMWARE_BOOT);
	check(made == ARRAY_SIZE(of_image) - 1); /* the last one does not return */
	check(fake.clock_ns - before >= WAIT_NS && fake.clock_ns - before < 2 * WAIT_NS);
	table = fake_u64(fake_data(SYSTEM_TABLE));
	check(fake_u64(table + CON_IN) == 0 && fake_u64(table + CON_OUT) == 0);
	/* of no device, but it has a name */
	path = fake_u64(fake.firmware->images.first->loaded_image + FILE_PATH);
	check(!memcmp(fake_at(path), "\x04\x04\x22\x00\\\0b\0o\0o\0t\0", 14));
	firmware_frozen(fake.firmware, &frozen);
	regs = &frozen.regs;
	check(unit_result(regs) == EFI_SUCCESS && frozen.n_pages > 0);
	check(frozen.seed.start == frozen.seed.end); /* nobody asked for one */
	check(fake_agrees());
	fake_close();
	check(!fake.is_open);
}

/* ---- what GetMemoryMap says of memory that is more reliable */

/* How many descriptors, and pages: in all, those in a range, and those that are told wrongly. */
struct described {
	uint64_t n, n_pages, n_reliable, n_wrong;
};

static struct described described(const struct ram_range *reliable, unsigned n)
{
	static const struct call_made ask = {
		"GetMemoryMap", { DATA | MAP_BYTES, DATA | MAP, DATA | MAP_KEY, 0, 0 }, EFI_SUCCESS
	};
	struct firmware_config config = fake_config();
	struct efi_memory_descriptor d;
	struct described ret = { 0 };
	struct why why = { "" };
	uint64_t addr;
	bool in;

	config.reliable = reliable;
	config.n_reliable = n;
	config.terminal = (struct firmware_terminal){ 0 };
	require(fake_open_parts(config, &(const struct parts){ { NULL } }, next, &why) == 0);
	run(&ask, 1);
	ret.n = fake_u64(fake_data(MAP_BYTES)) / 48;
	for (uint64_t i = 0; i < ret.n; i++) {
		memcpy(&d, fake_at(fake_data(MAP) + i * 48), sizeof(d));
		ret.n_pages += d.n_pages;
		for (uint64_t page = 0; page < d.n_pages; page++) {
			addr = d.physical_start + (page << PAGE_SHIFT);
			in = false;
			for (unsigned k = 0; k < n; k++)
				in |= reliable[k].start <= addr && addr < reliable[k].end;
			ret.n_reliable += in;
			ret.n_wrong += in != !!(d.attribute & EFI_MEMORY_MORE_RELIABLE);
		}
	}
	fake_close();
	return ret;
}

static void test_reliable(void)
{
	static const struct ram_range range[] = {
		{ 0x20000, 0x30000 },			    /* inside of one region */
		{ 0x9e000, 0xf1000 },			    /* over a hole */
		{ FAKE_LOW_END - 0x1000, FAKE_LOW_END },    /* to the end of one */
		{ FAKE_DEVICE - 0x2000, FAKE_DEVICE },	    /* of another type */
		{ FAKE_HIGH - 0x1000, FAKE_HIGH + 0x1000 }, /* from before one */
	};
	static const struct ram_range all = { 0, UINT64_MAX };
	const struct described without = described(NULL, 0), with = described(range, 5);
	const struct described whole = described(&all, 1);

	check(!without.n_reliable && !without.n_wrong && without.n_pages > 0x2000);
	check(with.n_pages == without.n_pages && !with.n_wrong);
	check_msg(with.n_reliable == 0x10 + 2 + 1 + 2 + 1, "%ju pages", (uintmax_t)with.n_reliable);
	/* the first makes two more, the others one: of the second one's two regions one is all in
	 * it */
	check_msg(with.n == without.n + 6, "%ju descriptors, %ju without", (uintmax_t)with.n,
		  (uintmax_t)without.n);
	check(whole.n == without.n && whole.n_reliable == without.n_pages && !whole.n_wrong);
}

/* ---- what a part is told, and when */

static char told[64];
static int fail_with;

static void tell(char what)
{
	const size_t n = strlen(told);

	if (n + 1 == sizeof(told))
		abort();
	told[n] = what;
	told[n + 1] = '\0';
}

static efi_status_t answer(struct call *c);

static const struct service rows[] = {
	{ "Count", 0, answer, { ARG_THIS }, .result = RESULT_ADDR }
};
static const struct efi_guid guid_counter = { 0x1234, 1, 2, { 3 } };
static const struct service_group group_counter = {
	.name = "a counter",
	.guid = &guid_counter,
	.n_slots = 1,
	.service = rows,
	.n = 1,
};

static int open_first(struct firmware *fw, struct why *why);
static int open_second(struct firmware *fw, struct why *why);

static void close_first(struct firmware *fw)
{
	tell('a');
}

static void close_second(struct firmware *fw)
{
	tell('b');
}

static const struct part first = { .state_bytes = 1, .open = open_first, .close = close_first };
static const struct part second = {
	.groups = { &group_counter },
	.state_bytes = sizeof(uint64_t),
	.open = open_second,
	.close = close_second,
};
static const struct part silent = { .groups = { NULL } };
static const struct parts both = { { &first, &silent, &second, &part_rng } };

static int open_first(struct firmware *fw, struct why *why)
{
	tell('A');
	/* what comes behind it is not there yet */
	check(part_state(fw, &first) && !part_state(fw, &second));
	return 0;
}

static int open_second(struct firmware *fw, struct why *why)
{
	const uint64_t *count = part_state(fw, &second);
	efi_handle_t handle = 0;

	tell('B');
	check(*count == 0 && !part_state(fw, &silent));
	if (fail_with)
		return why_set(why, fail_with, "no counter");
	return protocol_offer(fw, &handle, &group_counter, NULL, why);
}

static efi_status_t answer(struct call *c)
{
	uint64_t *count = part_state(c->fw, &second);

	return ++*count;
}

static void test_parts(void)
{
	static const struct call_made of_image[] = {
		{ "LocateProtocol", { DATA | GUID, 0, DATA | INTERFACE }, EFI_SUCCESS },
		{ "Count", { VALUE | INTERFACE }, 1 },
		{ "Count", { VALUE | INTERFACE }, 2 },
	};
	struct why why = { "" };

	told[0] = '\0';
	require(fake_open_parts(without_terminal(), &both, next, &why) == 0);
	check(fake.firmware->groups.n == CORE_GROUPS + 2);
	check(fake.firmware->groups.group[CORE_GROUPS] == &group_counter);
	put_guid(&guid_counter);
	check(run(of_image, ARRAY_SIZE(of_image)) == FIRMWARE_EXITED);
	check(made == ARRAY_SIZE(of_image));
	check(!strcmp(told, "AB"));
	fake_close();
	check(!strcmp(told, "ABba"));
}

static void test_part_fails(void)
{
	struct why why = { "" };

	told[0] = '\0';
	fail_with = -EIO;
	check(fake_open_parts(without_terminal(), &both, next, &why) == -EIO);
	check(!strcmp(why.text, "no counter") && !strcmp(told, "ABba") && !fake.is_open);
	fail_with = 0;
}

/* ---- what shuts the process in */

static int confine(void *context, const struct firmware_begun *begun, struct why *why)
{
	tell('c');
	check(fake.is_open && begun->machine && begun->machine->ops);
	return *(int *)context ? why_set(why, *(int *)context, "cannot be confined") : 0;
}

static void test_confine(void)
{
	struct firmware_config config = without_terminal();
	struct why why = { "" };
	int r = -EPERM;

	config.confine = confine;
	config.confine_context = &r;
	config.image = (struct bytes){ (const uint8_t *)"no image", 8 };
	told[0] = '\0';
	check(fake_open_parts(config, &both, next, &why) == -EPERM);
	check(!strcmp(told, "c") && !strcmp(why.text, "cannot be confined") && !fake.is_open);
	r = 0;
	told[0] = '\0';
	check(fake_open_parts(config, &both, next, &why) == -ENOEXEC);
	check(!strcmp(told, "cABba") && !fake.is_open);
}

int main(void)
{
	test_no_parts();
	test_reliable();
	test_parts();
	test_part_fails();
	test_confine();
	return tap_done();
}
