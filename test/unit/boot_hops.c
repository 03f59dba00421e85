// SPDX-License-Identifier: MIT
/*
 * A kernel boots one that boots one, and so on: each takes its memory map, and what the last boot
 * has left for it in variables, from the firmware that the one before it ran under. Whatever a boot
 * takes of the machine is there again for the boot behind the next one.
 */
#include "boot/memory.h"
#include "boot/runtime.h"
#include "handover/handover.h"
#include "handover/left_behind.h"
#include "tap.h"
#include "unit/fake_machine.h"

#include <inttypes.h>
#include <stdio.h>

enum { HOPS = 150 };

/* In the image's data: answers of services, and which memory it has asked for. */
enum { MAP_BYTES = 0x500, MAP_KEY = 0x508, DESCRIPTOR_BYTES = 0x510, ADDRESS = 0x520 };
enum {
	MAP_PAGES = 16,
	KERNEL_PAGES = 4000,
	TABLE_PAGES = 18,
	KERNEL_ALIGN = 0x200000,
	MAX_VARIABLES = 64,
	LOWEST = 0x10000,
	MORE_RANGES = 4
};
/* Offsets in the tables of functions (4.4). */
enum { BOOT_SERVICES = 96, ALLOCATE_PAGES = 40, GET_MEMORY_MAP = 56, EXIT_BOOT_SERVICES = 232 };

/* What one kernel is to the next. */
struct left {
	char *iomem;
	struct host_variables variables;
};

struct seen {
	unsigned n_ranges;
	uint64_t ram_bytes; /* that the kernel has */
	uint64_t all_bytes; /* that the next one could have */
};

static const struct runtime_firmware machine = {
	.system_table = 0x3eaa0000,
	.version = RUNTIME_FIRMWARE_VERSION,
	.n = 1,
	.region = { { 0x3eaa0000, 0xfffffffefe6a0000, 0x100, 15, EFI_RUNTIME_SERVICES_DATA, 0 } },
};
static const char first_iomem[] = "00001000-0009fbff : System RAM\n"
				  "0009fc00-0009ffff : Reserved\n"
				  "000f0000-000fffff : Reserved\n"
				  "00100000-3ea9ffff : System RAM\n"
				  "3eaa0000-3eb9ffff : Reserved\n"
				  "3eba0000-3ebaffff : ACPI Tables\n"
				  "3ebb0000-3ebbffff : ACPI Non-volatile Storage\n"
				  "3ebc0000-3fffffff : System RAM\n";

static unsigned step, hop;

/* 150 times as many lines as there are checks would hide the few that matter. */
static void must(bool ok, const char *what, const char *why)
{
	if (ok)
		return;
	check_msg(false, "hop %u: %s: %s", hop, what, why);
	exit(tap_done());
}

static uint64_t map_at;

static void call(struct fake_step *s, unsigned function)
{
	const uint64_t services = fake_u64(fake.frame[0].arg[1] + BOOT_SERVICES);

	s->gate = fake_u64(services + function);
}

static void allocate(struct fake_step *s, uint64_t how, uint64_t type, uint64_t pages)
{
	call(s, ALLOCATE_PAGES);
	s->arg[0] = how;
	s->arg[1] = type;
	s->arg[2] = pages;
	s->arg[3] = fake_data(ADDRESS);
}

/* As Linux's stub does: tables of its own, the kernel anywhere, the memory map, the end. */
static void next(struct fake_step *s)
{
	switch (step++) {
	case 0:
		allocate(s, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, 1);
		return;
	case 1:
		allocate(s, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, TABLE_PAGES);
		return;
	case 2:
		/* another place each time, now and then one that is in use */
		fake_put_u64(fake_data(ADDRESS), 0x1000000 + hop * 37 % 400 * KERNEL_ALIGN);
		allocate(s, EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, KERNEL_PAGES);
		return;
	case 3:
		allocate(s, EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, MAP_PAGES);
		return;
	case 4:
		map_at = fake_u64(fake_data(ADDRESS));
		fake_put_u64(fake_data(MAP_BYTES), MAP_PAGES * PAGE_BYTES);
		call(s, GET_MEMORY_MAP);
		s->arg[0] = fake_data(MAP_BYTES);
		s->arg[1] = map_at;
		s->arg[2] = fake_data(MAP_KEY);
		s->arg[3] = fake_data(DESCRIPTOR_BYTES);
		s->arg[4] = fake_data(DESCRIPTOR_BYTES + 8);
		return;
	case 5:
		call(s, EXIT_BOOT_SERVICES);
		s->arg[0] = fake.frame[0].arg[0];
		s->arg[1] = fake_u64(fake_data(MAP_KEY));
		return;
	default:
		s->kind = FAKE_BREAK; /* nothing runs behind it */
	}
}

