// SPDX-License-Identifier: MIT
#include "host/efi_map.h"
#include "base/bytes.h"
#include "base/util.h"
#include "host/boot_params.h"
#include "host/efi_memory.h"
#include "host/fdt.h"
#include "host/file.h"
#include "host/interrupt_tables.h"
#include "host/runtime_services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* UEFI 2.10, 7.2.3: EFI_MEMORY_DESCRIPTOR */
	DESCRIPTOR_BYTES = 40,
	DESCRIPTOR_ADDRESS = 8,
	DESCRIPTOR_VIRTUAL = 16,
	DESCRIPTOR_PAGES = 24,
	DESCRIPTOR_ATTRIBUTE = 32,
	MOST_MAP_BYTES = 1 << 20,
	/* linux/efi.h: struct linux_efi_memreserve, and its entries */
	RESERVE_BYTES = 16,
	RESERVE_COUNT = 4,
	RESERVE_NEXT = 8,
	ENTRY_BYTES = 16,
	MOST_ENTRIES = 4096, /* of one list */
	MOST_LISTS = 4096,
};

static const uint64_t max_address = UINT64_C(1) << 52;
static const uint64_t specific_purpose = 0x40000, more_reliable = 0x10000;
static const uint64_t of_runtime = UINT64_C(1) << 63;

/* LINUX_EFI_MEMRESERVE_TABLE_GUID */
static const uint8_t memreserve[16] = { 0xc6, 0xb0, 0x8e, 0x88, 0xde, 0x8e, 0xf5, 0x4f,
					0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2 };

static enum memory_layer layer_of_type(uint32_t type, uint64_t attribute)
{
	static const enum memory_layer layer[] = {
		[0] = LAYER_RESERVED,	  [1] = LAYER_NONE,	 [2] = LAYER_NONE,
		[3] = LAYER_NONE,	  [4] = LAYER_NONE,	 [5] = LAYER_RESERVED,
		[6] = LAYER_RESERVED,	  [7] = LAYER_NONE,	 [8] = LAYER_UNUSABLE,
		[9] = LAYER_ACPI_RECLAIM, [10] = LAYER_ACPI_NVS, [11] = LAYER_MMIO,
		[12] = LAYER_RESERVED,	  [13] = LAYER_RESERVED, [14] = LAYER_PERSISTENT,
	};

	if (type == 7 && (attribute & specific_purpose))
		return LAYER_SPECIAL;
	return type < ARRAY_SIZE(layer) ? layer[type] : LAYER_RESERVED;
}

static int add(struct memory_layers *layers, uint64_t start, uint64_t n_bytes,
	       enum memory_layer layer, const char *what, struct why *why)
{
	if (start > max_address || n_bytes > max_address - start)
		return why_set(why, -EBADMSG, "%s: %#jx bytes at %#jx end above 52 bits", what,
			       (uintmax_t)n_bytes, (uintmax_t)start);
	if (layer == LAYER_NONE)
		return 0;
	return memory_layers_add(layers, start, start + n_bytes, layer) < 0
		       ? why_set(why, -ENOMEM, "out of memory reading %s", what)
		       : 0;
}

struct descriptor {
	uint64_t start, virtual, n_pages, attribute;
	uint32_t type;
};

static bool read_descriptor(struct bytes map, uint64_t at, struct descriptor *d)
{
	return bytes_le32(map, at, &d->type) &&
	       bytes_le64(map, at + DESCRIPTOR_ADDRESS, &d->start) &&
	       bytes_le64(map, at + DESCRIPTOR_VIRTUAL, &d->virtual) &&
	       bytes_le64(map, at + DESCRIPTOR_PAGES, &d->n_pages) &&
	       bytes_le64(map, at + DESCRIPTOR_ATTRIBUTE, &d->attribute) &&
	       d->n_pages <= max_address >> PAGE_SHIFT;
}

static int add_descriptors(struct memory_layers *layers, struct bytes map, uint64_t step,
			   struct why *why)
{
	struct descriptor d = { 0 };
	int r = 0;

