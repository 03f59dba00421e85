// SPDX-License-Identifier: MIT
/* The lists that say what lies at an address; host/memory_layers.c makes one map of them. */
#include "host/memory_map.h"
#include "host/efi_map.h"
#include "host/fdt.h"
#include "host/file.h"
#include "host/memory_layers.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No x86-64 processor has more physical address bits: what is above is made up. */
static const uint64_t max_address = 1ull << 52;

/* Linux leaves a smaller EfiMemoryMappedIO in its e820 map (efi_remove_e820_mmio()). */
enum { LARGE_MMIO = 256 << 10 };

enum { MAPPED_IO = 11 }; /* EfiMemoryMappedIO */

static void free_text(char **text)
{
	free(*text);
}

static int no_memory(struct why *why)
{
	return why_set(why, -ENOMEM, "out of memory reading the memory map");
}

/* The names e820 types have in /proc/iomem and /sys/firmware/memmap. */
static enum memory_layer layer_of_name(const char *name)
{
	static const struct {
		const char *name;
		enum memory_layer layer;
	} rows[] = {
		{ "Crash kernel", LAYER_CRASH_KERNEL },
		{ "ACPI Tables", LAYER_ACPI_RECLAIM },
		{ "ACPI Non-volatile Storage", LAYER_ACPI_NVS },
		{ "Unusable memory", LAYER_UNUSABLE },
		{ "Persistent Memory", LAYER_PERSISTENT },
		{ "Persistent Memory (legacy)", LAYER_PERSISTENT },
		{ "Reserved", LAYER_RESERVED },
		{ "reserved", LAYER_RESERVED },
		{ "Soft Reserved", LAYER_SPECIAL },
		{ "Unknown E820 type", LAYER_RESERVED },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].layer;
	return LAYER_NONE;
}

struct iomem_line {
	unsigned indent;
	uint64_t start, last;
	const char *name;
};

/* "  <start>-<last> : <name>", hexadecimal without 0x. */
static bool parse_iomem_line(char *line, struct iomem_line *ret)
{
	struct iomem_line l = { .indent = (unsigned)strspn(line, " ") };
	char *at = line + l.indent, *end;

	l.start = strtoull(at, &end, 16);
	if (end == at || *end != '-')
		return false;
	at = end + 1;
	l.last = strtoull(at, &end, 16);
	if (end == at || strncmp(end, " : ", 3) != 0 || l.last < l.start)
		return false;
	l.name = end + 3;
	*ret = l;
	return true;
}

struct iomem {
	struct memory_layers *layers;
	uint64_t top;
	bool reserved_is_kernels;
	bool any_address, any_ram;
};

static int take_iomem_line(struct iomem *io, const struct iomem_line *l)
{
	uint64_t end = min_u64(l->last, max_address - 1) + 1;
	enum memory_layer layer = layer_of_name(l->name);

	io->top = max_u64(io->top, end);
	io->any_address |= l->last != 0;
	/*
	 * Deeper inside, "System RAM" is either what a driver gives and takes (kmem,
	 * virtio_mem), not there when the next kernel boots; or what the firmware gave and
	 * something larger was put around later (a CXL window). The firmware's map tells.
	 */
	if (strcmp(l->name, "System RAM") == 0) {
		layer = l->indent ? LAYER_NESTED_RAM : LAYER_KERNEL_RAM;
		io->any_ram = true;
	}
	if (io->reserved_is_kernels && l->indent && strcmp(l->name, "reserved") == 0)
		layer = LAYER_IN_USE;
	if (strncmp(l->name, "PCI Bus ", 8) == 0)
		layer = LAYER_PCI_BUS;
	return layer == LAYER_NONE ? 0 : memory_layers_add(io->layers, l->start, end, layer);
}

