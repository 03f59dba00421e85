// SPDX-License-Identifier: MIT
/* Pages and pools (UEFI 2.10, 7.2). */
#include "firmware/core/memory.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/forward.h"
#include "firmware/core/granule.h"
#include "firmware/core/guid.h"
#include "firmware/core/page_map.h"
#include "firmware/core/pool.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ONE_MIB (UINT64_C(1) << 20)

enum {
	OWN_MEMORY_TYPES = 0x70000000, /* from here on: OEMs' and loaders' own */
	DESCRIPTOR_BYTES = 48, /* more than the structure, as firmware does: nobody may assume */
	PAGE_LIMIT_SHIFT = 40, /* more pages than any machine has */
	PROT_DATA = MACHINE_READ | MACHINE_WRITE,
	PROT_ALL = MACHINE_READ | MACHINE_WRITE | MACHINE_EXEC,
};

/*
 * Programs built with EDK2's OVMF platform, Debian's UEFI shell for one, look
 * at a fixed address for the page where OVMF's boot code notes whether this is
 * a confidential guest: all zero says it is not. It is made when it is asked
 * for, so that the memory map of everybody else has no page in the middle.
 */
bool memory_show_work_area(struct firmware *fw, uint64_t addr)
{
	uint64_t page = 0x80b000;

	if (addr - page >= PAGE_BYTES ||
	    memory_allocate(fw, EFI_ALLOCATE_ADDRESS, EFI_BOOT_SERVICES_DATA, 1, &page) !=
		    EFI_SUCCESS)
		return false;
	memory_protect(fw, page, page + PAGE_BYTES, MACHINE_READ);
	return true;
}

static bool memory_type_is_valid(uint32_t type)
{
	if (type >= EFI_MAX_MEMORY_TYPE)
		return type >= OWN_MEMORY_TYPES;
	return type != EFI_CONVENTIONAL_MEMORY && type != EFI_PERSISTENT_MEMORY &&
	       type != EFI_UNACCEPTED_MEMORY;
}

static unsigned prot_for(const struct firmware *fw, uint32_t type)
{
	switch (type) {
	case EFI_LOADER_CODE:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_RUNTIME_SERVICES_CODE:
		return PROT_ALL;
	default:
		return fw->data_executable ? PROT_ALL : PROT_DATA;
	}
}

/* Carry the permissions of [start, end) to the machine. */
static void apply_prot(struct firmware *fw, uint64_t start, uint64_t end, unsigned prot)
{
	int r;

	if (!fw->machine || fw->ended)
		return;
	/* no processor of this kind writes or executes what it may not read */
	if (!(prot & MACHINE_READ))
		prot = 0;
	r = fw->machine->ops->protect(fw->machine, start, end - start, prot, &fw->why);
	/* each piece of its own is a mapping of the host's, and those are counted */
	if (r == -ENOMEM)
		violation(fw, "has its memory in more pieces than the host has mappings for "
			      "(vm.max_map_count)");
	else if (r < 0)
		broken(fw, r, NULL);
}

static efi_status_t set_region(struct firmware *fw, const struct region *to)
{
	uint64_t key = fw->map.key;

	if (page_map_set(&fw->map, to) < 0)
		return EFI_OUT_OF_RESOURCES;
	apply_prot(fw, to->start, to->end, to->prot);
	if (fw->map.key != key)
		event_signal_group(fw, &guid_event_memory_map_change);
	return EFI_SUCCESS;
}

/* Where the image's regions between two addresses have the same permissions, in one go. */
static void apply_all(struct firmware *fw, uint64_t start, uint64_t end,
		      const struct permission *permission)
{
	const struct region *r;
	uint64_t from;
	unsigned prot;

	for (uint64_t at = start; at < end && !out_of_time(fw);) {
		r = page_map_behind(&fw->map, at);
		if (!r)
			break;
		from = max_u64(r->start, start);
		prot = r->prot;
		at = r->end;
		if (r->owner != REGION_IMAGE || (permission->only && prot != permission->add))
			continue;
		while (at < end && (r = page_map_find(&fw->map, at)) && r->owner == REGION_IMAGE &&
		       r->prot == prot)
			at = r->end;
		if (from < end)
			apply_prot(fw, from, min_u64(at, end), prot);
	}
}