	for (uint64_t at = 0; at < map.n && r == 0; at += step)
		r = read_descriptor(map, at, &d)
			    ? add(layers, d.start, d.n_pages << PAGE_SHIFT,
				  layer_of_type(d.type, d.attribute), "EFI memory map", why)
			    : why_set(why, -EBADMSG, "EFI memory map: entry at %#jx: %#jx pages",
				      (uintmax_t)at, (uintmax_t)d.n_pages);
	return r;
}

struct place {
	uint64_t start, n_bytes, step;
};

static int place_in_tree(struct bytes tree, struct place *p, struct why *why)
{
	int r = fdt_chosen_number(tree, "linux,uefi-mmap-start", &p->start, why);

	if (r == 0)
		r = fdt_chosen_number(tree, "linux,uefi-mmap-size", &p->n_bytes, why);
	if (r == 0)
		r = fdt_chosen_number(tree, "linux,uefi-mmap-desc-size", &p->step, why);
	return r;
}

/* The bytes are the caller's to free(). */
static int read_map(const struct efi_memory *m, const struct place *p, struct bytes *ret_map,
		    struct why *why)
{
	uint8_t *map;

	if (p->step < DESCRIPTOR_BYTES || !p->n_bytes || p->n_bytes > MOST_MAP_BYTES ||
	    p->n_bytes % p->step)
		return why_set(why, -EBADMSG, "EFI memory map: %#jx bytes with entries of %#jx",
			       (uintmax_t)p->n_bytes, (uintmax_t)p->step);
	map = malloc(p->n_bytes);
	if (!map)
		return why_set(why, -ENOMEM, "out of memory reading the EFI memory map");
	if (!efi_memory_read(m, p->start, map, p->n_bytes)) {
		free(map);
		return why_set(why, -EIO, "EFI memory map: /proc/kcore does not show it at %#jx",
			       (uintmax_t)p->start);
	}
	*ret_map = (struct bytes){ map, p->n_bytes };
	return 0;
}

/* The same, where nothing else of that memory is wanted. */
static int map_at(const char *root, const struct place *p, struct bytes *ret_map, struct why *why)
{
	struct efi_memory m;
	int r = efi_memory_open(root, &m, why);

	if (r == 0)
		r = read_map(&m, p, ret_map, why);
	efi_memory_close(&m);
	return r;
}

static int add_map(const struct efi_memory *m, struct bytes tree, struct memory_layers *layers,
		   struct why *why)
{
	struct place p = { 0 };
	struct bytes map;
	int r = place_in_tree(tree, &p, why);

	if (r == 0)
		r = read_map(m, &p, &map, why);
	if (r < 0)
		return r;
	r = add_descriptors(layers, map, p.step, why);
	free((void *)map.p);
	return r;
}

static int add_entries(const struct efi_memory *m, uint64_t at, uint32_t n,
		       struct memory_layers *layers, struct why *why)
{
	uint8_t entry[ENTRY_BYTES];
	uint64_t start = 0, n_bytes = 0;
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++) {
		const struct bytes b = { entry, sizeof(entry) };

		if (!efi_memory_read(m, at + (uint64_t)i * ENTRY_BYTES, entry, sizeof(entry)) ||
		    !bytes_le64(b, 0, &start) || !bytes_le64(b, 8, &n_bytes))
			return why_set(why, -EIO,
				       "LINUX_EFI_MEMRESERVE: its entry at %#jx cannot "
				       "be read",
				       (uintmax_t)at + (uintmax_t)i * ENTRY_BYTES);
		r = add(layers, start, n_bytes, LAYER_ACPI_RECLAIM, "LINUX_EFI_MEMRESERVE", why);
	}
	return r;
}

/* One list; *list becomes the next one's address. The first one has no room, and a count of 0. */
static int add_list(const struct efi_memory *m, uint64_t *list, struct memory_layers *layers,
		    struct why *why)
{
	uint8_t head[RESERVE_BYTES] = { 0 };
	const struct bytes h = { head, sizeof(head) };
	uint32_t room = 0, n = 0;
	const uint64_t at = *list;

