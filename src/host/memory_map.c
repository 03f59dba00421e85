// SPDX-License-Identifier: MIT
/*
 * Several lists say what an address is, and they overlap. Each entry becomes two
 * edges; a sweep over the sorted edges knows at any address which layers cover
 * it, and the strongest one decides. RAM is the weakest, and has to be RAM for
 * the kernel and for the firmware: what only the firmware calls RAM (mem= on the
 * command line, a hidden page) has no mapping when kexec copies to it.
 */
#include "host/memory_map.h"
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weakest first. */
enum layer {
	LAYER_FIRMWARE_RAM,
	LAYER_KERNEL_RAM,
	LAYER_CRASH_KERNEL,
	LAYER_ACPI_RECLAIM,
	LAYER_ACPI_NVS,
	LAYER_PERSISTENT,
	LAYER_UNUSABLE,
	LAYER_RESERVED,
	N_LAYERS,
	LAYER_NONE = N_LAYERS,
};

static const enum memory_kind kind_of_layer[N_LAYERS] = {
	[LAYER_FIRMWARE_RAM] = MEMORY_RAM,	    [LAYER_KERNEL_RAM] = MEMORY_RAM,
	[LAYER_CRASH_KERNEL] = MEMORY_CRASH_KERNEL, [LAYER_ACPI_RECLAIM] = MEMORY_ACPI_RECLAIM,
	[LAYER_ACPI_NVS] = MEMORY_ACPI_NVS,	    [LAYER_PERSISTENT] = MEMORY_PERSISTENT,
	[LAYER_UNUSABLE] = MEMORY_UNUSABLE,	    [LAYER_RESERVED] = MEMORY_RESERVED,
};

static const enum layer layer_of_kind[] = {
	[MEMORY_RAM] = LAYER_KERNEL_RAM,
	[MEMORY_RESERVED] = LAYER_RESERVED,
	[MEMORY_ACPI_RECLAIM] = LAYER_ACPI_RECLAIM,
	[MEMORY_ACPI_NVS] = LAYER_ACPI_NVS,
	[MEMORY_UNUSABLE] = LAYER_UNUSABLE,
	[MEMORY_PERSISTENT] = LAYER_PERSISTENT,
	[MEMORY_CRASH_KERNEL] = LAYER_CRASH_KERNEL,
};

/* No x86-64 processor has more physical address bits: what is above is made up. */
static const uint64_t max_address = 1ull << 52;

struct edge {
	uint64_t addr;
	enum layer layer;
	int step; /* +1 where the layer begins, -1 where it ends */
};

struct edges {
	struct edge *edge;
	unsigned n, cap;
};

static void free_edges(struct edges *e)
{
	free(e->edge);
}

#define scoped_edges __attribute__((cleanup(free_edges))) struct edges

static void free_text(char **text)
{
	free(*text);
}

static int reserve_edges(struct edges *e)
{
	unsigned cap = e->cap ? e->cap * 2 : 64;
	struct edge *edge;

	if (e->n + 2 <= e->cap)
		return 0;
	edge = reallocarray(e->edge, cap, sizeof(*edge));
	if (!edge)
		return -ENOMEM;
	e->edge = edge;
	e->cap = cap;
	return 0;
}

static int no_memory(struct why *why)
{
	return why_set(why, -ENOMEM, "out of memory reading the memory map");
}