static int parse_iomem(const char *text, struct iomem *io, struct why *why)
{
	__attribute__((cleanup(free_text))) char *copy = strdup(text);
	char *save = NULL;
	struct iomem_line l;
	unsigned n = 0;
	int r;

	if (!copy)
		return no_memory(why);
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		n++;
		if (!parse_iomem_line(line, &l))
			return why_set(why, -EBADMSG,
				       "/proc/iomem: line %u is not \"<start>-<end> : <name>\"", n);
		r = take_iomem_line(io, &l);
		if (r < 0)
			return no_memory(why);
	}
	if (!io->any_address)
		return why_set(why, -EPERM,
			       "/proc/iomem hides its addresses: the memory map needs root "
			       "(CAP_SYS_ADMIN)");
	if (!io->any_ram)
		return why_set(why, -ENODATA, "/proc/iomem: no System RAM in it");
	return 0;
}

static int read_number(const char *dir, const char *entry, const char *file, uint64_t *ret)
{
	char path[NAME_MAX + 16];

	snprintf(path, sizeof(path), "/%s/%s", entry, file);
	return host_file_number(dir, path, 0, ret);
}

static int take_firmware_entry(const char *dir, const char *entry, struct memory_layers *e)
{
	char path[NAME_MAX + 16], type[64];
	uint64_t start, last;
	enum memory_layer layer;
	int r;

	r = read_number(dir, entry, "start", &start);
	if (r < 0)
		return r;
	r = read_number(dir, entry, "end", &last);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/%s/type", entry);
	r = host_file_line(dir, path, type, sizeof(type));
	if (r < 0)
		return r;
	layer = strcmp(type, "System RAM") == 0 ? LAYER_FIRMWARE_RAM : layer_of_name(type);
	if (layer == LAYER_NONE)
		layer = LAYER_RESERVED; /* a type newer than we are */
	if (layer == LAYER_RESERVED && last - start >= LARGE_MMIO - 1)
		layer = LAYER_FIRMWARE_RESERVED;
	return memory_layers_add(e, start, min_u64(last, max_address - 1) + 1, layer);
}

static bool is_number(const char *name)
{
	return name[0] && name[strspn(name, "0123456789")] == 0;
}

/* One region of the EFI memory map that runtime services use: only devices' are of interest. */
static int take_runtime_entry(const char *dir, const char *entry, struct memory_layers *e)
{
	uint64_t type, start, n_pages;
	int r;

	r = read_number(dir, entry, "type", &type);
	if (r < 0 || type != MAPPED_IO)
		return r;
	r = read_number(dir, entry, "phys_addr", &start);
	if (r == 0)
		r = read_number(dir, entry, "num_pages", &n_pages);
	if (r < 0)
		return r;
	if (start >= max_address || n_pages > (max_address - start) >> PAGE_SHIFT)
		return -EBADMSG;
	return memory_layers_add(e, start, start + (n_pages << PAGE_SHIFT), LAYER_MMIO);
}

static int take_folder(DIR *folder, const char *dir, struct memory_layers *e,
		       int (*take)(const char *dir, const char *entry, struct memory_layers *e),
		       struct why *why)
{
	struct dirent *d;
	int r;

	while ((d = readdir(folder))) {
		if (!is_number(d->d_name))
			continue;
		r = take(dir, d->d_name, e);
		if (r < 0)
			return why_errno(why, r, "%s/%s", dir, d->d_name);
	}
	return 0;
}

/* Each numbered folder in dir, if there is one. */
static int read_folder(const char *dir, struct memory_layers *e,
		       int (*take)(const char *dir, const char *entry, struct memory_layers *e),
		       struct why *why)
{
	DIR *folder = dir ? opendir(dir) : NULL;
	int r;

	if (!folder)
		return 0;
	r = take_folder(folder, dir, e, take, why);
	closedir(folder);
	return r;
}

int memory_map_from(const struct memory_sources *from, struct memory_map *ret_map, struct why *why)
{
	scoped_memory_layers e = { 0 };
	struct iomem io = { .layers = &e, .reserved_is_kernels = from->reserved_is_kernels };
	struct memory_map map;
	unsigned n;
	int r;

	r = parse_iomem(from->iomem, &io, why);
	if (r < 0)
		return r;
	r = from->root ? efi_map_add(from->root, &e, why) : 0;
	if (r < 0)
		return r;
	n = e.n;
	r = read_folder(from->firmware, &e, take_firmware_entry, why);
	if (r < 0)
		return r;
	e.have_firmware = e.n > n;
	r = read_folder(from->runtime, &e, take_runtime_entry, why);
	if (r < 0)
		return r;
	r = memory_layers_sweep(&e, &map);
	if (r < 0)
		return no_memory(why);
	map.top_of_address_space = io.top;
	*ret_map = map;
	return 0;
}