	if (at > max_address || !efi_memory_read(m, at, head, sizeof(head)) ||
	    !bytes_le32(h, 0, &room) || !bytes_le32(h, RESERVE_COUNT, &n) ||
	    !bytes_le64(h, RESERVE_NEXT, list))
		return why_set(why, -EIO, "LINUX_EFI_MEMRESERVE: its list at %#jx cannot be read",
			       (uintmax_t)at);
	/* a kernel that found the list full has counted one too many for a moment */
	if (room > MOST_ENTRIES)
		return why_set(why, -EBADMSG, "LINUX_EFI_MEMRESERVE: %u entries at %#jx", room,
			       (uintmax_t)at);
	return add_entries(m, at + RESERVE_BYTES, n < room ? n : room, layers, why);
}

static int add_reserved(const struct efi_memory *m, struct bytes tree, struct memory_layers *layers,
			struct why *why)
{
	uint64_t system, list = 0;
	struct efi_tables tables;
	int r = fdt_chosen_number(tree, "linux,uefi-system-table", &system, why);

	if (r == 0)
		r = efi_memory_tables(m, system, &tables, why);
	if (r == 0)
		r = efi_memory_table(m, &tables, memreserve, &list, why);
	for (unsigned i = 0; r == 0 && list; i++) {
		if (i == MOST_LISTS)
			return why_set(why, -EBADMSG, "LINUX_EFI_MEMRESERVE: its lists do not end");
		r = add_list(m, &list, layers, why);
	}
	return r;
}

static int add_efi(const char *root, struct bytes tree, struct memory_layers *layers,
		   struct why *why)
{
	struct efi_memory m;
	int r = efi_memory_open(root, &m, why);

	if (r == 0)
		r = add_map(&m, tree, layers, why);
	if (r == 0)
		r = add_reserved(&m, tree, layers, why);
	efi_memory_close(&m);
	return r;
}

/*
 * Without EFI: what the tree keeps from every kernel. Linux's stub takes that list out of the copy
 * that it hands on, as EFI's map should have it. An initrd that is in it was the running kernel's.
 */
static int add_without_efi(const char *root, struct bytes tree, struct memory_layers *layers,
			   struct why *why)
{
	uint64_t start, n_bytes, initrd;
	int r = fdt_chosen_number(tree, "linux,initrd-start", &initrd, why);

	if (r == -ENOENT)
		initrd = UINT64_MAX;
	else if (r < 0)
		return r;
	for (unsigned i = 0; (r = fdt_reserved(tree, i, &start, &n_bytes, why)) > 0; i++) {
		if (start == initrd)
			continue;
		r = add(layers, start, n_bytes, LAYER_ACPI_RECLAIM, "the device tree", why);
		if (r < 0)
			break;
	}
	return r < 0 ? r : interrupt_tables_add(root, tree, layers, why);
}

/* What the tree's bytes are in is to be freed. */
static int tree_read(const char *root, struct host_file *file, struct bytes *ret_tree)
{
	int r = host_file_read(root, FDT_SOURCE, file);

	if (r == 0)
		*ret_tree = (struct bytes){ (const uint8_t *)file->text, file->n_bytes };
	return r;
}

int efi_map_add(const char *root, struct memory_layers *layers, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct bytes tree;
	uint64_t start;
	int r = tree_read(root, &file, &tree);

	if (r < 0)
		return r == -ENOENT ? 0 : why_errno(why, r, FDT_SOURCE);
	r = fdt_chosen_number(tree, "linux,uefi-mmap-start", &start, why);
	if (r == -ENOENT)
		return add_without_efi(root, tree, layers, why);
	return r < 0 ? r : add_efi(root, tree, layers, why);
}

int efi_map_system_table(const char *root, uint64_t *ret_table, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct bytes tree;
	int r = tree_read(root, &file, &tree);

	return r < 0 ? why_errno(why, r, FDT_SOURCE)
		     : fdt_chosen_number(tree, "linux,uefi-system-table", ret_table, why);
}

