// SPDX-License-Identifier: MIT
#include "host/runtime_services.h"
#include "base/bytes.h"
#include "base/util.h"
#include "host/boot_params.h"
#include "host/efi_map.h"
#include "host/efi_memory.h"
#include "host/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFI "/sys/firmware/efi"
#define CONFIG_TABLE EFI "/config_table"

/* EFI_RT_PROPERTIES_TABLE */
enum { PROPERTIES_BYTES = 8, PROPERTIES_LENGTH = 2, PROPERTIES_SUPPORTED = 4 };
enum { EVERY_SERVICE = 0x3fff };
/* UpdateCapsule, QueryCapsuleCapabilities, QueryVariableInfo: EFI 1.10 has a table without them. */
enum { UEFI_2_0 = 0x20000, SINCE_UEFI = 0x3800 };

/* EFI_MEMORY_ATTRIBUTES_TABLE: a head, and descriptors. */
enum { ATTRIBUTES_HEAD_BYTES = 16, ATTRIBUTES_COUNT = 4, ATTRIBUTES_STEP = 8 };
enum { ATTRIBUTES_MOST_BYTES = 1 << 16 };
static const uint8_t attributes[16] = { 0x1d, 0x91, 0xfa, 0xdc, 0xeb, 0x26, 0x9f, 0x46,
					0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20 };

static const uint8_t properties[16] = { 0x8a, 0x91, 0x66, 0xeb, 0xef, 0x7e, 0x2a, 0x40,
					0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 };

static bool read_number(const char *root, unsigned i, const char *name, uint64_t *ret)
{
	char path[64];

	snprintf(path, sizeof(path), EFI "/runtime-map/%u/%s", i, name);
	return host_file_number(root, path, 16, ret) == 0;
}

static int read_region(const char *root, unsigned i, struct host_runtime_region *r, struct why *why)
{
	uint64_t type;

	if (!read_number(root, i, "phys_addr", &r->physical) ||
	    !read_number(root, i, "virt_addr", &r->virtual) ||
	    !read_number(root, i, "num_pages", &r->n_pages) ||
	    !read_number(root, i, "attribute", &r->attribute) ||
	    !read_number(root, i, "type", &type) || type > UINT32_MAX)
		return why_set(why, -ENOENT, EFI "/runtime-map/%u cannot be read", i);
	r->type = (uint32_t)type;
	return 0;
}

/*
 * Linux counts boot services' data too, where tables lie in it that it reads itself. No firmware
 * uses that behind ExitBootServices (UEFI 2.10, 7.2), and to the next kernel it is RAM.
 */
static bool is_of_runtime(uint32_t type)
{
	enum { LOADER_CODE = 1, BOOT_SERVICES_DATA = 4, CONVENTIONAL = 7 };

	return type != CONVENTIONAL && (type < LOADER_CODE || type > BOOT_SERVICES_DATA);
}

static int read_regions(const char *root, struct host_runtime *to, struct why *why)
{
	struct host_runtime_region region;
	char path[64];
	int r = 0;

	for (unsigned i = 0; r == 0; i++) {
		snprintf(path, sizeof(path), EFI "/runtime-map/%u", i);
		if (!host_file_exists(root, path))
			break;
		r = read_region(root, i, &region, why);
		if (r < 0 || !is_of_runtime(region.type))
			continue;
		if (to->n == HOST_RUNTIME_REGIONS)
			return why_set(why, -ENOENT, EFI "/runtime-map: more than %d regions",
				       HOST_RUNTIME_REGIONS);
		to->region[to->n++] = region;
	}
	if (r == 0 && !to->n)
		return why_set(why, -ENOENT,
			       "this kernel does not call it or does not tell "
			       "where it is (no " EFI "/runtime-map)");
	return r;
}

/* A kernel without boot parameters names it in its device tree. */
static int read_system_table(const char *root, uint64_t *ret_table, struct why *why)
{
	struct boot_efi efi;
	struct why ignored;

	if (!host_file_exists(root, BOOT_PARAMS) &&
	    efi_map_system_table(root, ret_table, &ignored) == 0)
		return 0;
	if (boot_params_efi(root, &efi) < 0)
		return why_set(why, -ENOENT, BOOT_PARAMS " cannot be read");
	if (!efi.system_table)
		return why_set(why, -ENOENT, BOOT_PARAMS " names no EFI system table");
	*ret_table = efi.system_table;
	return 0;
}

int host_runtime_read(const char *root, struct host_runtime *ret_runtime, struct why *why)
{
	struct host_runtime runtime = { 0 };
	struct why ignored;
	uint64_t bits;
	int r = 0;

	if (!host_file_exists(root, EFI))
		return why_set(why, -ENOENT, "this machine was not started by UEFI");
	if (host_file_number(root, EFI "/fw_platform_size", 10, &bits) < 0 || bits != 64)
		return why_set(why, -ENOENT, "it is not UEFI of 64 bits");
	if (efi_map_runtime(root, &runtime, &ignored) < 0)
		r = read_regions(root, &runtime, why);
	if (r == 0 && !runtime.system_table)
		r = read_system_table(root, &runtime.system_table, why);
	if (r == 0)
		*ret_runtime = runtime;
	return r;
}