efi_status_t memory_permit(struct firmware *fw, uint64_t start, uint64_t end,
			   const struct permission *permission)
{
	if (page_map_permit(&fw->map, start, end, permission) < 0)
		return EFI_OUT_OF_RESOURCES;
	apply_all(fw, start, end, permission);
	return EFI_SUCCESS;
}

void memory_protect(struct firmware *fw, uint64_t start, uint64_t end, unsigned prot)
{
	if (memory_permit(fw, start, end, &(struct permission){ .add = (uint8_t)prot }) !=
	    EFI_SUCCESS)
		broken(fw, -ENOMEM, "memory map");
}

void memory_allow_execution(struct firmware *fw)
{
	const struct page_map *map = &fw->map;

	fw->data_executable = true;
	if (memory_permit(fw, 0, map->region[map->n - 1].end,
			  &(struct permission){
				  .add = PROT_ALL, .only = true, .has = PROT_DATA }) != EFI_SUCCESS)
		broken(fw, -ENOMEM, "memory map");
}

/* There is not so much more: for who tells people why the image gave up. */
static void note_wanted(struct firmware *fw, uint64_t n_pages)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < fw->map.n; i++)
		if (fw->map.region[i].owner == REGION_IMAGE)
			used += fw->map.region[i].end - fw->map.region[i].start;
	fw->summary.wanted_bytes = used + (n_pages << PAGE_SHIFT);
}

static efi_status_t give(struct firmware *fw, uint32_t type, uint64_t addr, uint64_t n_pages)
{
	const struct region to = {
		.start = addr,
		.end = addr + (n_pages << PAGE_SHIFT),
		.type = type,
		.owner = REGION_IMAGE,
		.prot = (uint8_t)prot_for(fw, type),
	};

	return set_region(fw, &to);
}

/*
 * As firmware does it, from above: what lies below 4 GiB is left to those who ask for it there, as
 * stubs do for an initrd, and below the first MiB other things look for room of their own.
 */
efi_status_t memory_allocate_below(struct firmware *fw, uint32_t type, uint64_t n_pages,
				   uint64_t align, uint64_t end, uint64_t *ret_addr)
{
	efi_status_t status = EFI_OUT_OF_RESOURCES;
	uint64_t addr = 0;

	if (n_pages && !(n_pages >> PAGE_LIMIT_SHIFT)) {
		align = max_u64(align, granule_alignment(fw, type, n_pages));
		n_pages = granule_pages(fw, type, n_pages);
		addr = page_map_search(&fw->map, n_pages, align, ONE_MIB, end);
		if (!addr)
			addr = page_map_search(&fw->map, n_pages, align, PAGE_BYTES, end);
		if (!addr)
			note_wanted(fw, n_pages);
	}
	if (addr)
		status = give(fw, type, addr, n_pages);
	if (status == EFI_SUCCESS)
		*ret_addr = addr;
	return status;
}

efi_status_t memory_allocate(struct firmware *fw, enum efi_allocate_type how, uint32_t type,
			     uint64_t n_pages, uint64_t *inout_addr)
{
	const uint64_t addr = *inout_addr;

	if (how != EFI_ALLOCATE_ADDRESS)
		return memory_allocate_below(
			fw, type, n_pages, PAGE_BYTES,
			how == EFI_ALLOCATE_ANY_PAGES || addr == UINT64_MAX ? UINT64_MAX : addr + 1,
			inout_addr);
	if (n_pages == 0 || n_pages >> PAGE_LIMIT_SHIFT || addr % granule_of(fw, type))
		return EFI_NOT_FOUND;
	n_pages = granule_pages(fw, type, n_pages);
	if (addr > UINT64_MAX - (n_pages << PAGE_SHIFT) ||
	    !page_map_owned(&fw->map, addr, addr + (n_pages << PAGE_SHIFT), REGION_FREE))
		return EFI_NOT_FOUND;
	return give(fw, type, addr, n_pages);
}

