// SPDX-License-Identifier: MIT
/*
 * RAM is the weakest, and has to be RAM for the kernel and for the firmware: what
 * only the firmware calls RAM (mem= on the command line, a hidden page) has no
 * mapping when kexec copies to it; what only the kernel has came later than the boot.
 */
#include "host/memory_layers.h"

#include <errno.h>
#include <stdlib.h>

static const enum memory_kind kind_of_layer[N_LAYERS] = {
	[LAYER_KERNEL_RAM] = MEMORY_RAM,
	[LAYER_CRASH_KERNEL] = MEMORY_CRASH_KERNEL,
	[LAYER_HOTPLUGGED] = MEMORY_HOTPLUGGED,
	[LAYER_IN_USE] = MEMORY_LEFT_BEHIND,
	[LAYER_SPECIAL] = MEMORY_SPECIAL,
	[LAYER_ACPI_RECLAIM] = MEMORY_ACPI_RECLAIM,
	[LAYER_ACPI_NVS] = MEMORY_ACPI_NVS,
	[LAYER_PERSISTENT] = MEMORY_PERSISTENT,
	[LAYER_UNUSABLE] = MEMORY_UNUSABLE,
	[LAYER_RESERVED] = MEMORY_RESERVED,
	[LAYER_MMIO] = MEMORY_MMIO,
	[LAYER_LEFT_BEHIND] = MEMORY_LEFT_BEHIND,
};

static const enum memory_layer layer_of_kind[] = {
	[MEMORY_RAM] = LAYER_KERNEL_RAM,
	[MEMORY_RESERVED] = LAYER_RESERVED,
	[MEMORY_MMIO] = LAYER_MMIO,
	[MEMORY_LEFT_BEHIND] = LAYER_IN_USE,
	[MEMORY_ACPI_RECLAIM] = LAYER_ACPI_RECLAIM,
	[MEMORY_ACPI_NVS] = LAYER_ACPI_NVS,
	[MEMORY_UNUSABLE] = LAYER_UNUSABLE,
	[MEMORY_PERSISTENT] = LAYER_PERSISTENT,
	[MEMORY_SPECIAL] = LAYER_SPECIAL,
	[MEMORY_CRASH_KERNEL] = LAYER_CRASH_KERNEL,
	[MEMORY_HOTPLUGGED] = LAYER_HOTPLUGGED,
};

enum memory_layer memory_layer_of_kind(enum memory_kind kind)
{
	return layer_of_kind[kind];
}

void memory_layers_free(struct memory_layers *e)
{
	free(e->edge);
	*e = (struct memory_layers){ 0 };
}

static int reserve_edges(struct memory_layers *e)
{
	unsigned cap = e->cap ? e->cap * 2 : 64;
	struct memory_edge *edge;

	if (e->n + 2 <= e->cap)
		return 0;
	edge = reallocarray(e->edge, cap, sizeof(*edge));
	if (!edge)
		return -ENOMEM;
	e->edge = edge;
	e->cap = cap;
	return 0;
}

int memory_layers_add(struct memory_layers *e, uint64_t start, uint64_t end,
		      enum memory_layer layer)
{
	int r;

	if (start >= end)
		return 0;
	r = reserve_edges(e);
	if (r < 0)
		return r;
	e->edge[e->n++] = (struct memory_edge){ start, layer, 1 };
	e->edge[e->n++] = (struct memory_edge){ end, layer, -1 };
	return 0;
}

static int compare_edges(const void *a, const void *b)
{
	const struct memory_edge *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/*
 * Linux tells its firmware's EfiMemoryMappedIO from other reserved memory no longer, once its
 * stub has made an e820 map of both. Since 6.2 it takes large ones of them out of its own map
 * again, since they would be cut out of the windows that devices get their addresses from. So
 * what only the firmware's map calls reserved, inside such a window, is one.
 */
static enum memory_layer large_reserved(const int count[static N_LAYERS])
{
	return count[LAYER_PCI_BUS] > 0 && count[LAYER_RESERVED] == 0 ? LAYER_MMIO : LAYER_RESERVED;
}

/* RAM, if it is any, and whose. */
static enum memory_layer ram_layer(const int count[static N_LAYERS], bool have_firmware)
{
	const bool kernel = count[LAYER_KERNEL_RAM] > 0 || count[LAYER_CRASH_KERNEL] > 0;

	if (!kernel && count[LAYER_NESTED_RAM] == 0)
		return count[LAYER_HOTPLUGGED] > 0 ? LAYER_HOTPLUGGED : LAYER_NONE;
	/* what a driver gives and takes is not there at boot; what the firmware gave is */
	if (count[LAYER_FIRMWARE_RAM] == 0 && (have_firmware || !kernel))
		return LAYER_HOTPLUGGED;
	return count[LAYER_CRASH_KERNEL] > 0 ? LAYER_CRASH_KERNEL : LAYER_KERNEL_RAM;
}

static enum memory_layer decide(const int count[static N_LAYERS], bool have_firmware)
{
	for (enum memory_layer layer = N_LAYERS - 1; layer >= LAYER_IN_USE; layer--)
		if (count[layer] > 0)
			return layer == LAYER_FIRMWARE_RESERVED ? large_reserved(count) : layer;
	return ram_layer(count, have_firmware);
}

static void append(struct memory_map *map, uint64_t start, uint64_t end, enum memory_kind kind)
{
	struct memory_range *last = map->n ? &map->range[map->n - 1] : NULL;

	if (last && last->kind == kind && last->end == start)
		last->end = end;
	else
		map->range[map->n++] = (struct memory_range){ start, end, kind };
}

/* To the byte; sorts the edges. */
static int sweep(struct memory_layers *e, struct memory_map *ret_map)
{
	struct memory_map map = { NULL, 0, 0 };
	int count[N_LAYERS] = { 0 };
	enum memory_layer layer = LAYER_NONE;

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
		layer = decide(count, e->have_firmware);
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
	scoped_memory_layers e = { 0 };
	struct memory_map aligned;
	int r;

	for (unsigned i = 0; i < map->n; i++) {
		const struct memory_range m = map->range[i];

		if (m.kind == MEMORY_RAM || m.kind == MEMORY_HOTPLUGGED)
			r = memory_layers_add(&e, align_up(m.start, PAGE_BYTES),
					      align_down(m.end, PAGE_BYTES), layer_of_kind[m.kind]);
		else
			r = memory_layers_add(&e, align_down(m.start, PAGE_BYTES),
					      align_up(m.end, PAGE_BYTES), layer_of_kind[m.kind]);
		if (r < 0)
			return r;
	}
	r = sweep(&e, &aligned);
	if (r < 0)
		return r;
	free(map->range);
	map->range = aligned.range;
	map->n = aligned.n;
	return 0;
}

int memory_layers_sweep(struct memory_layers *layers, struct memory_map *ret_map)
{
	struct memory_map map;
	int r = sweep(layers, &map);

	if (r < 0)
		return r;
	r = align_to_pages(&map);
	if (r < 0) {
		memory_map_free(&map);
		return r;
	}
	*ret_map = map;
	return 0;
}