static bool read_tables(const char *root, const struct efi_memory *m, struct efi_tables *tables)
{
	struct why ignored;
	uint64_t system;

	return read_system_table(root, &system, &ignored) == 0 &&
	       efi_memory_tables(m, system, tables, &ignored) == 0;
}

/* False when there is no table of that GUID, or nobody can look. */
static bool find_table(const char *root, const struct efi_memory *m, struct efi_tables tables,
		       const uint8_t guid[16], uint64_t *ret_at)
{
	struct why ignored;

	/* what the system table says became virtual, if firmware was told of that */
	return (!host_file_exists(root, BOOT_PARAMS) ||
		host_file_number(root, CONFIG_TABLE, 16, &tables.at) == 0) &&
	       efi_memory_table(m, &tables, guid, ret_at, &ignored) == 0 && *ret_at;
}

/* Also of memory that has been something else since: then it is hardly of this length. */
static bool read_properties(const char *root, const struct efi_memory *m, struct efi_tables tables,
			    uint32_t *ret_supported)
{
	uint8_t table[PROPERTIES_BYTES] = { 0 };
	const struct bytes b = { table, sizeof(table) };
	uint16_t version = 0, length = 0;
	uint64_t at = 0;

	return find_table(root, m, tables, properties, &at) &&
	       efi_memory_read(m, at, table, sizeof(table)) && bytes_le16(b, 0, &version) &&
	       version && bytes_le16(b, PROPERTIES_LENGTH, &length) && length >= PROPERTIES_BYTES &&
	       bytes_le32(b, PROPERTIES_SUPPORTED, ret_supported);
}

uint32_t host_runtime_supported(const char *root)
{
	uint32_t supported = EVERY_SERVICE;
	struct efi_tables tables = { 0 };
	struct efi_memory m;
	struct why ignored;

	/* /proc/kcore may be missing: it is mostly /dev/mem that shows this table */
	(void)!efi_memory_open(root, &m, &ignored);
	if (read_tables(root, &m, &tables)) {
		(void)!read_properties(root, &m, tables, &supported);
		if (tables.revision < UEFI_2_0)
			supported &= ~(uint32_t)SINCE_UEFI;
	}
	efi_memory_close(&m);
	return supported;
}

/* How long the table is that begins like this, or 0. */
static size_t attributes_bytes(struct bytes head)
{
	uint32_t count = 0, step = 0;

	if (!bytes_le32(head, ATTRIBUTES_COUNT, &count) ||
	    !bytes_le32(head, ATTRIBUTES_STEP, &step) || step > ATTRIBUTES_MOST_BYTES ||
	    (uint64_t)count * step > ATTRIBUTES_MOST_BYTES - ATTRIBUTES_HEAD_BYTES)
		return 0;
	return ATTRIBUTES_HEAD_BYTES + (size_t)count * step;
}

static int read_attributes(const struct efi_memory *m, uint64_t at, struct bytes *ret_table)
{
	uint8_t head[ATTRIBUTES_HEAD_BYTES] = { 0 }, *p;
	size_t n;

	if (!efi_memory_read(m, at, head, sizeof(head)) ||
	    !(n = attributes_bytes((struct bytes){ head, sizeof(head) })))
		return 0;
	p = malloc(n);
	if (!p)
		return -ENOMEM;
	if (!efi_memory_read(m, at, p, n)) {
		free(p);
		return 0;
	}
	*ret_table = (struct bytes){ p, n };
	return 0;
}

int host_runtime_attributes(const char *root, struct bytes *ret_table)
{
	struct efi_tables tables = { 0 };
	struct bytes table = { 0 };
	struct efi_memory m;
	struct why ignored;
	uint64_t at = 0;
	int r = 0;

	(void)!efi_memory_open(root, &m, &ignored);
	if (read_tables(root, &m, &tables) && find_table(root, &m, tables, attributes, &at))
		r = read_attributes(&m, at, &table);
	efi_memory_close(&m);
	if (r == 0)
		*ret_table = table;
	return r;
}

static bool is_given_away(enum memory_kind kind)
{
	return kind == MEMORY_RAM || kind == MEMORY_CRASH_KERNEL || kind == MEMORY_LEFT_BEHIND;
}

bool host_runtime_in_ram(const struct host_runtime *runtime, const struct memory_map *map,
			 uint64_t *ret_addr)
{
	for (unsigned i = 0; i < runtime->n; i++) {
		const struct host_runtime_region *r = &runtime->region[i];

		for (unsigned j = 0; j < map->n; j++)
			if (is_given_away(map->range[j].kind) && r->physical < map->range[j].end &&
			    (r->physical >= map->range[j].start ||
			     (map->range[j].start - r->physical) / PAGE_BYTES < r->n_pages)) {
				*ret_addr = max_u64(r->physical, map->range[j].start);
				return true;
			}
	}
	return false;
}
