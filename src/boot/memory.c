// SPDX-License-Identifier: MIT
#include "boot/memory.h"
#include "host/efi_map.h"
#include "host/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOWEST = 0x10000, HIGHEST_LOWEST = 1 << 30 };

uint64_t memory_lowest(const char *root)
{
	char line[32];
	uint64_t lowest = 0;

	if (host_file_line(root, "/proc/sys/vm/mmap_min_addr", line, sizeof(line)) == 0)
		lowest = strtoull(line, NULL, 10);
	return max_u64(LOWEST, align_up(min_u64(lowest, HIGHEST_LOWEST), PAGE_BYTES));
}

static enum efi_memory_type type_of(enum memory_kind kind)
{
	switch (kind) {
	case MEMORY_RAM:
		return EFI_CONVENTIONAL_MEMORY;
	case MEMORY_ACPI_RECLAIM:
		return EFI_ACPI_RECLAIM_MEMORY;
	case MEMORY_ACPI_NVS:
		return EFI_ACPI_MEMORY_NVS;
	case MEMORY_UNUSABLE:
		return EFI_UNUSABLE_MEMORY;
	case MEMORY_PERSISTENT:
		return EFI_PERSISTENT_MEMORY;
	case MEMORY_CRASH_KERNEL:
	case MEMORY_LEFT_BEHIND:
		/*
		 * RAM for the next kernel, but not for the image: loader data is what
		 * Linux takes over without the image being able to allocate it.
		 */
		return EFI_LOADER_DATA;
	case MEMORY_MMIO:
		return EFI_MEMORY_MAPPED_IO;
	case MEMORY_SPECIAL:
		/* not backed, so the firmware keeps it and gives it EFI_MEMORY_SP */
		return EFI_CONVENTIONAL_MEMORY;
	case MEMORY_HOTPLUGGED: /* not described at all */
	case MEMORY_RESERVED:
		break;
	}
	return EFI_RESERVED_MEMORY;
}

/* Put one behind the others; the array was made large enough. */
static void add(struct memory_description *to, uint64_t start, uint64_t end,
		enum efi_memory_type type, bool backed, const uint8_t *copy)
{
	if (start < end)
		to->memory[to->n++] = (struct firmware_memory){ start, end, type, backed, copy };
}

static bool copy_on_page(const struct table_copy *copy, uint64_t page)
{
	return copy->addr < page + PAGE_BYTES && copy->addr + copy->n_bytes > page;
}

/* All that is known of a page that holds tables, or NULL without memory. */
static uint8_t *make_page(struct memory_description *to, const struct host_tables *tables,
			  uint64_t page)
{
	uint8_t *bytes = calloc(1, PAGE_BYTES);
	uint64_t from, end;

	if (!bytes)
		return NULL;
	to->page[to->n_pages++] = bytes;
	for (unsigned i = 0; i < tables->n_copies; i++) {
		const struct table_copy *c = &tables->copy[i];

		if (!copy_on_page(c, page))
			continue;
		from = max_u64(c->addr, page);
		end = min_u64(c->addr + c->n_bytes, page + PAGE_BYTES);
		memcpy(bytes + (from - page), c->data + (from - c->addr), end - from);
	}
	return bytes;
}

/* The first page in [start, end) that holds a table, or end. */
static uint64_t next_table_page(const struct host_tables *tables, uint64_t start, uint64_t end)
{
	uint64_t first = end;

	for (unsigned i = 0; i < tables->n_copies; i++) {
		const struct table_copy *c = &tables->copy[i];

		if (c->addr < end && c->addr + c->n_bytes > start)
			first = min_u64(first, align_down(max_u64(c->addr, start), PAGE_BYTES));
	}
	return first;
}

/* A range that is not RAM, page by page where tables lie in it. */
static int add_with_tables(struct memory_description *to, const struct host_tables *tables,
			   uint64_t start, uint64_t end, enum efi_memory_type type)
{
	uint64_t page;
	uint8_t *bytes;

	while (start < end) {
		page = next_table_page(tables, max_u64(start, to->lowest), end);
		if (page > start)
			add(to, start, min_u64(page, end), type, false, NULL);
		if (page >= end)
			break;
		bytes = make_page(to, tables, page);
		if (!bytes)
			return -ENOMEM;
		add(to, page, page + PAGE_BYTES, type, false, bytes);
		start = page + PAGE_BYTES;
	}
	return 0;
}

/* Tables where the map knows nothing (a BIOS's below 1 MiB): reserved, those pages only. */
static int add_gap(struct memory_description *to, const struct host_tables *tables, uint64_t start,
		   uint64_t end)
{
	uint64_t page;
	int r = 0;

	while (r == 0 && (page = next_table_page(tables, max_u64(start, to->lowest), end)) < end) {
		r = add_with_tables(to, tables, page, page + PAGE_BYTES, EFI_RESERVED_MEMORY);
		start = page + PAGE_BYTES;
	}
	return r;
}

static int add_range(struct memory_description *to, const struct host_tables *tables,
		     const struct memory_range *m)
{
	const uint64_t start = align_down(m->start, PAGE_BYTES), end = align_up(m->end, PAGE_BYTES);
	const enum efi_memory_type type = type_of(m->kind);

	if (m->kind != MEMORY_RAM)
		return add_with_tables(to, tables, start, end, type);
	add(to, start, min_u64(end, to->lowest), EFI_LOADER_DATA, false, NULL);
	add(to, max_u64(start, to->lowest), end, type, true, NULL);
	return 0;
}

int memory_describe(const struct memory_map *map, const struct host_tables *tables, uint64_t lowest,
		    struct memory_description *to, struct why *why)
{
	uint64_t table_pages = 0, at = 0;
	int r = 0;

	for (unsigned i = 0; i < tables->n_copies; i++)
		table_pages += pages_for(tables->copy[i].n_bytes) + 1;
	*to = (struct memory_description){
		.lowest = lowest,
		.memory = calloc(2 * (map->n + table_pages) + 1, sizeof(*to->memory)),
		.page = calloc(table_pages + 1, sizeof(*to->page)),
	};
	if (!to->memory || !to->page)
		return why_errno(why, -ENOMEM, "memory map");
	for (unsigned i = 0; i < map->n && r == 0; i++) {
		if (map->range[i].kind == MEMORY_HOTPLUGGED)
			continue;
		r = add_gap(to, tables, at, align_down(map->range[i].start, PAGE_BYTES));
		if (r == 0)
			r = add_range(to, tables, &map->range[i]);
		at = align_up(map->range[i].end, PAGE_BYTES);
	}
	if (r == 0)
		r = add_gap(to, tables, at, UINT64_C(1) << 46);
	return r < 0 ? why_errno(why, r, "memory map") : 0;
}

int memory_describe_reliable(const char *root, struct memory_description *to, struct why *why)
{
	struct memory_map map;
	int r = efi_map_reliable(root, &map);

	if (r == 0) {
		to->reliable = calloc(map.n + 1, sizeof(*to->reliable));
		r = to->reliable ? 0 : -ENOMEM;
	}
	for (; r == 0 && to->n_reliable < map.n; to->n_reliable++)
		to->reliable[to->n_reliable] = (struct ram_range){ map.range[to->n_reliable].start,
								   map.range[to->n_reliable].end };
	memory_map_free(&map);
	return r < 0 ? why_errno(why, r, "memory map") : 0;
}

void memory_description_free(struct memory_description *description)
{
	for (unsigned i = 0; i < description->n_pages; i++)
		free(description->page[i]);
	free(description->page);
	free(description->memory);
	free(description->reliable);
	*description = (struct memory_description){ 0 };
}