static int take_runtime(struct bytes map, uint64_t step, struct host_runtime *to, struct why *why)
{
	struct descriptor d = { 0 };

	for (uint64_t at = 0; at < map.n; at += step) {
		if (!read_descriptor(map, at, &d))
			return why_set(why, -ENOENT, "EFI memory map: entry at %#jx: %#jx pages",
				       (uintmax_t)at, (uintmax_t)d.n_pages);
		/* memory of loaders and boot services is what its next owner makes of it */
		if (!(d.attribute & of_runtime) || layer_of_type(d.type, 0) == LAYER_NONE)
			continue;
		if (to->n == HOST_RUNTIME_REGIONS)
			return why_set(why, -ENOENT,
				       "EFI memory map: more than %d regions of runtime services",
				       HOST_RUNTIME_REGIONS);
		to->region[to->n++] = (struct host_runtime_region){
			d.start, d.virtual, d.n_pages, d.attribute, d.type,
		};
	}
	return to->n ? 0 : why_set(why, -ENOENT, "EFI memory map: no runtime services");
}

int efi_map_runtime(const char *root, struct host_runtime *ret_runtime, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct host_runtime runtime = { 0 };
	struct bytes tree, map = { 0 };
	struct place p = { 0 };
	int r = tree_read(root, &file, &tree);

	if (r < 0)
		return why_errno(why, r, FDT_SOURCE);
	r = fdt_chosen_number(tree, "linux,uefi-system-table", &runtime.system_table, why);
	if (r == 0)
		r = place_in_tree(tree, &p, why);
	if (r == 0)
		r = map_at(root, &p, &map, why);
	if (r == 0)
		r = take_runtime(map, p.step, &runtime, why);
	if (r == 0)
		*ret_runtime = runtime;
	free((void *)map.p);
	return r;
}

static bool place_in_params(const char *root, struct place *ret_place)
{
	struct boot_efi efi;

	if (boot_params_efi(root, &efi) < 0 || !efi.map)
		return false;
	*ret_place = (struct place){ efi.map, efi.map_bytes, efi.map_step };
	return true;
}

static bool place_of(const char *root, struct place *ret_place)
{
	scoped_host_file file = { NULL, 0 };
	struct place p = { 0 };
	struct bytes tree;
	struct why ignored;

	if (place_in_params(root, ret_place))
		return true;
	if (tree_read(root, &file, &tree) < 0 || place_in_tree(tree, &p, &ignored) < 0)
		return false;
	*ret_place = p;
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct memory_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Is that what firmware says of memory? What else was written there since hardly is. */
static bool is_sound(const struct descriptor *d)
{
	enum { TYPES = 16, OEM_TYPES = 0x70000000 };

	return d->start % PAGE_BYTES == 0 && d->n_pages && d->start <= max_address &&
	       (d->type < TYPES || d->type >= OEM_TYPES);
}

/* In any order, as UEFI allows; but none over another. */
static bool take_reliable(struct bytes bytes, uint64_t step, struct memory_map *map)
{
	struct descriptor d = { 0 };
	unsigned n = 0;

	for (uint64_t at = 0; at < bytes.n; at += step) {
		if (!read_descriptor(bytes, at, &d) || !is_sound(&d))
			return false;
		if (d.attribute & more_reliable)
			map->range[n++] =
				(struct memory_range){ d.start, d.start + (d.n_pages << PAGE_SHIFT),
						       MEMORY_RAM };
	}
	if (n)
		qsort(map->range, n, sizeof(*map->range), by_start);
	for (unsigned i = 0; i < n; i++) {
		if (map->n && map->range[i].start < map->range[map->n - 1].end)
			return false;
		if (map->n && map->range[i].start == map->range[map->n - 1].end)
			map->range[map->n - 1].end = map->range[i].end;
		else
			map->range[map->n++] = map->range[i];
	}
	return true;
}

static int find_reliable(struct bytes bytes, uint64_t step, struct memory_map *map)
{
	map->range = calloc(bytes.n / step + 1, sizeof(*map->range));
	if (!map->range)
		return -ENOMEM;
	if (!take_reliable(bytes, step, map))
		map->n = 0;
	return 0;
}

int efi_map_reliable(const char *root, struct memory_map *ret_map)
{
	struct bytes bytes = { 0 };
	struct place p;
	struct why ignored;
	int r;

	*ret_map = (struct memory_map){ 0 };
	if (!place_of(root, &p))
		return 0;
	r = map_at(root, &p, &bytes, &ignored);
	if (r == 0)
		r = find_reliable(bytes, p.step, ret_map);
	free((void *)bytes.p);
	return r == -ENOMEM ? r : 0;
}
