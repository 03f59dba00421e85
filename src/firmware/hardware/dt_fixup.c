// SPDX-License-Identifier: MIT
/*
 * EFI_DT_FIXUP_PROTOCOL (github.com/U-Boot-EFI/EFI_DT_FIXUP_PROTOCOL, 2025-01-13): a device tree
 * that an image brings gets what the machine's own has to say, and memory that it reserves is left
 * alone. The draft of 2020-12-12 could have the tree installed, too, which U-Boot still can.
 */
#include "base/heap.h"
#include "base/util.h"
#include "base/why.h"
#include "fdt/fixup.h"
#include "fdt/reserved.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/granule.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "firmware/hardware/hardware.h"

#include <string.h>

enum {
	APPLY_FIXUPS = 1,
	RESERVE_MEMORY = 2,
	INSTALL_TABLE = 4,
	ALL_FLAGS = APPLY_FIXUPS | RESERVE_MEMORY | INSTALL_TABLE,
	REVISION = 0x00010000,
	MOST_BYTES = 16 << 20, /* larger ones no kernel takes */
};

static const struct service_group group_dt_fixup;

/* The tree in the image's memory, as long as its header says. */
static bool tree_at(struct call *c, struct bytes *ret_tree)
{
	struct bytes header = { guest_read(c->fw, c->arg[1], FDT_HEADER_BYTES), FDT_HEADER_BYTES };
	uint32_t n;

	if (!header.p || !fdt_total(header, &n) || n > MOST_BYTES)
		return false;
	*ret_tree = (struct bytes){ guest_read(c->fw, c->arg[1], n), n };
	return ret_tree->p;
}

/* What is free of [start, end) is nobody's any more. */
static void reserve(struct firmware *fw, uint64_t start, uint64_t end, uint32_t type)
{
	const struct region *r;
	uint64_t at, to;

	for (at = start; at < end && (r = page_map_behind(&fw->map, at)); at = to) {
		at = max_u64(at, r->start);
		to = min_u64(end, r->end);
		if (r->owner != REGION_FREE || at >= to)
			continue;
		/* where it is cut otherwise than this type may be, the tree alone says which it is
		 */
		if (memory_allocate(fw, EFI_ALLOCATE_ADDRESS, type, (to - at) >> PAGE_SHIFT, &at) !=
		    EFI_SUCCESS)
			(void)memory_allocate(fw, EFI_ALLOCATE_ADDRESS, EFI_BOOT_SERVICES_DATA,
					      (to - at) >> PAGE_SHIFT, &at);
	}
}

static efi_status_t reserve_all(struct firmware *fw, struct bytes tree)
{
	uint64_t start, n;
	bool no_map;
	int r;

	for (unsigned i = 0; (r = fdt_reserved_range(tree, i, &start, &n, &no_map)) > 0; i++) {
		if (out_of_time(fw))
			return EFI_ABORTED;
		if (n && n <= UINT64_MAX - PAGE_BYTES - start)
			reserve(fw, align_down(start, PAGE_BYTES), align_up(start + n, PAGE_BYTES),
				no_map ? EFI_RESERVED_MEMORY : EFI_BOOT_SERVICES_DATA);
	}
	return r < 0 ? EFI_INVALID_PARAMETER : EFI_SUCCESS;
}

/* In place; too small a buffer is left as it was. */
static efi_status_t apply(struct call *c, struct bytes tree, uint64_t room)
{
	const uint64_t n = fdt_fixup(tree, c->fw->config.device_tree, NULL, 0);
	uint8_t *fixed, *to;

	if (!n)
		return EFI_INVALID_PARAMETER;
	if (room < n) {
		guest_put_u64(c->fw, c->arg[2], n);
		return EFI_BUFFER_TOO_SMALL;
	}
	to = guest_write(c->fw, c->arg[1], n);
	if (!to)
		return EFI_INVALID_PARAMETER;
	fixed = heap_bytes(&c->fw->heap, n);
	if (!fixed)
		return EFI_OUT_OF_RESOURCES;
	if (fdt_fixup(tree, c->fw->config.device_tree, fixed, n) == n)
		memcpy(to, fixed, n);
	heap_bytes_free(&c->fw->heap, fixed);
	return EFI_SUCCESS;
}

static efi_status_t fixup(struct call *c)
{
	const uint32_t flags = (uint32_t)c->arg[3];
	efi_status_t status = EFI_SUCCESS;
	struct bytes tree;
	uint64_t room;

	if (!call_object(c, &group_dt_fixup) || !flags || flags & ~ALL_FLAGS ||
	    !guest_get_u64(c->fw, c->arg[2], &room) ||
	    !guest_write(c->fw, c->arg[2], sizeof(room)) || !tree_at(c, &tree))
		return EFI_INVALID_PARAMETER;
	if (flags & APPLY_FIXUPS)
		status = apply(c, tree, room);
	else if (room < tree.n) {
		guest_put_u64(c->fw, c->arg[2], tree.n);
		status = EFI_BUFFER_TOO_SMALL;
	}
	if (status == EFI_SUCCESS && flags & RESERVE_MEMORY)
		status = tree_at(c, &tree) ? reserve_all(c->fw, tree) : EFI_INVALID_PARAMETER;
	if (status == EFI_SUCCESS && flags & INSTALL_TABLE)
		status = table_install(c->fw, &guid_device_tree, c->arg[1]);
	return status;
}

static const struct service services[] = {
	{ "Fixup",
	  1,
	  fixup,
	  { ARG_THIS, ARG_ADDR, ARG_INOUT, ARG_U32 },
	  "Where a device tree describes the machine. /chosen gets what it lacks; the serial "
	  "number, "
	  "network addresses and memory become the machine's, and its reserved memory is added." },
};

static const struct service_group group_dt_fixup = {
	.name = "EFI_DT_FIXUP_PROTOCOL",
	.section = "EFI Device Tree Fixup Protocol Specification",
	.guid = &guid_dt_fixup,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int dt_fixup_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;
	int r;

	if (!fw->config.device_tree.n)
		return 0;
	r = protocol_offer(fw, &handle, &group_dt_fixup, &fw->config.device_tree, why);
	if (r == 0)
		guest_put_u64(fw, protocol_find(fw, handle, &guid_dt_fixup)->interface, REVISION);
	return r;
}

const struct part part_dt_fixup = { .groups = { &group_dt_fixup }, .open = dt_fixup_open };