efi_status_t memory_free(struct firmware *fw, uint64_t addr, uint64_t n_pages)
{
	struct region to = { .start = addr, .type = EFI_CONVENTIONAL_MEMORY, .owner = REGION_FREE };
	const struct region *is = page_map_find(&fw->map, addr);
	const uint32_t type = is ? is->type : EFI_CONVENTIONAL_MEMORY;
	efi_status_t status;

	if (addr % granule_of(fw, type) || n_pages == 0)
		return EFI_INVALID_PARAMETER;
	if (n_pages >> PAGE_LIMIT_SHIFT)
		return EFI_NOT_FOUND;
	n_pages = granule_pages(fw, type, n_pages);
	if (addr > UINT64_MAX - (n_pages << PAGE_SHIFT))
		return EFI_NOT_FOUND;
	to.end = addr + (n_pages << PAGE_SHIFT);
	if (!page_map_owned(&fw->map, addr, to.end, REGION_IMAGE))
		return EFI_NOT_FOUND;
	status = set_region(fw, &to);
	if (status == EFI_SUCCESS)
		ram_discard(&fw->ram, to.start, to.end);
	return status;
}

static efi_status_t take_whole_pages(struct firmware *fw, uint32_t type, int index,
				     uint64_t n_bytes, efi_addr_t *ret_addr)
{
	struct pool_piece piece = { .n_pages = (uint32_t)pages_for(n_bytes),
				    .type = (uint16_t)index };
	efi_status_t status;

	if (piece.n_pages != pages_for(n_bytes))
		return EFI_OUT_OF_RESOURCES;
	status = memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, type, piece.n_pages, &piece.addr);
	if (status != EFI_SUCCESS)
		return status;
	if (pool_remember(&fw->pool, &piece) < 0) {
		memory_free(fw, piece.addr, piece.n_pages);
		return EFI_OUT_OF_RESOURCES;
	}
	*ret_addr = piece.addr;
	return EFI_SUCCESS;
}

static efi_status_t refill(struct firmware *fw, uint32_t type, int index)
{
	efi_status_t status;
	uint64_t addr = 0;

	status = memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, type, POOL_ARENA_PAGES, &addr);
	if (status != EFI_SUCCESS)
		return status;
	if (pool_refill(&fw->pool, (unsigned)index, addr, POOL_ARENA_PAGES) < 0) {
		memory_free(fw, addr, POOL_ARENA_PAGES);
		return EFI_OUT_OF_RESOURCES;
	}
	return EFI_SUCCESS;
}

/*
 * A piece that can be written to. The image may have freed, as pages, the pages that the pool is
 * made of: such pieces are gone for good.
 */
static efi_addr_t take_piece(struct firmware *fw, unsigned index, unsigned class)
{
	efi_addr_t at;

	do {
		at = pool_take(&fw->pool, index, class);
	} while (at && !guest_write(fw, at, (uint64_t)POOL_SMALLEST << class));
	return at;
}