/* Of what type Linux calls memory: do_add_efi_memmap() and e820_type_to_string(). */
static const char *name_of(uint32_t type)
{
	switch (type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
	case EFI_CONVENTIONAL_MEMORY:
		return "System RAM";
	case EFI_ACPI_RECLAIM_MEMORY:
		return "ACPI Tables";
	case EFI_ACPI_MEMORY_NVS:
		return "ACPI Non-volatile Storage";
	default:
		return "Reserved";
	}
}

/* /proc/iomem of the kernel that was told this map; neighbours are one. */
static char *iomem_of(uint64_t at, uint64_t n_bytes, uint64_t descriptor_bytes)
{
	const char *name = NULL;
	uint64_t start = 0, end = 0;
	struct efi_memory_descriptor d;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	for (uint64_t i = 0; i + descriptor_bytes <= n_bytes; i += descriptor_bytes) {
		memcpy(&d, fake_at(at + i), sizeof(d));
		if (name && (strcmp(name, name_of(d.type)) != 0 || d.physical_start != end)) {
			fprintf(f, "%08" PRIx64 "-%08" PRIx64 " : %s\n", start, end - 1, name);
			name = NULL;
		}
		if (!name)
			start = d.physical_start;
		name = name_of(d.type);
		end = d.physical_start + d.n_pages * PAGE_BYTES;
	}
	if (name)
		fprintf(f, "%08" PRIx64 "-%08" PRIx64 " : %s\n", start, end - 1, name);
	fclose(f);
	return text;
}

/* The variables that the next kernel is shown, out of the store: names are ASCII here. */
static struct host_variables variables_of(void)
{
	struct host_variables all = { calloc(MAX_VARIABLES, sizeof(*all.variable)), 0 };
	struct runtime_data data;
	struct runtime_variable v;
	uint64_t at = fake.firmware->runtime_data, end;

	memcpy(&data, fake_at(at), sizeof(data));
	must(all.variable && data.magic == RUNTIME_DATA_MAGIC, "the store", "none");
	at += sizeof(data);
	for (end = at + data.store_bytes; at < end; at += v.n_bytes) {
		const uint8_t *name = fake_at(at + sizeof(v));
		struct host_variable *to = &all.variable[all.n];

		memcpy(&v, fake_at(at), sizeof(v));
		if (!(v.attributes & EFI_VARIABLE_RUNTIME_ACCESS))
			continue;
		must(all.n++ < MAX_VARIABLES, "the store", "too many variables");
		memcpy(to->vendor, &v.vendor, sizeof(v.vendor));
		to->attributes = v.attributes;
		to->name = calloc(1, v.name_bytes);
		to->content = malloc(v.data_bytes + 1);
		must(to->name && to->content, "a variable", "no memory");
		for (unsigned i = 0; 2 * i < v.name_bytes; i++)
			to->name[i] = (char)name[2 * i];
		memcpy(to->content, name + v.name_bytes, v.data_bytes);
		to->data = (struct bytes){ (const uint8_t *)to->content, v.data_bytes };
	}
	return all;
}

static void left_free(struct left *left)
{
	host_variables_free(&left->variables);
	free(left->iomem);
	*left = (struct left){ 0 };
}

static uint64_t ram_of(const struct memory_map *map)
{
	uint64_t n_bytes = 0;

	for (unsigned i = 0; i < map->n; i++)
		if (map->range[i].kind == MEMORY_RAM || map->range[i].kind == MEMORY_LEFT_BEHIND)
			n_bytes += map->range[i].end - map->range[i].start;
	return n_bytes;
}

