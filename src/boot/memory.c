// SPDX-License-Identifier: MIT
/* The host's memory as the image is told of it. */
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * An ordinary process may not map addresses below this (vm.mmap_min_addr), so
 * the image cannot have them; the next kernel gets them as memory in use.
 */
enum { LOWEST = 0x10000 };

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
		/*
		 * RAM for the next kernel, but not for the image: loader data is what
		 * Linux takes over without the image being able to allocate it.
		 */
		return EFI_LOADER_DATA;
	case MEMORY_RESERVED:
		break;
	}
	return EFI_RESERVED_MEMORY;
}

/* Put one behind the others; the array was made large enough. */
static void add(struct boot *b, uint64_t start, uint64_t end, enum efi_memory_type type,
		bool backed, const uint8_t *copy)
{
	if (start < end)
		b->memory[b->n_memory++] =
			(struct firmware_memory){ start, end, type, backed, copy };
}

static bool copy_on_page(const struct table_copy *copy, uint64_t page)
{
	return copy->addr < page + PAGE_BYTES && copy->addr + copy->n_bytes > page;
}

/* All that is known of a page that holds tables, or NULL without memory. */
static uint8_t *make_page(struct boot *b, uint64_t page)
{
	uint8_t *bytes = calloc(1, PAGE_BYTES);
	uint64_t from, to;

	if (!bytes)
		return NULL;
	b->page[b->n_pages++] = bytes;
	for (unsigned i = 0; i < b->tables.n_copies; i++) {
		const struct table_copy *c = &b->tables.copy[i];

		if (!copy_on_page(c, page))
			continue;
		from = max_u64(c->addr, page);
		to = min_u64(c->addr + c->n_bytes, page + PAGE_BYTES);
		memcpy(bytes + (from - page), c->data + (from - c->addr), to - from);
	}
	return bytes;
}

/* The first page in [start, end) that holds a table, or end. */
static uint64_t next_table_page(const struct boot *b, uint64_t start, uint64_t end)
{
	uint64_t first = end;

	for (unsigned i = 0; i < b->tables.n_copies; i++) {
		const struct table_copy *c = &b->tables.copy[i];

		if (c->addr < end && c->addr + c->n_bytes > start)
			first = min_u64(first, align_down(max_u64(c->addr, start), PAGE_BYTES));
	}
	return first;
}

/* A range that is not RAM, page by page where tables lie in it. */
static int add_with_tables(struct boot *b, uint64_t start, uint64_t end, enum efi_memory_type type)
{
	uint64_t page;
	uint8_t *bytes;

	while (start < end) {
		page = next_table_page(b, max_u64(start, LOWEST), end);
		if (page > start)
			add(b, start, min_u64(page, end), type, false, NULL);
		if (page >= end)
			break;
		bytes = make_page(b, page);
		if (!bytes)
			return -ENOMEM;
		add(b, page, page + PAGE_BYTES, type, false, bytes);
		start = page + PAGE_BYTES;
	}
	return 0;
}

/* Tables where the map knows nothing (a BIOS's below 1 MiB): reserved, those pages only. */
static int add_gap(struct boot *b, uint64_t start, uint64_t end)
{
	uint64_t page;
	int r = 0;

	while (r == 0 && (page = next_table_page(b, max_u64(start, LOWEST), end)) < end) {
		r = add_with_tables(b, page, page + PAGE_BYTES, EFI_RESERVED_MEMORY);
		start = page + PAGE_BYTES;
	}
	return r;
}

static int add_range(struct boot *b, const struct memory_range *m)
{
	const uint64_t start = align_down(m->start, PAGE_BYTES), end = align_up(m->end, PAGE_BYTES);
	const enum efi_memory_type type = type_of(m->kind);

	if (m->kind != MEMORY_RAM)
		return add_with_tables(b, start, end, type);
	add(b, start, min_u64(end, LOWEST), EFI_LOADER_DATA, false, NULL);
	add(b, max_u64(start, LOWEST), end, type, true, NULL);
	return 0;
}

int boot_describe_memory(struct boot *b)
{
	uint64_t table_pages = 0, at = 0;
	int r = 0;

	for (unsigned i = 0; i < b->tables.n_copies; i++)
		table_pages += pages_for(b->tables.copy[i].n_bytes) + 1;
	b->memory = calloc(2 * (b->map.n + table_pages) + 1, sizeof(*b->memory));
	b->page = calloc(table_pages + 1, sizeof(*b->page));
	if (!b->memory || !b->page)
		return why_errno(&b->why, -ENOMEM, "memory map");
	for (unsigned i = 0; i < b->map.n && r == 0; i++) {
		r = add_gap(b, at, align_down(b->map.range[i].start, PAGE_BYTES));
		if (r == 0)
			r = add_range(b, &b->map.range[i]);
		at = align_up(b->map.range[i].end, PAGE_BYTES);
	}
	if (r == 0)
		r = add_gap(b, at, UINT64_C(1) << 46);
	return r < 0 ? why_errno(&b->why, r, "memory map") : 0;
}