efi_status_t pool_allocate(struct firmware *fw, uint32_t type, uint64_t n_bytes,
			   efi_addr_t *ret_addr)
{
	struct pool_piece piece = { 0 };
	int class = pool_class(n_bytes), index = pool_type_index(&fw->pool, type);
	efi_status_t status;

	if (index < 0 || n_bytes >> PAGE_LIMIT_SHIFT >> PAGE_SHIFT)
		return EFI_OUT_OF_RESOURCES;
	if (class < 0)
		return take_whole_pages(fw, type, index, n_bytes, ret_addr);
	piece.type = (uint16_t)index;
	piece.class = (uint8_t) class;
	piece.addr = take_piece(fw, (unsigned)index, (unsigned)class);
	if (!piece.addr) {
		status = refill(fw, type, index);
		if (status != EFI_SUCCESS)
			return status;
		piece.addr = take_piece(fw, (unsigned)index, (unsigned)class);
	}
	if (!piece.addr || pool_remember(&fw->pool, &piece) < 0)
		return EFI_OUT_OF_RESOURCES;
	*ret_addr = piece.addr;
	return EFI_SUCCESS;
}

efi_status_t pool_free(struct firmware *fw, efi_addr_t addr)
{
	struct pool_piece piece;

	if (!pool_forget(&fw->pool, addr, &piece))
		return EFI_INVALID_PARAMETER;
	if (piece.n_pages)
		return memory_free(fw, piece.addr, piece.n_pages);
	return EFI_SUCCESS;
}