/* This boot's own memory, and that which only the one before it needed. */
static struct memory_map map_of(const struct left *left, struct seen *seen)
{
	const struct memory_sources from = { .iomem = left->iomem };
	struct memory_map map;
	struct why why = { "" };

	must(memory_map_from(&from, &map, &why) == 0, "the memory map", why.text);
	seen->n_ranges = map.n;
	seen->ram_bytes = ram_of(&map);
	must(memory_map_reclaim(&map, &left->variables) == (hop > 1), "what was left behind",
	     "is not known");
	seen->all_bytes = ram_of(&map);
	return map;
}

/* Pages that kexec can write, and few enough of them. */
static void check_frozen(const struct memory_map *map)
{
	static struct segment_plan plan;
	struct frozen frozen;
	struct why why = { "" };
	int r;

	firmware_frozen(fake.firmware, &frozen);
	r = segments_resume_check(&frozen, map, &why);
	if (r == 0)
		r = segments_plan(&frozen, map, UINT64_MAX, &plan, &why);
	must(r == 0, "staging", why.text);
}

static void boot(const struct memory_map *map, const struct runtime_firmware *runtime)
{
	static const uint8_t table[5000];
	const struct host_tables none = { 0 };
	struct memory_description memory;
	struct firmware_config config = fake_config();
	enum firmware_end end = FIRMWARE_EXITED;
	efi_status_t status;
	struct why why = { "" };
	int r;

	must(memory_describe(map, &none, LOWEST, &memory, &why) == 0, "memory", why.text);
	config.memory = memory.memory;
	config.n_memory = memory.n;
	config.acpi20 = 0;
	config.resume_bytes = handover_resume_bytes(map);
	config.runtime = runtime;
	config.runtime_supported = EFI_RT_SUPPORTED_ALL;
	config.esrt = config.mok_variables = (struct bytes){ table, sizeof(table) };
	step = 0;
	must(fake_open(config, next, &why) == 0, "the firmware", why.text);
	r = firmware_run(fake.firmware, &end, &status, &why);
	must(r == 0 && end == FIRMWARE_BOOT, "the run", why.text);
	check_frozen(map);
	memory_description_free(&memory);
}

/* A kernel that has this boots the next one, and left is what that one has. */
static struct seen hop_on(struct left *left)
{
	struct runtime_view view = { .firmware = machine };
	struct seen seen = { 0 };
	struct memory_map map = map_of(left, &seen);

	if (hop > 1)
		runtime_view_read("/nonexistent", &left->variables, &map, &view);
	must(!memcmp(&view.firmware, &machine, sizeof(machine)), "the machine's firmware",
	     view.frozen.text);
	boot(&map, &view.firmware);
	memory_map_free(&map);
	left_free(left);
	left->iomem = iomem_of(map_at, fake_u64(fake_data(MAP_BYTES)),
			       fake_u64(fake_data(DESCRIPTOR_BYTES)));
	left->variables = variables_of();
	firmware_stop(fake.firmware);
	fake_close();
	return seen;
}

int main(void)
{
	struct left left = { .iomem = strdup(first_iomem) };
	struct seen first = { 0 }, second = { 0 }, now = { 0 };
	unsigned most = 0;

	for (hop = 1; hop <= HOPS; hop++) {
		now = hop_on(&left);
		first = hop == 1 ? now : first;
		second = hop == 2 ? now : second;
		most = (unsigned)max_u64(most, now.n_ranges);
	}
	left_free(&left);
	check_msg(now.n_ranges == second.n_ranges, "%u ranges behind two boots, %u behind %u",
		  second.n_ranges, now.n_ranges, HOPS);
	/* what a boot left lies between free memory where the one before it left nothing */
	check_msg(most <= second.n_ranges + MORE_RANGES, "%u ranges at most", most);
	check_msg(now.ram_bytes == second.ram_bytes, "RAM behind two boots: %ju, behind %u: %ju",
		  (uintmax_t)second.ram_bytes, HOPS, (uintmax_t)now.ram_bytes);
	check_msg(now.all_bytes == first.all_bytes,
		  "RAM of the first kernel: %ju, of the last: %ju", (uintmax_t)first.all_bytes,
		  (uintmax_t)now.all_bytes);
	return tap_done();
}
