// SPDX-License-Identifier: MIT
/*
 * SetVirtualAddressMap and ConvertPointer. The first is called once, in the 1:1
 * mapping; when it returns, the next kernel goes on at the new addresses only.
 */
#include "guest/runtime.h"

enum { OPTIONAL_POINTER = 1 }; /* EFI_OPTIONAL_POINTER */

typedef efi_api void (*notify_fn)(uint64_t event, uint64_t context);

/* The virtual address of address in the given map, or false when nothing maps it. */
static bool map_find(const struct runtime_data *d, uint64_t address, uint64_t *ret_virtual)
{
	const struct efi_memory_descriptor *e;
	uint64_t at;

	for (at = 0; d->map_bytes - at >= d->descriptor_bytes; at += d->descriptor_bytes) {
		e = (const void *)(d->map + at);
		if (!(e->attribute & EFI_MEMORY_RUNTIME) || address < e->physical_start)
			continue;
		if ((address - e->physical_start) >> 12 >= e->n_pages)
			continue;
		*ret_virtual = e->virtual_start + (address - e->physical_start);
		return true;
	}
	return false;
}

/* What the map does not have keeps its value: it is not ours to invent an address. */
static void map_convert(const struct runtime_data *d, uint64_t *address)
{
	uint64_t v;

	if (*address && map_find(d, *address, &v))
		*address = v;
}

/* CRC-32 as 4.2 wants it (ISO 3309), a bit at a time: 120 bytes, once */
static void table_checksum(struct efi_table_header *table)
{
	const uint8_t *byte = (const void *)table;
	uint32_t crc = UINT32_MAX, i;
	unsigned bit;

	table->crc32 = 0;
	for (i = 0; i < table->header_bytes; i++) {
		crc ^= byte[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	table->crc32 = ~crc;
}

static void convert_runtime_table(const struct runtime_data *d)
{
	struct efi_table_header *table = (void *)d->runtime_table;
	uint64_t *service = (void *)(d->runtime_table + sizeof(*table));
	unsigned i;

	for (i = 0; i < RUNTIME_N_SERVICES; i++)
		map_convert(d, &service[i]);
	table_checksum(table);
}

/* 8.4 names these three; vendor tables' own addresses stay physical */
static void convert_system_table(const struct runtime_data *d)
{
	struct efi_system_table *table = (void *)d->system_table;

	map_convert(d, &table->firmware_vendor);
	map_convert(d, &table->tables);
	map_convert(d, &table->runtime_services);
	table_checksum(&table->header);
}

static void call_notify_list(const struct runtime_data *d)
{
	const struct runtime_notify *n;
	uint32_t i;

	for (i = 0; i < d->n_notify && i < RUNTIME_MAX_NOTIFY; i++) {
		n = &d->notify[i];
		((notify_fn)n->function)(n->event, n->context);
	}
}

/*
 * The notify list goes first, while every pointer is still physical and the
 * services' own tables can be used by it; the data slot goes last, because
 * behind it the code's data is found at the new address only.
 */
efi_api efi_status_t runtime_set_virtual_address_map(uint64_t map_bytes, uint64_t descriptor_bytes,
						     uint32_t version, const uint8_t *map)
{
	struct runtime_data *d = runtime_data();
	uint64_t code, data, table;

	if (d->is_virtual || d->map)
		return EFI_UNSUPPORTED;
	if (version != EFI_MEMORY_DESCRIPTOR_VERSION || !map ||
	    descriptor_bytes < sizeof(struct efi_memory_descriptor) || descriptor_bytes % 8)
		return EFI_INVALID_PARAMETER;
	d->map = (uint64_t)map;
	d->map_bytes = map_bytes;
	d->descriptor_bytes = descriptor_bytes;
	if (!map_find(d, (uint64_t)&runtime_header, &code) || !map_find(d, (uint64_t)d, &data) ||
	    !map_find(d, d->runtime_table, &table)) {
		d->map = d->map_bytes = d->descriptor_bytes = 0;
		return EFI_NO_MAPPING;
	}
	call_notify_list(d);
	convert_runtime_table(d);
	convert_system_table(d);
	d->map = d->map_bytes = d->descriptor_bytes = 0;
	d->is_virtual = 1;
	d->forward.at_code = code;
	d->forward.at_data = data;
	runtime_tables_begin(d);
	runtime_header.data = data;
	return EFI_SUCCESS;
}

efi_api efi_status_t runtime_convert_pointer(uint64_t disposition, uint64_t *address)
{
	const struct runtime_data *d = runtime_data();
	uint64_t v;

	if (!d->map)
		return EFI_UNSUPPORTED;
	if (!address)
		return EFI_INVALID_PARAMETER;
	if (!*address)
		return disposition & OPTIONAL_POINTER ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
	if (!map_find(d, *address, &v))
		return EFI_NOT_FOUND;
	*address = v;
	return EFI_SUCCESS;
}
