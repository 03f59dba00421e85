// SPDX-License-Identifier: MIT
#include "firmware/core/attributes_table.h"
#include "base/bytes.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/granule.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "guest_call.h"

#include <errno.h>
#include <string.h>

#define TAKES_AWAY (EFI_MEMORY_RO | EFI_MEMORY_XP)

static bool is_part(const struct efi_memory_descriptor *d, const struct runtime_region *r)
{
	return d->type == r->type && runtime_region_has(r, d->physical_start) &&
	       d->n_pages <= r->n_pages - (d->physical_start - r->physical) / PAGE_BYTES;
}

static bool is_usable(const struct runtime_firmware *f, const struct efi_memory_descriptor *d)
{
	if (d->physical_start % PAGE_BYTES || !d->n_pages || !(d->attribute & TAKES_AWAY))
		return false;
	for (uint32_t i = 0; i < f->n; i++)
		if (is_part(d, &f->region[i]))
			return true;
	return false;
}

/* Code of ours is only read when boot services have ended, and its data never was code. */
static unsigned own(const struct firmware *fw, struct efi_memory_descriptor to[static 3])
{
	const struct {
		uint64_t at, n_bytes;
		uint32_t type;
	} is[] = {
		{ fw->runtime_code, runtime_blob().n, EFI_RUNTIME_SERVICES_CODE },
		{ fw->runtime_data, fw->runtime_data_bytes + fw->runtime_tables_bytes,
		  EFI_RUNTIME_SERVICES_DATA },
		{ fw->system_table, PAGE_BYTES, EFI_RUNTIME_SERVICES_DATA },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(is); i++)
		to[i] = (struct efi_memory_descriptor){
			.type = is[i].type,
			.physical_start = is[i].at,
			.n_pages = granule_pages(fw, is[i].type, pages_for(is[i].n_bytes)),
			.attribute = EFI_MEMORY_RUNTIME |
				     (is[i].type == EFI_RUNTIME_SERVICES_CODE ? EFI_MEMORY_RO
									      : EFI_MEMORY_XP),
		};
	return ARRAY_SIZE(is);
}

static void put(struct firmware *fw, efi_addr_t at, uint32_t i,
		const struct efi_memory_descriptor *d)
{
	guest_put(fw, at + sizeof(struct efi_memory_attributes_table) + (uint64_t)i * sizeof(*d), d,
		  sizeof(*d));
}

/* Behind n others; how many it are then. */
static uint32_t put_firmwares(struct firmware *fw, efi_addr_t at,
			      const struct efi_memory_attributes_table *from, uint32_t n)
{
	struct bytes one;
	struct efi_memory_descriptor d;

	for (uint32_t i = 0; i < from->n; i++) {
		if (!bytes_sub(fw->config.runtime_attributes,
			       sizeof(*from) + (uint64_t)i * from->descriptor_bytes, sizeof(d),
			       &one))
			break;
		memcpy(&d, one.p, sizeof(d));
		if (!is_usable(fw->config.runtime, &d))
			continue;
		d.virtual_start = 0;
		d.attribute &= EFI_MEMORY_RUNTIME | TAKES_AWAY;
		put(fw, at, n++, &d);
	}
	return n;
}

static bool read_head(const struct firmware *fw, struct efi_memory_attributes_table *ret_head)
{
	struct bytes head;

	if (RUNTIME_MOVES || !fw->config.runtime ||
	    !bytes_sub(fw->config.runtime_attributes, 0, sizeof(*ret_head), &head))
		return false;
	memcpy(ret_head, head.p, sizeof(*ret_head));
	return (ret_head->version == 1 || ret_head->version == 2) && ret_head->n &&
	       ret_head->n <=
		       fw->config.runtime_attributes.n / sizeof(struct efi_memory_descriptor) &&
	       ret_head->descriptor_bytes >= sizeof(struct efi_memory_descriptor);
}

int attributes_table_open(struct firmware *fw, struct why *why)
{
	struct efi_memory_descriptor ours[3];
	efi_addr_t at = 0;
	struct efi_memory_attributes_table from, to;

	if (!read_head(fw, &from))
		return 0;
	to = (struct efi_memory_attributes_table){
		.version = from.version,
		.n = own(fw, ours),
		.descriptor_bytes = sizeof(struct efi_memory_descriptor),
		/* ours has the instructions too */
		.flags = from.version == 2
				 ? from.flags & EFI_MEMORY_ATTRIBUTES_FORWARD_CONTROL_FLOW_GUARD
				 : 0,
	};
	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY,
			    pages_for(sizeof(to) + ((uint64_t)to.n + from.n) *
							   sizeof(struct efi_memory_descriptor)),
			    &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for the memory attributes table");
	for (uint32_t i = 0; i < to.n; i++)
		put(fw, at, i, &ours[i]);
	to.n = put_firmwares(fw, at, &from, to.n);
	guest_put(fw, at, &to, sizeof(to));
	table_install(fw, &guid_memory_attributes_table, at);
	return 0;
}