static efi_status_t allocate_pages(struct call *c)
{
	efi_status_t status;
	uint64_t addr;

	if (c->arg[0] >= EFI_MAX_ALLOCATE_TYPE || !memory_type_is_valid((uint32_t)c->arg[1]) ||
	    !guest_get_u64(c->fw, c->arg[3], &addr) || !guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	status = memory_allocate(c->fw, (enum efi_allocate_type)c->arg[0], (uint32_t)c->arg[1],
				 c->arg[2], &addr);
	if (status == EFI_SUCCESS)
		guest_put_u64(c->fw, c->arg[3], addr);
	return status;
}

static efi_status_t free_pages(struct call *c)
{
	return memory_free(c->fw, c->arg[0], c->arg[1]);
}

static uint64_t attribute_of(const struct region *r)
{
	const uint64_t cacheable = EFI_MEMORY_UC | EFI_MEMORY_WC | EFI_MEMORY_WT | EFI_MEMORY_WB;

	if (r->type == EFI_RUNTIME_SERVICES_CODE || r->type == EFI_RUNTIME_SERVICES_DATA)
		return cacheable | (r->owner == REGION_IMAGE ? EFI_MEMORY_RUNTIME : 0);
	if (r->type == EFI_MEMORY_MAPPED_IO)
		return EFI_MEMORY_UC;
	/* memory that is free and nobody's to have here is a driver's of the next kernel */
	if (r->type == EFI_CONVENTIONAL_MEMORY && r->owner == REGION_HOST)
		return cacheable | EFI_MEMORY_SP;
	return cacheable;
}

/* From at on, up to where memory that is more reliable begins or ends, and which of both it is. */
static uint64_t alike_until(const struct firmware_config *config, uint64_t at, uint64_t end,
			    bool *reliable)
{
	*reliable = false;
	for (unsigned i = 0; i < config->n_reliable; i++) {
		const struct ram_range *r = &config->reliable[i];

		if (at >= r->end)
			continue;
		*reliable = at >= r->start;
		return min_u64(end, *reliable ? r->end : r->start);
	}
	return end;
}

/* What the descriptors are put into: nowhere if out is NULL. */
struct description {
	struct efi_memory_descriptor last;
	uint8_t *out;
	uint64_t n;
};

/* Regions that differ only in permissions or owner are one descriptor. */
static void describe_piece(struct description *to, const struct region *r, uint64_t start,
			   uint64_t end, uint64_t attribute)
{
	struct efi_memory_descriptor *d = &to->last;

	if (to->n && d->type == r->type && d->attribute == attribute &&
	    d->physical_start + (d->n_pages << PAGE_SHIFT) == start) {
		d->n_pages += (end - start) >> PAGE_SHIFT;
	} else {
		to->n++;
		*d = (struct efi_memory_descriptor){
			.type = r->type,
			.physical_start = start,
			.n_pages = (end - start) >> PAGE_SHIFT,
			.attribute = attribute,
		};
	}
	if (to->out) {
		memset(to->out + (to->n - 1) * DESCRIPTOR_BYTES, 0, DESCRIPTOR_BYTES);
		memcpy(to->out + (to->n - 1) * DESCRIPTOR_BYTES, d, sizeof(*d));
	}
}

/* Returns how many descriptors it takes. */
static uint64_t describe(const struct firmware *fw, uint8_t *out)
{
	struct description to = { .out = out };
	uint64_t at, end, of_firmware;
	bool reliable;

	for (unsigned i = 0; i < fw->map.n; i++) {
		const struct region *r = &fw->map.region[i];

		for (at = r->start; at < r->end; at = end) {
			end = alike_until(&fw->config, at, r->end, &reliable);
			end = forward_until(fw, at, end, &of_firmware);
			describe_piece(&to, r, at, end,
				       (of_firmware && r->owner == REGION_HOST ? of_firmware
									       : attribute_of(r)) |
					       (reliable ? EFI_MEMORY_MORE_RELIABLE : 0));
		}
	}
	return to.n;
}

static efi_status_t get_memory_map(struct call *c)
{
	struct firmware *fw = c->fw;
	uint64_t need = describe(fw, NULL) * DESCRIPTOR_BYTES, room;
	uint8_t *out;

	if (!guest_get_u64(fw, c->arg[0], &room) || !guest_put_u64(fw, c->arg[0], need))
		return EFI_INVALID_PARAMETER;
	if ((c->arg[3] && !guest_put_u64(fw, c->arg[3], DESCRIPTOR_BYTES)) ||
	    (c->arg[4] && !guest_put_u32(fw, c->arg[4], EFI_MEMORY_DESCRIPTOR_VERSION)))
		return EFI_INVALID_PARAMETER;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	out = guest_write(fw, c->arg[1], need);
	if (!c->arg[1] || !out)
		return EFI_INVALID_PARAMETER;
	if (c->arg[2] && !guest_put_u64(fw, c->arg[2], fw->map.key))
		return EFI_INVALID_PARAMETER;
	describe(fw, out);
	return EFI_SUCCESS;
}

static efi_status_t allocate_pool(struct call *c)
{
	efi_status_t status;
	efi_addr_t addr;

	if (!memory_type_is_valid((uint32_t)c->arg[0]) || !guest_write(c->fw, c->arg[2], 8))
		return EFI_INVALID_PARAMETER;
	status = pool_allocate(c->fw, (uint32_t)c->arg[0], c->arg[1], &addr);
	if (status == EFI_SUCCESS)
		guest_put_u64(c->fw, c->arg[2], addr);
	return status;
}

static efi_status_t free_pool(struct call *c)
{
	return pool_free(c->fw, c->arg[0]);
}

static const struct service services[] = {
	{ "AllocatePages",
	  BS_ALLOCATE_PAGES,
	  allocate_pages,
	  { ARG_ALLOCATE_TYPE, ARG_MEMORY_TYPE, ARG_SIZE, ARG_INOUT } },
	{ "FreePages", BS_FREE_PAGES, free_pages, { ARG_ADDR, ARG_SIZE } },
	{ "GetMemoryMap",
	  BS_GET_MEMORY_MAP,
	  get_memory_map,
	  { ARG_INOUT, ARG_ADDR, ARG_OUT, ARG_OUT, ARG_OUT_U32 } },
	{ "AllocatePool", BS_ALLOCATE_POOL, allocate_pool, { ARG_MEMORY_TYPE, ARG_SIZE, ARG_OUT } },
	{ "FreePool", BS_FREE_POOL, free_pool, { ARG_ADDR } },
};

const struct service_group group_memory = {
	.name = "Memory Allocation Services",
	.section = "7.2",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
