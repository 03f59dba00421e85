// SPDX-License-Identifier: MIT
/*
 * The firmware as a whole, its image a table of calls. What real code meets is
 * test/payload's; here is what it takes a look behind the services to see.
 */
#include "firmware/core/dispatch.h"
#include "firmware/core/gate.h"
#include "firmware/device_path/protocols/protocols.h"
#include "guest/runtime_abi.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/fake_machine.h"

#include <stdio.h>

/* Arguments that are worked out when the call is made. */
#define AT(offset) (UINT64_C(0x0a) << 56 | (offset))	/* address of that byte of the data */
#define VALUE(offset) (UINT64_C(0x0b) << 56 | (offset)) /* the UINT64 that lies there */
#define SERVICE_ANSWER UINT64_C(0x0c00000000000000)	/* whatever it answers is right */
#define IMAGE VALUE(HANDLE)

enum { HANDLE = 0x1500, SYSTEM_TABLE = 0x1508, GUIDS_AT = 0x1400, FUNCTION = 0x1510 };

struct row {
	const char *service; /* NULL: the image returns want */
	uint64_t arg[FAKE_MAX_ARGS];
	uint64_t want;
	bool (*look)(void); /* behind the call; false: something is wrong */
};

static const struct row *rows;
static unsigned n_rows, row;
static bool called; /* row's call is under way */
static const char *title;

static uint64_t gate_of(const char *service)
{
	for (unsigned g = 0; g < fake.firmware->groups.n; g++) {
		const struct service_group *group = fake.firmware->groups.group[g];

		for (unsigned i = 0; i < group->n; i++)
			if (!strcmp(group->service[i].name, service))
				return service_gate(fake.firmware, &group->service[i]);
	}
	printf("Bail out! no service %s\n", service);
	exit(1);
}

static uint64_t argument(uint64_t v)
{
	switch (v >> 56) {
	case 0x0a:
		return fake_data((unsigned)v);
	case 0x0b:
		return fake_u64(fake_data((unsigned)v));
	default:
		return v;
	}
}

static void judge(void)
{
	const struct row *r = &rows[row++];
	bool good = r->want == SERVICE_ANSWER || fake.result == argument(r->want);

	called = false;
	if (!good)
		printf("# got %s (%#jx)\n", firmware_status_name(fake.result),
		       (uintmax_t)fake.result);
	if (good && r->look)
		good = r->look();
	check_msg(good, "%s: row %u, %s", title, row - 1, r->service);
}

static void begin(void)
{
	const struct fake_frame *f = &fake.frame[0];

	fake_put_u64(fake_data(HANDLE), f->arg[0]);
	fake_put_u64(fake_data(SYSTEM_TABLE), f->arg[1]);
	for (unsigned i = 0; i < 8; i++) /* GUIDs that nobody knows */
		fake_put_u64(fake_data(GUIDS_AT + 16 * i), 0x1111 * (i + 1));
	fake_put_u64(fake_data(FUNCTION), fake_function(0));
}

/* Notification functions do nothing; the entry point makes the calls of the rows. */
static void next_row(struct fake_step *s)
{
	if (fake.depth > 1) {
		s->kind = FAKE_LEAVE;
		return;
	}
	if (called)
		judge();
	else if (!row)
		begin();
	if (row == n_rows || !rows[row].service) {
		s->kind = FAKE_LEAVE;
		s->status = row < n_rows ? rows[row].want : EFI_SUCCESS;
		return;
	}
	called = true;
	s->gate = gate_of(rows[row].service);
	for (unsigned i = 0; i < FAKE_MAX_ARGS; i++)
		s->arg[i] = argument(rows[row].arg[i]);
}

struct result {
	enum firmware_end end;
	efi_status_t status;
	struct why why;
	int r;
};

/* Run the rows; the firmware stays open. */
static struct result run_rows(const char *name, struct firmware_config config, const struct row *r,
			      unsigned n)
{
	struct result result = { 0 };

	rows = r;
	n_rows = n;
	row = 0;
	called = false;
	title = name;
	result.r = fake_open(config, next_row, &result.why);
	if (!check_msg(result.r == 0, "%s: opened%s", name, result.why.text))
		return result;
	result.r = firmware_run(fake.firmware, &result.end, &result.status, &result.why);
	return result;
}

#define RUN(name, table) run_rows(name, fake_config(), table, ARRAY_SIZE(table))

static void end_well(struct result result, enum firmware_end end, efi_status_t status)
{
	check_msg(result.r == 0 && result.end == end, "%s: ends as it should%s", title,
		  result.why.text);
	check_msg(end == FIRMWARE_VIOLATION || result.status == status, "%s: status", title);
	check_msg(row == n_rows || !rows[row].service, "%s: all rows", title);
	check_msg(fake_agrees(), "%s: the machine has the map's permissions", title);
	fake_close();
	check_msg(!fake.is_open, "%s: the machine is closed", title);
}

static uint64_t cell(unsigned offset)
{
	return fake_u64(fake_data(offset));
}

/* ---- memory */

static bool page_is_zero(uint64_t addr)
{
	const uint8_t *p = fake_at(addr);

	return p[0] == 0 && !memcmp(p, p + 1, PAGE_BYTES - 1);
}

static bool dirty_it(void)
{
	memset(fake_at(cell(0)), 0xee, 4 * PAGE_BYTES);
	fake_put_u64(fake_data(8), cell(0) + PAGE_BYTES);
	return cell(0) % PAGE_BYTES == 0 && cell(0) >= FAKE_HIGH;
}

static bool freed_is_zero(void)
{
	return page_is_zero(cell(0) + PAGE_BYTES) && !page_is_zero(cell(0)) &&
	       !page_is_zero(cell(0) + 2 * PAGE_BYTES);
}

static bool is_high(void)
{
	return cell(0) >= FAKE_HIGH;
}

static bool is_low(void)
{
	return cell(32) < FAKE_LOW_END;
}

static bool below_limit(void)
{
	return cell(16) + 2 * PAGE_BYTES <= 0x200000;
}