int memory_map_read(struct memory_map *ret_map, struct why *why)
{
	scoped_host_file iomem = { NULL, 0 };
	struct memory_sources from = {
		.firmware = "/sys/firmware/memmap",
		.runtime = "/sys/firmware/efi/runtime-map",
		.root = "",
		.reserved_is_kernels = !host_file_exists("", "/sys/firmware/efi") ||
				       host_file_exists("", FDT_SOURCE),
	};
	int r;

	r = host_file_read("", "/proc/iomem", &iomem);
	if (r < 0)
		return why_errno(why, r, "/proc/iomem");
	from.iomem = iomem.text;
	return memory_map_from(&from, ret_map, why);
}

static void append(struct memory_map *map, uint64_t start, uint64_t end, enum memory_kind kind)
{
	map->range[map->n++] = (struct memory_range){ start, end, kind };
}

/* FNV-1a: nobody makes two maps alike on purpose. */
static uint64_t add_to_hash(uint64_t hash, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++, v >>= 8)
		hash = (hash ^ (v & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t memory_map_fingerprint(const struct memory_map *map)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < map->n; i++) {
		const struct memory_range *m = &map->range[i];

		if (m->kind == MEMORY_HOTPLUGGED)
			continue;
		hash = add_to_hash(hash, m->start);
		hash = add_to_hash(hash, m->end);
		hash = add_to_hash(hash, m->kind);
	}
	return hash ? hash : 1;
}

int memory_map_synthetic(uint64_t n_bytes, struct memory_map *ret_map, struct why *why)
{
	const uint64_t low_start = 0x10000, low_end = 0x9f000, high_start = 0x100000;
	const uint64_t hole_start = 3ull << 30, hole_end = 4ull << 30;
	struct memory_map map = { calloc(5, sizeof(*map.range)), 0, hole_end };
	uint64_t n = align_down(n_bytes, PAGE_BYTES);

	if (!map.range)
		return no_memory(why);
	if (n < 2 * high_start || n > max_address - hole_end) {
		memory_map_free(&map);
		return why_set(why, -EINVAL, "%llu bytes of memory: not between 2 MiB and 4 PiB",
			       (unsigned long long)n_bytes);
	}
	append(&map, 0, low_start, MEMORY_RESERVED);
	append(&map, low_start, low_end, MEMORY_RAM);
	append(&map, low_end, high_start, MEMORY_RESERVED);
	append(&map, high_start, min_u64(n, hole_start), MEMORY_RAM);
	if (n > hole_start) {
		map.top_of_address_space = hole_end + n - hole_start;
		append(&map, hole_end, map.top_of_address_space, MEMORY_RAM);
	}
	*ret_map = map;
	return 0;
}

void memory_map_free(struct memory_map *map)
{
	free(map->range);
	*map = (struct memory_map){ NULL, 0, 0 };
}

/* left_behind: what ranges of that kind are; laid over, they take what is reserved. */
static int add_ranges(struct memory_layers *e, const struct memory_range *range, unsigned n,
		      enum memory_layer left_behind)
{
	int r = 0;

	for (unsigned i = 0; i < n && r == 0; i++)
		r = memory_layers_add(e, range[i].start, range[i].end,
				      range[i].kind == MEMORY_LEFT_BEHIND
					      ? left_behind
					      : memory_layer_of_kind(range[i].kind));
	return r;
}

int memory_map_lay_over(struct memory_map *map, const struct memory_range *range, unsigned n)
{
	scoped_memory_layers e = { 0 };
	struct memory_map both;
	int r = add_ranges(&e, map->range, map->n, LAYER_IN_USE);

	if (r == 0)
		r = add_ranges(&e, range, n, LAYER_LEFT_BEHIND);
	if (r == 0)
		r = memory_layers_sweep(&e, &both);
	if (r < 0)
		return r;
	both.top_of_address_space = map->top_of_address_space;
	memory_map_free(map);
	*map = both;
	return 0;
}