static int add_layer(struct edges *e, uint64_t start, uint64_t end, enum layer layer)
{
	int r;

	if (start >= end)
		return 0;
	r = reserve_edges(e);
	if (r < 0)
		return r;
	e->edge[e->n++] = (struct edge){ start, layer, 1 };
	e->edge[e->n++] = (struct edge){ end, layer, -1 };
	return 0;
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static enum layer strongest(const int count[static N_LAYERS], bool have_firmware)
{
	for (int layer = LAYER_RESERVED; layer > LAYER_KERNEL_RAM; layer--)
		if (layer != LAYER_CRASH_KERNEL && count[layer] > 0)
			return layer;
	if (count[LAYER_KERNEL_RAM] == 0 && count[LAYER_CRASH_KERNEL] == 0)
		return LAYER_NONE;
	if (have_firmware && count[LAYER_FIRMWARE_RAM] == 0)
		return LAYER_NONE;
	return count[LAYER_CRASH_KERNEL] > 0 ? LAYER_CRASH_KERNEL : LAYER_KERNEL_RAM;
}

static void append(struct memory_map *map, uint64_t start, uint64_t end, enum memory_kind kind)
{
	struct memory_range *last = map->n ? &map->range[map->n - 1] : NULL;

	if (last && last->kind == kind && last->end == start)
		last->end = end;
	else
		map->range[map->n++] = (struct memory_range){ start, end, kind };
}

/* Sorts the edges; the map's ranges are the caller's to free, top is not set. */
static int sweep(struct edges *e, bool have_firmware, struct memory_map *ret_map)
{
	struct memory_map map = { NULL, 0, 0 };
	int count[N_LAYERS] = { 0 };
	enum layer layer = LAYER_NONE;

	/* between two edges lies at most one range */
	map.range = reallocarray(NULL, e->n + 1, sizeof(*map.range));
	if (!map.range)
		return -ENOMEM;
	if (e->n)
		qsort(e->edge, e->n, sizeof(*e->edge), compare_edges);
	for (unsigned i = 0; i < e->n; i++) {
		if (i && e->edge[i].addr > e->edge[i - 1].addr && layer != LAYER_NONE)
			append(&map, e->edge[i - 1].addr, e->edge[i].addr, kind_of_layer[layer]);
		count[e->edge[i].layer] += e->edge[i].step;
		layer = strongest(count, have_firmware);
	}
	*ret_map = map;
	return 0;
}

/*
 * To pages, RAM inwards and the rest outwards: a page that is not RAM as a whole
 * is none. The pieces were put together before, since a kernel cuts its RAM in
 * the middle of pages. Widened neighbours may meet in one page, so sweep again.
 */
static int align_to_pages(struct memory_map *map)
{
	scoped_edges e = { NULL, 0, 0 };
	struct memory_map aligned;
	int r;

	for (unsigned i = 0; i < map->n; i++) {
		struct memory_range m = map->range[i];

		if (m.kind == MEMORY_RAM)
			r = add_layer(&e, align_up(m.start, PAGE_BYTES),
				      align_down(m.end, PAGE_BYTES), LAYER_KERNEL_RAM);
		else
			r = add_layer(&e, align_down(m.start, PAGE_BYTES),
				      align_up(m.end, PAGE_BYTES), layer_of_kind[m.kind]);
		if (r < 0)
			return r;
	}
	r = sweep(&e, false, &aligned);
	if (r < 0)
		return r;
	free(map->range);
	map->range = aligned.range;
	map->n = aligned.n;
	return 0;
}

/* The names e820 types have in /proc/iomem and /sys/firmware/memmap. */
static enum layer layer_of_name(const char *name)
{
	static const struct {
		const char *name;
		enum layer layer;
	} rows[] = {
		{ "Crash kernel", LAYER_CRASH_KERNEL },
		{ "ACPI Tables", LAYER_ACPI_RECLAIM },
		{ "ACPI Non-volatile Storage", LAYER_ACPI_NVS },
		{ "Unusable memory", LAYER_UNUSABLE },
		{ "Persistent Memory", LAYER_PERSISTENT },
		{ "Persistent Memory (legacy)", LAYER_PERSISTENT },
		{ "Reserved", LAYER_RESERVED },
		{ "reserved", LAYER_RESERVED },
		/* RAM of a special purpose: its driver may want it, nobody else */
		{ "Soft Reserved", LAYER_RESERVED },
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
	struct edges *edges;
	uint64_t top;
	bool any_address, any_ram;
};

static int take_iomem_line(struct iomem *io, const struct iomem_line *l)
{
	uint64_t end = min_u64(l->last, max_address - 1) + 1;
	enum layer layer = layer_of_name(l->name);

	io->top = max_u64(io->top, end);
	io->any_address |= l->last != 0;
	/*
	 * Deeper inside, "System RAM" is what a driver gives and takes (kmem,
	 * virtio_mem): not there when the next kernel boots.
	 */
	if (l->indent == 0 && strcmp(l->name, "System RAM") == 0) {
		layer = LAYER_KERNEL_RAM;
		io->any_ram = true;
	}
	return layer == LAYER_NONE ? 0 : add_layer(io->edges, l->start, end, layer);
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
	char path[NAME_MAX + 16], line[64], *end;
	int r;

	snprintf(path, sizeof(path), "/%s/%s", entry, file);
	r = host_file_line(dir, path, line, sizeof(line));
	if (r < 0)
		return r;
	*ret = strtoull(line, &end, 16);
	return end == line || *end ? -EBADMSG : 0;
}

static int take_firmware_entry(const char *dir, const char *entry, struct edges *e)
{
	char path[NAME_MAX + 16], type[64];
	uint64_t start, last;
	enum layer layer;
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
	return add_layer(e, start, min_u64(last, max_address - 1) + 1, layer);
}

static bool is_number(const char *name)
{
	return name[0] && name[strspn(name, "0123456789")] == 0;
}

static int take_firmware_dir(DIR *open_dir, const char *dir, struct edges *e, struct why *why)
{
	struct dirent *d;
	int r;

	while ((d = readdir(open_dir))) {
		if (!is_number(d->d_name))
			continue;
		r = take_firmware_entry(dir, d->d_name, e);
		if (r < 0)
			return why_errno(why, r, "%s/%s", dir, d->d_name);
	}
	return 0;
}

static int read_firmware(const char *dir, struct edges *e, bool *ret_any, struct why *why)
{
	unsigned before = e->n;
	DIR *open_dir;
	int r;

	*ret_any = false;
	open_dir = dir ? opendir(dir) : NULL;
	if (!open_dir)
		return 0;
	r = take_firmware_dir(open_dir, dir, e, why);
	closedir(open_dir);
	*ret_any = e->n > before;
	return r;
}

int memory_map_from(const char *iomem, const char *firmware_dir, struct memory_map *ret_map,
		    struct why *why)
{
	scoped_edges e = { NULL, 0, 0 };
	struct iomem io = { .edges = &e };
	struct memory_map map;
	bool have_firmware;
	int r;

	r = parse_iomem(iomem, &io, why);
	if (r < 0)
		return r;
	r = read_firmware(firmware_dir, &e, &have_firmware, why);
	if (r < 0)
		return r;
	r = sweep(&e, have_firmware, &map);
	if (r < 0)
		return no_memory(why);
	r = align_to_pages(&map);
	if (r < 0) {
		memory_map_free(&map);
		return no_memory(why);
	}
	map.top_of_address_space = io.top;
	*ret_map = map;
	return 0;
}

int memory_map_read(struct memory_map *ret_map, struct why *why)
{
	scoped_host_file iomem = { NULL, 0 };
	int r;

	r = host_file_read("", "/proc/iomem", &iomem);
	if (r < 0)
		return why_errno(why, r, "/proc/iomem");
	return memory_map_from(iomem.text, "/sys/firmware/memmap", ret_map, why);
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