static void test_memory(void)
{
	static const struct row table[] = {
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 4, AT(0) }, EFI_SUCCESS, dirty_it },
		{ "FreePages", { VALUE(8), 1 }, EFI_SUCCESS, freed_is_zero },
		{ "FreePages", { VALUE(8), 1 }, EFI_NOT_FOUND },
		{ "FreePages", { VALUE(0), 4 }, EFI_NOT_FOUND },
		{ "FreePages", { VALUE(0), 0 }, EFI_INVALID_PARAMETER },
		{ "FreePages", { 0xf0000, 1 }, EFI_NOT_FOUND }, /* the machine's */
		{ "FreePages", { 0x1000001, 1 }, EFI_INVALID_PARAMETER },
		{ "FreePages", { 0x1000000, UINT64_MAX }, EFI_NOT_FOUND },
		{ "AllocatePages", { 2, EFI_LOADER_DATA, 1, AT(8) }, EFI_SUCCESS },
		{ "AllocatePages", { 2, EFI_LOADER_DATA, 1, AT(8) }, EFI_NOT_FOUND },
		{ "AllocatePages", { 3, EFI_LOADER_DATA, 1, AT(8) }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, 7, 1, AT(8) }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, 16, 1, AT(8) }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, 0x70000000, 1, AT(24) }, EFI_SUCCESS },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1, 0 }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1, 0xf0000 }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 0, AT(8) }, EFI_OUT_OF_RESOURCES },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1 << 20, AT(8) }, EFI_OUT_OF_RESOURCES },
		{ "AllocatePages", { 0, 2, UINT64_MAX, AT(8) }, EFI_OUT_OF_RESOURCES },
		{ "SetMem", { AT(16), 8, 0 }, SERVICE_ANSWER },
		{ "SetMem", { AT(18), 1, 0x20 }, SERVICE_ANSWER },
		{ "AllocatePages", { 1, EFI_LOADER_DATA, 2, AT(16) }, EFI_SUCCESS, below_limit },
		/* who does not say where gets what lies above 4 GiB, as long as there is enough */
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 6000, AT(32) }, EFI_SUCCESS, is_low },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1800, AT(0) }, EFI_SUCCESS, is_high },
		{ "AllocatePool", { EFI_LOADER_DATA, 24, AT(40) }, EFI_SUCCESS },
		{ "FreePool", { VALUE(40) }, EFI_SUCCESS },
		{ "FreePool", { VALUE(40) }, EFI_INVALID_PARAMETER },
		{ "FreePool", { 0 }, EFI_INVALID_PARAMETER },
		{ "AllocatePool", { EFI_LOADER_DATA, UINT64_MAX, AT(40) }, EFI_OUT_OF_RESOURCES },
		{ "AllocatePool", { 7, 24, AT(40) }, EFI_INVALID_PARAMETER },
	};

	end_well(RUN("memory", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* ---- kernels with pages of 64 KiB (UEFI 2.10, 2.3.6) */

enum { LARGE = 65536, LARGE_PAGES = LARGE / PAGE_BYTES };

static bool is_large(void)
{
	return cell(0) && cell(0) % LARGE == 0;
}

static bool is_small(void)
{
	return cell(0) % LARGE != 0;
}

/* Nothing that outlives boot services shares a large page, whoever asked for it. */
static bool none_is_shared(void)
{
	const struct page_map *map = &fake.firmware->map;
	unsigned n_seen = 0;

	for (unsigned i = 0; i < map->n; i++) {
		const struct region *r = &map->region[i];

		if (r->owner != REGION_IMAGE ||
		    (r->type != EFI_RESERVED_MEMORY && r->type != EFI_ACPI_MEMORY_NVS &&
		     r->type != EFI_RUNTIME_SERVICES_CODE && r->type != EFI_RUNTIME_SERVICES_DATA))
			continue;
		/* permissions make two of one */
		if (!n_seen++ || map->region[i - 1].type != r->type)
			check(r->start % LARGE == 0);
		if (i + 1 == map->n || map->region[i + 1].type != r->type)
			check(r->end % LARGE == 0);
	}
	return n_seen >= 4;
}

static bool all_is_free(void)
{
	return page_map_owned(&fake.firmware->map, cell(0), cell(0) + LARGE, REGION_FREE);
}

static bool one_is_kept(void)
{
	fake_put_u64(fake_data(8), cell(0) + PAGE_BYTES);
	return is_large();
}

static void test_large_pages(void)
{
	static const struct row table[] = {
		{ "AllocatePages", { 0, EFI_RESERVED_MEMORY, 1, AT(0) }, EFI_SUCCESS, is_large },
		{ "AllocatePages", { 0, EFI_ACPI_MEMORY_NVS, 17, AT(0) }, EFI_SUCCESS, is_large },
		{ "AllocatePages",
		  { 0, EFI_RUNTIME_SERVICES_CODE, 1, AT(0) },
		  EFI_SUCCESS,
		  is_large },
		{ "AllocatePages",
		  { 0, EFI_RUNTIME_SERVICES_DATA, 1, AT(0) },
		  EFI_SUCCESS,
		  is_large },
		{ "AllocatePool", { EFI_RUNTIME_SERVICES_CODE, 24, AT(24) }, EFI_SUCCESS },
		{ "AllocatePool", { EFI_RUNTIME_SERVICES_CODE, 5000, AT(24) }, EFI_SUCCESS },
		{ "AllocatePool",
		  { EFI_ACPI_MEMORY_NVS, 24, AT(32) },
		  EFI_SUCCESS,
		  none_is_shared },
		{ "FreePool", { VALUE(24) }, EFI_SUCCESS, none_is_shared },
		/* all of a large page goes, and only from its beginning */
		{ "AllocatePages",
		  { 0, EFI_RUNTIME_SERVICES_DATA, 1, AT(0) },
		  EFI_SUCCESS,
		  one_is_kept },
		{ "FreePages", { VALUE(8), 1 }, EFI_INVALID_PARAMETER },
		{ "FreePages", { VALUE(0), 1 }, EFI_SUCCESS, all_is_free },
		{ "AllocatePages", { 2, EFI_RESERVED_MEMORY, 1, AT(8) }, EFI_NOT_FOUND },
		{ "AllocatePages",
		  { 2, EFI_RESERVED_MEMORY, 1, AT(0) },
		  EFI_SUCCESS,
		  none_is_shared },
		{ "AllocatePages", { 2, EFI_LOADER_DATA, 1, AT(8) }, EFI_NOT_FOUND },
		/* code that may be a kernel; what is too small for one, and data, go where there is
		   room */
		{ "AllocatePages",
		  { 0, EFI_LOADER_CODE, LARGE_PAGES, AT(0) },
		  EFI_SUCCESS,
		  is_large },
		{ "AllocatePages",
		  { 0, EFI_LOADER_CODE, LARGE_PAGES + 1, AT(0) },
		  EFI_SUCCESS,
		  is_large },
		{ "AllocatePages", { 0, EFI_LOADER_CODE, 1, AT(0) }, EFI_SUCCESS, is_small },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 20, AT(0) }, EFI_SUCCESS },
	};
	struct firmware_config config = fake_config();

	config.largest_page = LARGE;
	end_well(run_rows("large pages", config, table, ARRAY_SIZE(table)), FIRMWARE_EXITED,
		 EFI_SUCCESS);
}

/* ---- the map, its key, and the end of boot services */

enum { MAP = 0x200, MAP_SIZE = 0x100, MAP_KEY = 0x108, DESCRIPTOR = 0x110, VERSION = 0x118 };

#define GET_MAP                                                                                    \
	"GetMemoryMap",                                                                            \
	{                                                                                          \
		AT(MAP_SIZE), AT(MAP), AT(MAP_KEY), AT(DESCRIPTOR), AT(VERSION)                    \
	}

static bool size_was_told(void)
{
	return cell(MAP_SIZE) > 0 && cell(MAP_SIZE) < 0x1000 && cell(DESCRIPTOR) == 48;
}

/* Of free memory, of memory that is a driver's, of a device: UEFI 2.10, 7.2.3. */
static bool attribute_is_right(const struct efi_memory_descriptor *d)
{
	if (d->physical_start == FAKE_SPECIAL)
		return d->type == EFI_CONVENTIONAL_MEMORY && d->attribute == 0x4000f;
	if (d->physical_start == FAKE_DEVICE)
		return d->type == EFI_MEMORY_MAPPED_IO && d->attribute == 1;
	return (d->attribute & ~EFI_MEMORY_RUNTIME) == 0xf;
}

/* Sorted, without overlaps, and all that the machine was described to have. */
static bool map_is_right(void)
{
	const uint64_t n = cell(MAP_SIZE) / cell(DESCRIPTOR);
	const struct firmware_memory *memory;
	struct efi_memory_descriptor d;
	const struct region *r;
	uint64_t end = 0, bytes = 0, want = 0;
	unsigned n_memory;

	memory = fake_memory(&n_memory);
	for (unsigned i = 0; i < n_memory; i++)
		want += memory[i].end - memory[i].start;
	for (unsigned i = 0; i < n; i++) {
		memcpy(&d, fake_at(fake_data(MAP) + i * cell(DESCRIPTOR)), sizeof(d));
		if (d.physical_start < end || !d.n_pages)
			return false;
		end = d.physical_start + (d.n_pages << PAGE_SHIFT);
		bytes += d.n_pages << PAGE_SHIFT;
		r = page_map_find(&fake.firmware->map, end - 1);
		if (!r || r->type != d.type || !attribute_is_right(&d))
			return false;
	}
	return bytes == want && end == FAKE_RAM_BYTES;
}

/* Nobody but the image's pages, and all of them. */
static bool frozen_is_right(void)
{
	const struct page_map *map = &fake.firmware->map;
	const struct region *r;
	struct frozen frozen;
	uint64_t n = 0, before = 0;

	firmware_frozen(fake.firmware, &frozen);
	for (unsigned i = 0; i < frozen.n_pages; i++) {
		if (frozen.pages[i].start < before || frozen.pages[i].start >= frozen.pages[i].end)
			return false;
		before = frozen.pages[i].end + 1; /* or the two were one */
		for (uint64_t at = frozen.pages[i].start; at < frozen.pages[i].end;
		     at += PAGE_BYTES, n++) {
			r = page_map_find(map, at);
			if (!r || r->owner != REGION_IMAGE)
				return false;
		}
	}
	return n == map->image_pages && n > 10;
}

static bool is_frozen(const struct frozen *frozen, uint64_t addr)
{
	for (unsigned i = 0; i < frozen->n_pages; i++)
		if (addr >= frozen->pages[i].start && addr < frozen->pages[i].end)
			return true;
	return false;
}

static void check_frozen(void)
{
	const struct runtime_data *data;
	struct frozen frozen;

	firmware_frozen(fake.firmware, &frozen);
	check(frozen_is_right());
	check(!is_frozen(&frozen, fake.config.gates));
	check(!is_frozen(&frozen, fake.config.private_page));
	check(!is_frozen(&frozen, frozen.resume.start));
	check(frozen.resume.end - frozen.resume.start == 0x3000 && frozen.resume.start);
	check(!is_frozen(&frozen, 0xf0000) && !is_frozen(&frozen, 0x10000));
	check(is_frozen(&frozen, fake.base) && is_frozen(&frozen, fake.frame[0].sp));
	check(is_frozen(&frozen, cell(0)) && !is_frozen(&frozen, cell(8)));
	/* as behind the call */
	check(machine_pc(&frozen.regs) == fake.base + TINY_TEXT_RVA + FAKE_RETURN_ADDRESS);
	check(machine_sp(&frozen.regs) == fake.frame[0].call_sp &&
	      unit_result(&frozen.regs) == EFI_SUCCESS);
	check(unit_fpu_is_marked(&frozen.fpu));
	check(frozen.ram == fake.config.ram);
	data = fake_at(fake.firmware->runtime_data);
	check(data->at_boot == 0 && data->boot_gate[0] == 0 && data->store_bytes > 0);
	check(fake_u64(cell(SYSTEM_TABLE) + offsetof(struct efi_system_table, boot_services)) == 0);
	check(fake_u64(cell(SYSTEM_TABLE) + offsetof(struct efi_system_table, con_out)) == 0);
}

static bool key_is_wrong(void)
{
	fake_put_u64(fake_data(0x120), cell(MAP_KEY) + 1);
	return map_is_right();
}

static bool large_enough(void)
{
	fake_put_u64(fake_data(MAP_SIZE), 0x1000);
	return true;
}

static bool name_a_variable(void)
{
	memcpy(fake_at(fake_data(0x140)), u"Name", 10);
	return true;
}

static void test_exit_boot_services(void)
{
	static const struct row table[] = {
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 4, AT(0) }, EFI_SUCCESS },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 4, AT(8) }, EFI_SUCCESS },
		{ "FreePages", { VALUE(8), 4 }, EFI_SUCCESS, name_a_variable },
		{ "SetVariable", { AT(0x140), AT(GUIDS_AT), 6, 4, AT(0) }, EFI_SUCCESS },
		{ "CreateEvent", { 0x201, 8, VALUE(FUNCTION), 0, AT(0x130) }, EFI_SUCCESS },
		{ GET_MAP, EFI_BUFFER_TOO_SMALL, size_was_told },
		{ GET_MAP, EFI_SUCCESS, key_is_wrong },
		{ "ExitBootServices", { IMAGE, VALUE(0x120) }, EFI_INVALID_PARAMETER },
		{ "ExitBootServices", { 0x1234, VALUE(MAP_KEY) }, EFI_INVALID_PARAMETER },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1, AT(16) }, EFI_SUCCESS, large_enough },
		{ "ExitBootServices", { IMAGE, VALUE(MAP_KEY) }, EFI_INVALID_PARAMETER },
		{ GET_MAP, EFI_SUCCESS, map_is_right },
		/* a pool that fits its arena changes nothing that is shown */
		{ "AllocatePool", { EFI_BOOT_SERVICES_DATA, 16, AT(24) }, EFI_SUCCESS },
		{ "FreePool", { VALUE(24) }, EFI_SUCCESS },
		{ "ExitBootServices", { IMAGE, VALUE(MAP_KEY) }, EFI_SUCCESS },
		{ NULL },
	};
	struct result result = RUN("ExitBootServices", table);

	check(result.end == FIRMWARE_BOOT && row == ARRAY_SIZE(table) - 2 && called);
	check(fake.n_entered == 1); /* the event's function */
	check_frozen();
	row = n_rows;
	end_well(result, FIRMWARE_BOOT, EFI_SUCCESS);
}

/* Whoever changes the map when it hears of the end makes the key stale. */
static void test_resume_left_out(void)
{
	static const struct row table[] = {
		{ GET_MAP, EFI_BUFFER_TOO_SMALL },
		{ GET_MAP, EFI_SUCCESS },
		{ "ExitBootServices", { IMAGE, VALUE(MAP_KEY) }, EFI_SUCCESS },
		{ NULL },
	};
	struct firmware_config config = fake_config();
	struct frozen frozen;
	struct result result;

	config.resume_bytes = 0;
	result = run_rows("no room to resume", config, table, ARRAY_SIZE(table));
	firmware_frozen(fake.firmware, &frozen);
	check(frozen.resume.start == frozen.resume.end);
	row = n_rows;
	end_well(result, FIRMWARE_BOOT, EFI_SUCCESS);
}

/* ---- variables */

enum { NAME = 0x140, OTHER = 0x160, ROOM = 0x180, DATA = 0x200 };

#define SET(name, attributes, n)                                                                   \
	"SetVariable",                                                                             \
	{                                                                                          \
		AT(name), AT(GUIDS_AT), attributes, n, AT(DATA)                                    \
	}
#define GET(name)                                                                                  \
	"GetVariable",                                                                             \
	{                                                                                          \
		AT(name), AT(GUIDS_AT), AT(0x190), AT(ROOM), AT(DATA + 64)                         \
	}

static bool set_names(void)
{
	memcpy(fake_at(fake_data(NAME)), u"Name", 10);
	memcpy(fake_at(fake_data(OTHER)), u"Names", 12);
	memcpy(fake_at(fake_data(DATA)), "0123456789", 10);
	fake_put_u64(fake_data(ROOM), 3);
	return true;
}

static bool room_of_64(void)
{
	fake_put_u64(fake_data(ROOM), 64);
	return true;
}

static bool needs_4(void)
{
	return cell(ROOM) == 4 && cell(0x190) == 7 && room_of_64();
}

static bool has_4(void)
{
	return cell(ROOM) == 4 && !memcmp(fake_at(fake_data(DATA + 64)), "0123\0", 5) &&
	       room_of_64();
}

static bool has_7(void)
{
	return cell(ROOM) == 7 && !memcmp(fake_at(fake_data(DATA + 64)), "0123012", 7) &&
	       room_of_64();
}

static bool walk_begins(void)
{
	memset(fake_at(fake_data(0xa00)), 0, 64);
	return true;
}

static bool is_name(void)
{
	return cell(ROOM) == 10 && !memcmp(fake_at(fake_data(0xa00)), u"Name", 10) &&
	       cell(0xa80) == cell(GUIDS_AT) && room_of_64();
}

static bool is_other(void)
{
	return cell(ROOM) == 12 && !memcmp(fake_at(fake_data(0xa00)), u"Names", 12) && room_of_64();
}

static bool store_used(void)
{
	/* one record of the runtime kind: 4 + 7 bytes with name and header */
	return cell(0x1d0) == VARIABLE_STORE_BYTES &&
	       cell(0x1d8) == VARIABLE_STORE_BYTES -
				      align_up(sizeof(struct runtime_variable) + 10 + 7, 8) &&
	       cell(0x1e0) == VARIABLE_MAX_BYTES;
}

static void test_variables(void)
{
	static const struct row table[] = {
		{ "SetMem", { AT(0), 0, 0 }, SERVICE_ANSWER, set_names },
		{ GET(NAME), EFI_NOT_FOUND },
		{ SET(NAME, 7, 4), EFI_SUCCESS },
		{ GET(NAME), EFI_BUFFER_TOO_SMALL, needs_4 },
		{ GET(NAME), EFI_SUCCESS, has_4 },
		{ GET(OTHER), EFI_NOT_FOUND }, /* a beginning is no name */
		{ SET(NAME, 7 | 0x40, 3), EFI_SUCCESS },
		{ GET(NAME), EFI_SUCCESS, has_7 },
		{ SET(NAME, 7 | 0x40, 0), EFI_SUCCESS },
		{ GET(NAME), EFI_SUCCESS, has_7 },
		{ SET(NAME, 3, 4), EFI_INVALID_PARAMETER }, /* other attributes */
		{ SET(OTHER, 4, 4), EFI_INVALID_PARAMETER },
		{ SET(OTHER, 0x87, 4), EFI_INVALID_PARAMETER },
		{ SET(OTHER, 0x27, 4), EFI_UNSUPPORTED }, /* authenticated */
		{ SET(OTHER, 0x0f, 4), EFI_UNSUPPORTED },
		{ SET(OTHER, 7, 0), EFI_NOT_FOUND },
		{ SET(OTHER, 2, VARIABLE_MAX_BYTES + 1), EFI_INVALID_PARAMETER },
		{ SET(OTHER, 2, VARIABLE_MAX_BYTES), EFI_INVALID_PARAMETER }, /* not there */
		{ "SetVariable", { AT(OTHER), AT(GUIDS_AT), 2, 1, 0 }, EFI_INVALID_PARAMETER },
		{ "SetVariable", { 0, AT(GUIDS_AT), 2, 1, AT(DATA) }, EFI_INVALID_PARAMETER },
		{ SET(OTHER, 2, 1), EFI_SUCCESS, walk_begins },
		{ "QueryVariableInfo", { 7, AT(0x1d0), AT(0x1d8), AT(0x1e0) }, 0, store_used },
		/* LoaderSystemToken, which is there from the start */
		{ "GetNextVariableName", { AT(ROOM), AT(0xa00), AT(0xa80) }, 0, room_of_64 },
		{ "GetNextVariableName", { AT(ROOM), AT(0xa00), AT(0xa80) }, 0, is_name },
		{ "GetNextVariableName", { AT(ROOM), AT(0xa00), AT(0xa80) }, 0, is_other },
		{ "GetNextVariableName", { AT(ROOM), AT(0xa00), AT(0xa80) }, EFI_NOT_FOUND },
		{ SET(NAME, 7, 0), EFI_SUCCESS }, /* gone */
		{ GET(NAME), EFI_NOT_FOUND },
		{ SET(OTHER, 0, 1), EFI_SUCCESS },
		{ GET(OTHER), EFI_NOT_FOUND },
	};

	end_well(RUN("variables", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* ---- the host's variables: what is under the image's own */

enum { HOST_NAMES = 0x400, HOST_NAME_BYTES = 0x40, HOST_VENDOR = 0x680, LOADER_VENDOR = 0x690 };

static const struct efi_guid host_vendor = {
	0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0, 0xe0, 0x98, 3, 0x2b, 0x8c }
};
static const char *const host_names[] = { "SecureBoot",	      "db",	"BootOrder", "MokListRT",
					  "LoaderBootSecret", "OwnOne", "Lang",	     "Timeout" };

enum { H_SECURE_BOOT, H_DB, H_BOOT_ORDER, H_MOK, H_SECRET, H_OWN, H_LANG, H_TIMEOUT };

#define H(i) AT(HOST_NAMES + (i)*HOST_NAME_BYTES)
#define HOST_GET(i)                                                                                \
	"GetVariable",                                                                             \
	{                                                                                          \
		H(i), AT(HOST_VENDOR), AT(0x190), AT(ROOM), AT(DATA + 64)                          \
	}
#define HOST_SET(i, attributes, n)                                                                 \
	"SetVariable",                                                                             \
	{                                                                                          \
		H(i), AT(HOST_VENDOR), attributes, n, AT(DATA)                                     \
	}

static bool put_host_names(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(host_names); i++)
		for (unsigned k = 0; k <= strlen(host_names[i]); k++)
			memcpy(fake_at(fake_data(HOST_NAMES + i * HOST_NAME_BYTES + 2 * k)),
			       (uint8_t[]){ (uint8_t)host_names[i][k], 0 }, 2);
	memcpy(fake_at(fake_data(HOST_VENDOR)), &host_vendor, 16);
	memcpy(fake_at(fake_data(LOADER_VENDOR)), &guid_systemd_loader, 16);
	memcpy(fake_at(fake_data(DATA)), "0123456789", 10);
	return room_of_64();
}

static bool is_on(void)
{
	return cell(ROOM) == 1 && (uint32_t)cell(0x190) == 6 &&
	       *(uint8_t *)fake_at(fake_data(DATA + 64)) == 1 && room_of_64();
}

static bool is_db(void)
{
	return cell(ROOM) == 4 && (uint32_t)cell(0x190) == 0x27 &&
	       !memcmp(fake_at(fake_data(DATA + 64)), "keys", 4) && room_of_64();
}

static bool is_overlaid(void)
{
	return cell(ROOM) == 3 && (uint32_t)cell(0x190) == 7 &&
	       !memcmp(fake_at(fake_data(DATA + 64)), "012", 3) && room_of_64();
}

/* What the next kernel is told of a name: a kind; -1 for nothing at all, -2 for too much. */
static int stored(const uint8_t *records, uint64_t n, const char *name)
{
	struct runtime_variable r;
	bool seen_of_host = false;
	int found = -1;
	unsigned k;

	for (uint64_t at = 0; at < n; at += r.n_bytes) {
		memcpy(&r, records + at, sizeof(r));
		check(!seen_of_host || r.kind == RUNTIME_VARIABLE_OF_HOST);
		seen_of_host |= r.kind == RUNTIME_VARIABLE_OF_HOST;
		for (k = 0; 2 * k < r.name_bytes && records[at + sizeof(r) + 2 * k] == name[k]; k++)
			if (!name[k])
				found = found == -1 ? (int)r.kind : -2;
		if (r.kind == RUNTIME_VARIABLE_DELETED && r.data_bytes)
			found = -2;
	}
	return found;
}

static void check_store(void)
{
	static uint8_t records[VARIABLE_STORE_BYTES + VARIABLE_HOST_BYTES];
	const uint64_t n = variables_store(fake.firmware, records);

	check(stored(records, n, "SecureBoot") == RUNTIME_VARIABLE_OF_HOST &&
	      stored(records, n, "db") == RUNTIME_VARIABLE_OF_HOST &&
	      stored(records, n, "MokListRT") == RUNTIME_VARIABLE_OF_HOST);
	check_msg(stored(records, n, "BootOrder") == RUNTIME_VARIABLE_DELETED,
		  "what the image deleted is known to be gone");
	check_msg(stored(records, n, "Lang") == RUNTIME_VARIABLE_OWN,
		  "what it deleted and made again is its own");
	check_msg(stored(records, n, "Timeout") == RUNTIME_VARIABLE_DELETED,
		  "what it made again for itself alone is gone behind it");
	check_msg(stored(records, n, "OwnOne") == -1, "what ends with boot services is not kept");
	check(stored(records, n, "LoaderBootSecret") == -1);
}

static void test_host_variables(void)
{
	static const char db[] = "keys", order[] = "\1\0", on[] = "\1";
	const struct firmware_variable host[] = {
		{ "SecureBoot", host_vendor, 6, { (const uint8_t *)on, 1 } },
		{ "db", host_vendor, 0x27, { (const uint8_t *)db, 4 } },
		{ "BootOrder", host_vendor, 7, { (const uint8_t *)order, 2 } },
		{ "MokListRT", host_vendor, 6, { (const uint8_t *)db, 4 } },
		{ "Lang", host_vendor, 7, { (const uint8_t *)order, 2 } },
		{ "Timeout", host_vendor, 7, { (const uint8_t *)order, 2 } },
	};
	static const struct row table[] = {
		{ "SetMem", { AT(0), 0, 0 }, SERVICE_ANSWER, put_host_names },
		{ HOST_GET(H_SECURE_BOOT), EFI_SUCCESS, is_on },
		/* what is told of trust cannot be changed, with whatever attributes */
		{ HOST_SET(H_SECURE_BOOT, 6, 1), EFI_WRITE_PROTECTED },
		{ HOST_SET(H_SECURE_BOOT, 7, 1), EFI_WRITE_PROTECTED },
		{ HOST_SET(H_SECURE_BOOT, 0, 0), EFI_WRITE_PROTECTED },
		{ HOST_GET(H_SECURE_BOOT), EFI_SUCCESS, is_on },
		{ HOST_SET(H_DB, 0x27, 4), EFI_WRITE_PROTECTED },
		{ HOST_SET(H_DB, 0x67, 4), EFI_WRITE_PROTECTED },
		{ HOST_SET(H_DB, 0, 0), EFI_WRITE_PROTECTED },
		{ HOST_GET(H_DB), EFI_SUCCESS, is_db },
		{ HOST_SET(H_MOK, 6, 4), EFI_WRITE_PROTECTED },
		/* what is only kept can be, for the image */
		{ HOST_SET(H_BOOT_ORDER, 7, 3), EFI_SUCCESS },
		{ HOST_GET(H_BOOT_ORDER), EFI_SUCCESS, is_overlaid },
		{ HOST_SET(H_BOOT_ORDER, 7, 0), EFI_SUCCESS },
		{ HOST_GET(H_BOOT_ORDER), EFI_NOT_FOUND },
		{ HOST_SET(H_OWN, 2, 3), EFI_SUCCESS },
		{ HOST_SET(H_LANG, 0, 0), EFI_SUCCESS },
		{ HOST_SET(H_LANG, 7, 3), EFI_SUCCESS },
		{ HOST_SET(H_TIMEOUT, 0, 0), EFI_SUCCESS },
		{ HOST_SET(H_TIMEOUT, 2, 3), EFI_SUCCESS },
		/* what was never the host's leaves nothing behind */
		{ HOST_SET(H_SECRET, 6, 4), EFI_SUCCESS },
		{ HOST_SET(H_SECRET, 6, 0), EFI_SUCCESS },
		/* the secret of systemd's loader, and that alone */
		{ "SetVariable",
		  { H(H_SECRET), AT(LOADER_VENDOR), 3, 4, AT(DATA) },
		  EFI_WRITE_PROTECTED },
		{ "SetVariable",
		  { H(H_SECRET), AT(LOADER_VENDOR), 3, 0, AT(DATA) },
		  EFI_WRITE_PROTECTED },
		{ "GetVariable",
		  { H(H_SECRET), AT(LOADER_VENDOR), 0, AT(ROOM), AT(DATA + 64) },
		  EFI_NOT_FOUND },
		{ HOST_SET(H_SECRET, 2, 4), EFI_SUCCESS },
	};
	struct firmware_config config = fake_config();
	struct result result;

	config.variables = host;
	config.n_variables = ARRAY_SIZE(host);
	result = run_rows("the host's variables", config, table, ARRAY_SIZE(table));
	check_store();
	check_msg(!memcmp(db, "keys", 4) && !memcmp(order, "\1\0", 2) && on[0] == 1,
		  "the host's own are as they were");
	end_well(result, FIRMWARE_EXITED, EFI_SUCCESS);
}

/* The store has its size, and what does not fit in leaves what is there. */
static void test_variable_store(void)
{
	static const struct row table[] = {
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 40, AT(0) }, EFI_SUCCESS, set_names },
		{ "SetVariable", { AT(NAME), AT(GUIDS_AT), 6, 130000, VALUE(0) }, EFI_SUCCESS },
		{ "SetVariable", { AT(OTHER), AT(GUIDS_AT), 6, 130000, VALUE(0) }, EFI_SUCCESS },
		{ "SetVariable",
		  { AT(OTHER), AT(GUIDS_AT + 16), 6, 2500, VALUE(0) },
		  EFI_OUT_OF_RESOURCES },
		{ "SetVariable", { AT(OTHER), AT(GUIDS_AT), 6, 130500, VALUE(0) }, EFI_SUCCESS },
		{ "SetVariable",
		  { AT(NAME), AT(GUIDS_AT), 6 | 0x40, 2500, VALUE(0) },
		  EFI_OUT_OF_RESOURCES },
		/* those that end with boot services have room of their own */
		{ "SetVariable",
		  { AT(OTHER), AT(GUIDS_AT + 16), 2, 130000, VALUE(0) },
		  EFI_SUCCESS },
	};

	end_well(RUN("the store of variables", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* ---- protocols */

#define GUID_A AT(GUIDS_AT)
#define GUID_B AT(GUIDS_AT + 16)
#define GUID_C AT(GUIDS_AT + 32)

static bool no_handle_came(void)
{
	return cell(0) == 0;
}

static void test_install_multiple(void)
{
	static const struct row table[] = {
		/* the third is the first again: nothing of it stays */
		{ "InstallMultipleProtocolInterfaces",
		  { AT(0), GUID_A, 1, GUID_B, 2, GUID_A, 3 },
		  EFI_INVALID_PARAMETER,
		  no_handle_came },
		{ "LocateProtocol", { GUID_A, 0, AT(8) }, EFI_NOT_FOUND },
		{ "LocateProtocol", { GUID_B, 0, AT(8) }, EFI_NOT_FOUND },
		{ "InstallMultipleProtocolInterfaces", { AT(0), GUID_C, 7 }, EFI_SUCCESS },
		{ "InstallMultipleProtocolInterfaces",
		  { AT(0), GUID_A, 1, GUID_B, 2, GUID_C, 3 },
		  EFI_INVALID_PARAMETER },
		{ "LocateProtocol", { GUID_A, 0, AT(8) }, EFI_NOT_FOUND },
		{ "HandleProtocol", { VALUE(0), GUID_C, AT(8) }, EFI_SUCCESS },
		{ "InstallMultipleProtocolInterfaces",
		  { AT(0), GUID_A, 1, 0x10, 2 }, /* no GUID there */
		  EFI_INVALID_PARAMETER },
		{ "LocateProtocol", { GUID_A, 0, AT(8) }, EFI_NOT_FOUND },
		{ "InstallMultipleProtocolInterfaces",
		  { AT(0), GUID_A, 1, GUID_B, 2 },
		  EFI_SUCCESS },
	};

	end_well(RUN("InstallMultiple", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

static bool interface_is_1(void)
{
	return cell(8) == 1;
}

static void test_uninstall_multiple(void)
{
	static const struct row table[] = {
		{ "InstallMultipleProtocolInterfaces", { AT(0), GUID_A, 1 }, EFI_SUCCESS },
		/* A goes, B is not there: A and its handle are as before */
		{ "UninstallMultipleProtocolInterfaces",
		  { VALUE(0), GUID_A, 1, GUID_B, 2 },
		  EFI_INVALID_PARAMETER },
		{ "HandleProtocol", { VALUE(0), GUID_A, AT(8) }, EFI_SUCCESS, interface_is_1 },
		{ "UninstallMultipleProtocolInterfaces",
		  { VALUE(0), GUID_A, 1, GUID_A, 1 },
		  EFI_INVALID_PARAMETER },
		{ "HandleProtocol", { VALUE(0), GUID_A, AT(8) }, EFI_SUCCESS },
		{ "UninstallMultipleProtocolInterfaces",
		  { VALUE(0), GUID_A, 2 }, /* another interface */
		  EFI_INVALID_PARAMETER },
		{ "UninstallMultipleProtocolInterfaces", { VALUE(0), GUID_A, 1 }, EFI_SUCCESS },
		{ "HandleProtocol", { VALUE(0), GUID_A, AT(8) }, EFI_INVALID_PARAMETER },
		{ "UninstallMultipleProtocolInterfaces",
		  { VALUE(0), GUID_A, 1 },
		  EFI_INVALID_PARAMETER },
	};

	end_well(RUN("UninstallMultiple", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* Two controllers that are each other's children, and nobody to drive them. */
static void test_connect_in_a_circle(void)
{
	static const struct row table[] = {
		{ "InstallMultipleProtocolInterfaces", { AT(0), GUID_A, 1 }, EFI_SUCCESS },
		{ "InstallMultipleProtocolInterfaces", { AT(8), GUID_B, 1 }, EFI_SUCCESS },
		{ "OpenProtocol", { VALUE(0), GUID_A, AT(16), IMAGE, VALUE(8), 8 }, EFI_SUCCESS },
		{ "OpenProtocol", { VALUE(8), GUID_B, AT(16), IMAGE, VALUE(0), 8 }, EFI_SUCCESS },
		{ "ConnectController", { VALUE(0), 0, 0, 1 }, EFI_NOT_FOUND },
	};

	end_well(RUN("a circle of controllers", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* The gate is at a fixed place, and nobody keeps an image from going there. */
static void test_gates_of_nobody(void)
{
	static const struct row table[] = {
		{ "LoadFile", { 0, AT(0), 0, AT(8), AT(16) }, EFI_UNSUPPORTED },
		{ "Blt", { 0, AT(0), 0, 0, 0, 0, 0, 1, 1, 0 }, EFI_UNSUPPORTED },
	};

	end_well(RUN("gates of what is not offered", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

static bool make_image(void)
{
	static const uint8_t path[] = { 4, 4, 8, 0, 'a', 0, 0, 0, 0x7f, 0xff, 4, 0 };
	const struct tiny_pe t = tiny_new(NULL, 0);

	memcpy(fake_at(fake_data(0x200)), t.p, sizeof(t.p));
	memcpy(fake_at(fake_data(0x700)), path, sizeof(path));
	fake_put_u64(fake_data(8), align_down(cell(0), PAGE_BYTES));
	return true;
}

/* The image frees, as pages, what pools are made of: its loss, not ours. */
static void test_pool_pages_freed(void)
{
	static const struct row table[] = {
		{ "AllocatePool", { EFI_BOOT_SERVICES_DATA, 12, AT(0) }, EFI_SUCCESS, make_image },
		{ "FreePages", { VALUE(8), 1 }, EFI_SUCCESS },
		{ "LoadImage",
		  { 0, IMAGE, AT(0x700), AT(0x200), TINY_BYTES, AT(16) },
		  SERVICE_ANSWER },
	};

	end_well(RUN("pages of a pool", table), FIRMWARE_EXITED, EFI_SUCCESS);
}

/* ---- device paths */

static void test_device_path_text(void)
{
	static const struct {
		const char *bytes;
		unsigned n;
		const char *want;
	} paths[] = {
#define PATH(bytes, want) { bytes "\x7f\xff\x04", sizeof(bytes) + 3, want }
		PATH("", ""),
		PATH("\x01\x01\x06\x00\x02\x1f", "Pci(0x1f,0x2)"),
		PATH("\x02\x01\x0c\x00\xd0\x41\x03\x0a\x00\x00\x00\x00", "PciRoot(0x0)"),
		PATH("\x02\x01\x0c\x00\xd0\x41\x08\x0a\x01\x00\x00\x00", "PcieRoot(0x1)"),
		PATH("\x02\x01\x0c\x00\xd0\x41\x01\x05\x00\x00\x00\x00", "Serial(0x0)"),
		PATH("\x02\x01\x0c\x00\xd0\x41\x03\x0a\x00\x00\x00\x00\x01\x01\x06\x00\x00\x01",
		     "PciRoot(0x0)/Pci(0x1,0x0)"),
		PATH("\x03\x05\x06\x00\x01\x02", "USB(0x1,0x2)"),
		PATH("\x03\x12\x0a\x00\x01\x00\xff\xff\x02\x00", "Sata(0x1,0xffff,0x2)"),
		PATH("\x03\x17\x10\x00\x01\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08",
		     "NVMe(0x1,08-07-06-05-04-03-02-01)"),
		PATH("\x03\x18\x08\x00http", "Uri(http)"),
		PATH("\x04\x04\x0c\x00"
		     "a\0\xe4\0\x3d\xd8\x00\xde",
		     "a\xc3\xa4\xf0\x9f\x98\x80"),
		PATH("\x04\x04\x0a\x00"
		     "a\0\0\0b\0",
		     "a"), /* ends at its 0 */
		PATH("\x01\x04\x16\x00\x78\x56\x34\x12\x34\x12\x78\x56\1\2\3\4\5\6\7\x08\xab\xcd",
		     "VenHw(12345678-1234-5678-0102-030405060708,abcd)"),
		PATH("\x04\x02\x18\x00\x01\x00\x00\x00\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0",
		     "CDROM(0x1,0x2,0x3)"),
		/* two instances */
		PATH("\x03\x05\x06\x00\x01\x02\x7f\x01\x04\x00\x03\x05\x06\x00\x03\x04",
		     "USB(0x1,0x2),USB(0x3,0x4)"),
		/* what nobody has a name for */
		PATH("\x01\x63\x06\x00\xaa\xbb", "HardwarePath(99,aabb)"),
		PATH("\x05\x01\x04\x00", "BbsPath(1)"),
		PATH("\x09\x01\x05\x00\xcc", "Path(9,1,cc)"),
		/* shorter than its kind asks for: zeros */
		PATH("\x01\x01\x04\x00", "Pci(0x0,0x0)"),
	};
	const struct firmware_config config = fake_config();
	char text[512], small[14];
	struct why why = { "" };
	uint64_t at;

	require(fake_open(config, NULL, &why) == 0);
	fake.base = align_down(fake.firmware->summary.entry, PAGE_BYTES) - TINY_TEXT_RVA;
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
		/* odd addresses too, and one that ends with its page */
		at = i % 2 ? fake_data(1) : align_up(fake_data(0), PAGE_BYTES) - paths[i].n;
		memcpy(fake_at(at), paths[i].bytes, paths[i].n);
		check_msg(device_path_text(fake.firmware, at, text, sizeof(text)) &&
				  !strcmp(text, paths[i].want),
			  "%s", paths[i].want);
	}
	at = fake_data(0);
	memcpy(fake_at(at), paths[1].bytes, paths[1].n);
	check(device_path_text(fake.firmware, at, small, 14) && strlen(small) == 13);
	check(!device_path_text(fake.firmware, at, small, 13));
	check(!device_path_text(fake.firmware, 0, text, sizeof(text)));
	check(!device_path_text(fake.firmware, UINT64_MAX - 2, text, sizeof(text)));
	/* a length that takes two bytes */
	memcpy(fake_at(at), "\x03\x18\x2c\x01", 4);
	memset(fake_at(at + 4), 'u', 296);
	memcpy(fake_at(at + 300), "\x7f\xff\x04\x00", 4);
	check(device_path_text(fake.firmware, at, text, sizeof(text)) && strlen(text) == 301);
	/* a node shorter than its head, and a path without an end */
	memcpy(fake_at(at), "\x01\x01\x03\x00\x7f\xff\x04\x00", 8);
	check(!device_path_text(fake.firmware, at, text, sizeof(text)));
	at = fake.base + TINY_RELOC_RVA - 6; /* the last of .data: what follows is no path */
	memcpy(fake_at(at), "\x01\x01\xff\xff\x7f\xff", 6);
	check(!device_path_text(fake.firmware, at, text, sizeof(text)));
	fake_close();
}

/* ---- the trace */

static bool write_texts(void)
{
	memcpy(fake_at(fake_data(NAME)), u"a\"b\\c\n\r\x1b\xe4", 20);
	memcpy(fake_at(fake_data(OTHER)), &guid_rng, 16);
	return true;
}

static bool write_controls(void)
{
	memcpy(fake_at(fake_data(NAME)), u"\x9b\x7f\u00a0\ufffd", 10);
	/* a file path that would clear the screen, and a URI with bytes that are no UTF-8 */
	memcpy(fake_at(fake_data(0x200)),
	       "\x04\x04\x0c\x00\x1b\x00["
	       "\x00\x9b\x00\x00\x00\x03\x18\x06\x00\x9b\"\x7f\xff\x04\x00",
	       22);
	return true;
}

/* The last calls are told of once more, as they stand in the trace, call `first` there. */
static void check_last_calls(const char *trace, const char *last, unsigned first, unsigned n_calls)
{
	unsigned n_wrong = 0, i;
	char line[400];
	const char *end;

	for (i = first; i <= n_calls && (end = strchr(last, '\n')); i++, last = end + 1) {
		snprintf(line, sizeof(line), "%7u   %s", i, trace);
		n_wrong += strlen(line) != (size_t)(end - last) ||
			   memcmp(line, last, (size_t)(end - last)) != 0;
		trace += strlen(trace) + 1; /* its lines were cut apart */
	}
	check(n_wrong == 0 && i == n_calls + 1 && *last == '\0');
}

static void test_trace(void)
{
	static const struct row table[] = {
		{ "SetMem", { AT(0), 0, 0 }, SERVICE_ANSWER, write_texts },
		{ "AllocatePages", { 2, EFI_LOADER_DATA, 1, AT(0) }, EFI_NOT_FOUND },
		{ "AllocatePages", { 5, 0x7fffffff, 1, 0 }, EFI_INVALID_PARAMETER },
		{ "GetVariable", { AT(NAME), AT(OTHER), 0, AT(8), 0 }, EFI_NOT_FOUND },
		{ "GetVariable", { 0, GUID_A, 0, 0, 0 }, EFI_INVALID_PARAMETER },
		{ "RaiseTPL", { 8 }, 4 },
		{ "RestoreTPL", { 4 }, SERVICE_ANSWER },
		{ "CalculateCrc32", { AT(0x300), 1, AT(16) }, EFI_SUCCESS },
		{ "GetTime", { 0, 0 }, EFI_INVALID_PARAMETER },
		{ "SetTime", { 0x1000 }, EFI_UNSUPPORTED },
		{ "GetRNG", { 0, 0, 0, 0 }, EFI_INVALID_PARAMETER },
		{ "SetMem", { AT(0), 0, 0 }, SERVICE_ANSWER, write_controls },
		{ "GetVariable", { AT(NAME), GUID_A, 0, 0, 0 }, EFI_INVALID_PARAMETER },
		{ "GetDevicePathSize", { AT(0x200) }, SERVICE_ANSWER },
		{ "AllocatePages", { 2, EFI_LOADER_DATA, 1, AT(0x308) }, EFI_NOT_FOUND },
		{ "Exit", { IMAGE, EFI_ABORTED, 0, 0 }, 0 },
		{ NULL },
	};
	static const char *const want[] = {
		"SetMem(D, 0, 0) <1.0 us>",
		"AllocatePages(Address, LoaderData, 1, &0) = EFI_NOT_FOUND &0 <1.0 us>",
		"AllocatePages(5, of the image's own, 1, NULL) = EFI_INVALID_PARAMETER <1.0 us>",
		("GetVariable(L\"a\\\"b\\\\c\\n\\r\\x1b\xc3\xa4\", Rng, NULL, &0, 0) = "
		 "EFI_NOT_FOUND "
		 "&0 "
		 "<1.0 us>"),
		("GetVariable(NULL, 00001111-0000-0000-0000-000000000000, NULL, NULL, 0) = "
		 "EFI_INVALID_PARAMETER <1.0 us>"),
		"RaiseTPL(8) = 4 <1.0 us>",
		"RestoreTPL(4) <1.0 us>",
		"CalculateCrc32(D, 1, &) = EFI_SUCCESS &0xd202ef8d <1.0 us>",
		"GetTime(0, 0) = EFI_INVALID_PARAMETER <2.0 us>",
		"SetTime(0x1000) = EFI_UNSUPPORTED <1.0 us>",
		"Rng.GetRNG(NULL, 0, 0) = EFI_INVALID_PARAMETER <1.0 us>",
		"SetMem(D, 0, 0) <1.0 us>",
		("GetVariable(L\"\\x9b\\x7f\xc2\xa0\xef\xbf\xbd\", "
		 "00001111-0000-0000-0000-000000000000, NULL, NULL, 0) = "
		 "EFI_INVALID_PARAMETER <1.0 us>"),
		("DevicePathUtilities.GetDevicePathSize(\\x1b[\\x9b/Uri(\\x9b\\\")) = 0x16 "
		 "<1.0 us>"),
		"AllocatePages(Address, LoaderData, 1, &0) = EFI_NOT_FOUND &0 <1.0 us>",
		"Exit(H, EFI_ABORTED, 0, NULL) = EFI_SUCCESS <1.0 us>",
		"asked for, not found:",
		("      1 x GetVariable(L\"a\\\"b\\\\c\\n\\r\\x1b\xc3\xa4\", Rng) = "
		 "EFI_NOT_FOUND, last in call 4"),
		"      1 x SetTime() = EFI_UNSUPPORTED, last in call 10",
		"      2 x AllocatePages() = EFI_NOT_FOUND, last in call 15",
		"other failures:",
		"      1 x AllocatePages() = EFI_INVALID_PARAMETER, last in call 3",
		("      1 x GetVariable(NULL, 00001111-0000-0000-0000-000000000000) = "
		 "EFI_INVALID_PARAMETER, last in call 5"),
		"      1 x GetTime() = EFI_INVALID_PARAMETER, last in call 9",
		"      1 x Rng.GetRNG(NULL) = EFI_INVALID_PARAMETER, last in call 11",
		("      1 x GetVariable(L\"\\x9b\\x7f\xc2\xa0\xef\xbf\xbd\", "
		 "00001111-0000-0000-0000-000000000000) = EFI_INVALID_PARAMETER, last in call 13"),
		"the last of 16 calls:",
	};
	struct firmware_config config = fake_config();
	struct result result;
	char *text = NULL, line[256], data[32], other[32], handle[32], *at, *end, *known, *calls;
	size_t n = 0;
	unsigned i = 0;

	config.trace = open_memstream(&text, &n);
	require(config.trace);
	result = run_rows("trace", config, table, ARRAY_SIZE(table));
	firmware_explain(fake.firmware);
	snprintf(data, sizeof(data), "%#jx", (uintmax_t)fake_data(0));
	snprintf(other, sizeof(other), "%#jx", (uintmax_t)fake_data(0x300));
	snprintf(handle, sizeof(handle), "%#jx", (uintmax_t)cell(HANDLE));
	fclose(config.trace);
	fake.firmware->config.trace = NULL;
	calls = text;
	for (at = text; i < ARRAY_SIZE(want) && (end = strchr(at, '\n')); at = end + 1, i++) {
		if (i == 4)
			calls = at;
		*end = '\0';
		/* addresses and handles are this run's own */
		known = strstr(at, data);
		known = known ? known : strstr(at, other);
		known = known ? known : strstr(at, handle);
		if (known)
			snprintf(line, sizeof(line), "%.*s%c%s", (int)(known - at), at,
				 known == strstr(at, handle) ? 'H' : 'D',
				 known + strcspn(known, ",)"));
		else
			snprintf(line, sizeof(line), "%s", at);
		if (!check_msg(!strcmp(line, want[i]), "trace line %u", i))
			printf("# got  %s\n# want %s\n", line, want[i]);
	}
	check(i == ARRAY_SIZE(want));
	check_last_calls(calls, at, 5, 16);
	free(text);
	check(row == ARRAY_SIZE(table) - 2);
	row = n_rows;
	end_well(result, FIRMWARE_EXITED, EFI_ABORTED);
}

/* How often the clock is read for 6 more calls. */
static unsigned clock_reads(FILE *trace)
{
	static const struct row table[] = {
		{ "CalculateCrc32", { AT(0x300), 1, AT(16) }, EFI_SUCCESS },
		{ "CalculateCrc32", { AT(0x300), 1, AT(16) }, EFI_SUCCESS },
		{ "GetVariable", { AT(NAME), GUID_A, 0, AT(8), 0 }, EFI_NOT_FOUND },
		{ "GetVariable", { AT(NAME), GUID_A, 0, AT(8), 0 }, EFI_NOT_FOUND },
		{ "SetMem", { AT(0), 0, 0 }, SERVICE_ANSWER },
		{ "RaiseTPL", { 4 }, 4 },
		{ "RestoreTPL", { 4 }, SERVICE_ANSWER },
		{ NULL },
	};
	struct firmware_config config = fake_config();
	uint64_t reads[2];

	config.trace = trace;
	for (unsigned i = 0; i < 2; i++) {
		struct result result;

		result = run_rows("clock", config, table + (i ? 0 : 6), i ? 8 : 2);
		reads[i] = fake.clock_ns / 1000;
		end_well(result, FIRMWARE_EXITED, 0);
	}
	return (unsigned)(reads[1] - reads[0]);
}

/* What is not traced costs no look at the clock, which is what a call's lines begin with. */
static void test_untraced(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *trace = open_memstream(&text, &n);

	require(trace);
	check(clock_reads(NULL) == 6 * 2);
	check(clock_reads(trace) == 6 * 4);
	fclose(trace);
	check_msg(!strstr(text, "asked for"), "a run that ended well needs no explanation");
	free(text);
}

/* ---- limits, and ends that are none of its own will */

static struct fake_step only_step;
static unsigned n_steps;

static void next_only(struct fake_step *s)
{
	n_steps++;
	*s = only_step;
}

static void expect_violation(const char *what, struct fake_step step, const char *words)
{
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_EXITED;
	struct why why = { "" };
	efi_status_t status;

	only_step = step;
	n_steps = 0;
	require(fake_open(config, next_only, &why) == 0);
	check_msg(firmware_run(fake.firmware, &end, &status, &why) == 0 &&
			  end == FIRMWARE_VIOLATION && strstr(why.text, words) != NULL,
		  "%s: %s", what, why.text);
	check(fake_agrees());
	fake_close();
}

static void test_violations(void)
{
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_BOOT;
	struct why why = { "" };
	efi_status_t status = 1;
	uint64_t gates, to_return, stall, install, some;

	/* where the gates are is the same each time */
	require(fake_open(config, next_only, &why) == 0);
	gates = fake.config.gates;
	to_return = gates + (gates_needed(fake.firmware) - 1) * GATE_BYTES;
	stall = gate_of("Stall");
	install = gate_of("InstallMultipleProtocolInterfaces");
	only_step = (struct fake_step){ .kind = FAKE_LEAVE, .status = EFI_NOT_FOUND };
	check(firmware_run(fake.firmware, &end, &status, &why) == 0 && end == FIRMWARE_EXITED &&
	      status == EFI_NOT_FOUND);
	fake_close();
	require(fake_open(config, next_only, &why) == 0);
	only_step = (struct fake_step){ .kind = FAKE_BREAK };
	check(firmware_run(fake.firmware, &end, &status, &why) == -EIO &&
	      !strcmp(why.text, "the machine broke"));
	fake_close();
	expect_violation("beside a gate", (struct fake_step){ .gate = gates + 1 },
			 "address that is no entry");
	expect_violation("behind all gates", (struct fake_step){ .gate = to_return + GATE_BYTES },
			 "address that is no entry");
	expect_violation("the return gate on another stack",
			 (struct fake_step){ .gate = to_return }, "a wrong stack pointer");
	/* its return address is there, or its ninth argument */
	some = fake_data(0x100);
	expect_violation("a stack nowhere",
			 (struct fake_step){
				 .gate = install,
				 .arg = { fake_data(0), some, some, some, some, some, some, some },
				 .sp = 0x1000 },
			 "stack outside RAM (0x1000)");
	expect_violation("a fault", (struct fake_step){ .kind = FAKE_FAULT }, "a fault at");
	/* 5 s by the clock, whatever it does meanwhile */
	expect_violation("sleeping", (struct fake_step){ .kind = FAKE_HALT }, "ran for 5 s");
	check(n_steps >= 450 && n_steps <= 550); /* looked at every 10 ms */
	expect_violation("ticking", (struct fake_step){ .kind = FAKE_TICK }, "ran for 5 s");
	expect_violation("stalling",
			 (struct fake_step){ .gate = stall, .arg = { UINT64_C(1) << 60 } },
			 "ran for 5 s");
}

static void next_hidden(struct fake_step *s)
{
	why_set(&fake.machine.unseen, 0, "shown less of the processor");
	*s = (struct fake_step){ .kind = FAKE_LEAVE, .status = EFI_UNSUPPORTED };
}

/* What the machine says of what it could not do, behind its end. */
static void test_hidden(void)
{
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_BOOT;
	struct why why = { "" };
	efi_status_t status = 0;

	require(fake_open(config, next_hidden, &why) == 0);
	check(firmware_run(fake.firmware, &end, &status, &why) == 0 && end == FIRMWARE_EXITED &&
	      status == EFI_UNSUPPORTED);
	firmware_stop(fake.firmware);
	firmware_missed(fake.firmware, &why);
	check(!strcmp(why.text, "shown less of the processor"));
	fake_close();
}

static char told[200];
static bool ends_it;

static bool stands_still(const char *text)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", text);
	return ends_it;
}

/* Words, then Stalls, with a look at the time between them if a test wants that. */
static struct {
	uint64_t stall_us;
	unsigned n_stalls;
	bool works, halts;
} waits;

static void next_wait(struct fake_step *s)
{
	static const char words[] = "assertion\r\n \r\n";
	const unsigned n = n_steps++;

	if (n == 0) {
		for (unsigned i = 0; i < sizeof(words); i++)
			fake_put_u64(fake_data(2 * i), (uint8_t)words[i]);
		s->gate = gate_of("OutputString");
		s->arg[1] = fake_data(0);
	} else if (n / 2 > waits.n_stalls) {
		*s = (struct fake_step){ .kind = FAKE_LEAVE };
	} else if (waits.halts) {
		s->kind = FAKE_HALT;
	} else if (n % 2 && waits.works) {
		s->gate = gate_of("RestoreTPL");
		s->arg[0] = TPL_APPLICATION;
	} else {
		s->gate = gate_of("Stall");
		s->arg[0] = waits.stall_us;
	}
}

static void run_waits(const char *what, enum firmware_end want, unsigned want_s)
{
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_BOOT;
	struct why why = { "" };
	efi_status_t status;
	uint64_t began;

	n_steps = 0;
	told[0] = '\0';
	config.timeout_s = 0;
	config.stands_still = stands_still;
	require(fake_open(config, next_wait, &why) == 0);
	began = fake.clock_ns;
	check_msg(firmware_run(fake.firmware, &end, &status, &why) == 0 && end == want, "%s: %s",
		  what, why.text);
	check_msg((fake.clock_ns - began) / 1000000000 == want_s, "%s: %ju s", what,
		  (uintmax_t)(fake.clock_ns - began) / 1000000000);
	fake_close();
}

/* As systemd's stub does behind an assertion; and as programs wait that go on. */
static void test_standing_still(void)
{
	static const char line[] = "stands still: it has done nothing but wait for 10 s, and "
				   "its last words are \"assertion\"\n";

	ends_it = true;
	waits.stall_us = 60000000, waits.n_stalls = 1000;
	run_waits("one long Stall", FIRMWARE_VIOLATION, 10);
	check_msg(!strcmp(told, line), "%s", told);
	waits.stall_us = 100000;
	run_waits("many short ones", FIRMWARE_VIOLATION, 10);
	check_msg(!strcmp(told, line), "%s", told);
	waits.halts = true;
	run_waits("a halted processor", FIRMWARE_VIOLATION, 10);
	check_msg(!strcmp(told, line), "%s", told);
	waits.halts = false;
	waits.works = true, waits.n_stalls = 300;
	run_waits("calls between", FIRMWARE_EXITED, 30);
	check_msg(!told[0], "%s", told);
	waits.works = false, waits.stall_us = 3000000, waits.n_stalls = 1;
	run_waits("an error that is shown", FIRMWARE_EXITED, 9);
	check_msg(!told[0], "%s", told);
	ends_it = false;
	waits.stall_us = 20000000;
	run_waits("who watches decides", FIRMWARE_EXITED, 60);
	check_msg(!strcmp(told, line), "%s", told);
}

/* A notification function that signals its own event and lets it run: deeper and deeper. */
static void next_deeper(struct fake_step *s)
{
	static const uint64_t event_at = 0x40;

	switch (n_steps++) {
	case 0:
		s->gate = gate_of("CreateEvent");
		memcpy(s->arg, (uint64_t[]){ 0x100, 8, fake_function(0), 0, fake_data(event_at) },
		       40);
		break;
	default:
		s->gate = gate_of("CheckEvent");
		s->arg[0] = fake_u64(fake_data(event_at));
		if (fake.depth > 1 && n_steps % 2) {
			s->gate = gate_of("RestoreTPL");
			s->arg[0] = TPL_APPLICATION;
		}
	}
}

static void test_depth(void)
{
	enum firmware_end end = FIRMWARE_EXITED;
	struct why why = { "" };
	efi_status_t status;

	n_steps = 0;
	require(fake_open(fake_config(), next_deeper, &why) == 0);
	check(firmware_run(fake.firmware, &end, &status, &why) == 0 && end == FIRMWARE_VIOLATION);
	check_msg(strstr(why.text, "nests notification functions") != NULL, "%s", why.text);
	check(fake.depth == MAX_DEPTH);
	fake_close();
}

/* Events until there are no more names. */
static void next_event(struct fake_step *s)
{
	if (n_steps++ && fake.result != EFI_SUCCESS) {
		*s = (struct fake_step){ .kind = FAKE_LEAVE, .status = fake.result };
		return;
	}
	s->gate = gate_of("CreateEvent");
	s->arg[4] = fake_data(0);
}

static void test_event_limit(void)
{
	enum firmware_end end = FIRMWARE_BOOT;
	struct why why = { "" };
	efi_status_t status = 0;

	n_steps = 0;
	require(fake_open(fake_config(), next_event, &why) == 0);
	check(firmware_run(fake.firmware, &end, &status, &why) == 0 && end == FIRMWARE_EXITED);
	check(status == EFI_OUT_OF_RESOURCES);
	/* the console's own are among them */
	check(n_steps > 65500 && n_steps <= 65538);
	fake_close();
}

static void test_memory_limit(void)
{
	static const struct row table[] = {
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 4000, AT(0) }, EFI_OUT_OF_RESOURCES },
		{ "AllocatePages", { 0, EFI_LOADER_DATA, 1000, AT(0) }, EFI_SUCCESS },
	};
	struct firmware_config config = fake_config();
	struct why why = { "" };

	config.memory_limit = 8 << 20;
	end_well(run_rows("8 MiB", config, table, ARRAY_SIZE(table)), FIRMWARE_EXITED, EFI_SUCCESS);
	config.memory_limit = 0x20000;
	check(fake_open(config, next_only, &why) == -ENOMEM && why.text[0]);
	check(!fake.is_open);
	config.n_memory = 0;
	check(fake_open(config, next_only, &why) == -EINVAL);
}

/* ---- no memory */

/* Whatever fails on the way to a machine is said, and nothing is left behind (LeakSanitizer looks).
 */
static void test_allocations_fail(void)
{
	static const struct row table[] = {
		{ "AllocatePool", { EFI_LOADER_CODE, 24, AT(0) }, SERVICE_ANSWER },
		{ "InstallMultipleProtocolInterfaces", { AT(8), GUID_A, 1 }, SERVICE_ANSWER },
		{ "CreateEvent", { 0x200, 8, VALUE(FUNCTION), 0, AT(16) }, SERVICE_ANSWER },
		{ "RegisterProtocolNotify", { GUID_A, VALUE(16), AT(24) }, SERVICE_ANSWER },
		{ "InstallMultipleProtocolInterfaces", { AT(32), GUID_A, 1 }, SERVICE_ANSWER },
		{ "OpenProtocol", { VALUE(32), GUID_A, AT(40), IMAGE, IMAGE, 8 }, SERVICE_ANSWER },
		{ "SetVariable", { AT(0x140), AT(GUIDS_AT), 6, 4, AT(0) }, SERVICE_ANSWER },
		{ "ConnectController", { VALUE(32), 0, 0, 1 }, SERVICE_ANSWER },
		{ "LocateHandleBuffer", { 0, 0, 0, AT(48), AT(56) }, SERVICE_ANSWER },
		{ "ConvertDevicePathToText", { AT(0x200) }, SERVICE_ANSWER },
	};
	unsigned at, n_opened = 0;
	bool good = true;
	enum firmware_end end;
	efi_status_t status;
	struct why why;
	int r;

	for (at = 1;; at++) {
		rows = table;
		n_rows = ARRAY_SIZE(table);
		row = 0;
		called = false;
		title = "an allocation fails";
		why.text[0] = '\0';
		alloc_fail_at(at);
		r = fake_open(fake_config(), next_row, &why);
		if (r == 0) {
			n_opened++;
			r = firmware_run(fake.firmware, &end, &status, &why);
			fake_close();
		}
		if (!alloc_failed())
			break;
		if ((r && r != -ENOMEM) || (r && !why.text[0]) || fake.is_open)
			printf("# allocation %u: %d, %s\n", at, r, why.text);
		good &= (r == 0 || r == -ENOMEM) && (r == 0 || why.text[0]) && !fake.is_open;
	}
	check_msg(good && r == 0, "each of %u allocations failed once", at - 1);
	check(at > 20 && n_opened > 5 && n_opened < at);
}

int main(void)
{
	test_memory();
	test_large_pages();
	test_exit_boot_services();
	test_resume_left_out();
	test_variables();
	test_variable_store();
	test_host_variables();
	test_install_multiple();
	test_uninstall_multiple();
	test_device_path_text();
	test_trace();
	test_untraced();
	test_violations();
	test_hidden();
	test_standing_still();
	test_depth();
	test_event_limit();
	test_memory_limit();
	test_allocations_fail();
	test_gates_of_nobody();
	test_pool_pages_freed();
	test_connect_in_a_circle();
	return tap_done();
}
