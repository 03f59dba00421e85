// SPDX-License-Identifier: MIT
/* EFI_MEMORY_ATTRIBUTE_PROTOCOL (UEFI 2.10, 7.2.7): permissions of pages, which really change. */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/page_map.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

static const uint64_t all_attributes = EFI_MEMORY_RP | EFI_MEMORY_RO | EFI_MEMORY_XP;

static uint64_t attributes_of(unsigned prot)
{
	return (prot & MACHINE_READ ? 0 : EFI_MEMORY_RP) |
	       (prot & MACHINE_WRITE ? 0 : EFI_MEMORY_RO) |
	       (prot & MACHINE_EXEC ? 0 : EFI_MEMORY_XP);
}

static unsigned prot_of(uint64_t attributes)
{
	return (attributes & EFI_MEMORY_RP ? 0u : MACHINE_READ) |
	       (attributes & EFI_MEMORY_RO ? 0u : MACHINE_WRITE) |
	       (attributes & EFI_MEMORY_XP ? 0u : MACHINE_EXEC);
}

/* [arg1, arg1 + arg2): whole pages that the image has. */
static efi_status_t range_args(struct call *c)
{
	const uint64_t start = c->arg[1], n = c->arg[2];

	if (start % PAGE_BYTES || n % PAGE_BYTES || n == 0)
		return EFI_INVALID_PARAMETER;
	if (n > UINT64_MAX - start || !page_map_owned(&c->fw->map, start, start + n, REGION_IMAGE))
		return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

/* The same for all of the range, or there is no answer. */
static efi_status_t get_memory_attributes(struct call *c)
{
	efi_status_t status = range_args(c);
	const struct region *r;
	uint64_t attributes = 0;

	if (!c->arg[3] || !guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	if (status != EFI_SUCCESS)
		return status;
	for (uint64_t at = c->arg[1]; at < c->arg[1] + c->arg[2]; at = r->end) {
		r = page_map_find(&c->fw->map, at);
		if (at != c->arg[1] && attributes != attributes_of(r->prot))
			return EFI_NO_MAPPING;
		attributes = attributes_of(r->prot);
	}
	guest_put_u64(c->fw, c->arg[3], attributes);
	return EFI_SUCCESS;
}

static efi_status_t change(struct call *c, bool set)
{
	const efi_status_t status = range_args(c);
	const uint64_t which = c->arg[3];
	const uint8_t without = (uint8_t)prot_of(which), all = (uint8_t)prot_of(0);

	if (status != EFI_SUCCESS)
		return status;
	if (!which || which & ~all_attributes)
		return EFI_INVALID_PARAMETER;
	return memory_permit(c->fw, c->arg[1], c->arg[1] + c->arg[2],
			     &(struct permission){
				     .keep = set ? without : all,
				     .add = set ? 0 : all & (uint8_t)~without,
			     });
}

static efi_status_t set_memory_attributes(struct call *c)
{
	return change(c, true);
}

static efi_status_t clear_memory_attributes(struct call *c)
{
	return change(c, false);
}

static const struct service services[] = {
	{ "GetMemoryAttributes",
	  0,
	  get_memory_attributes,
	  { ARG_THIS, ARG_ADDR, ARG_SIZE, ARG_OUT } },
	{ "SetMemoryAttributes",
	  1,
	  set_memory_attributes,
	  { ARG_THIS, ARG_ADDR, ARG_SIZE, ARG_HEX } },
	{ "ClearMemoryAttributes",
	  2,
	  clear_memory_attributes,
	  { ARG_THIS, ARG_ADDR, ARG_SIZE, ARG_HEX } },
};

static const struct service_group group_memory_attribute = {
	.name = "EFI_MEMORY_ATTRIBUTE_PROTOCOL",
	.section = "7.2.7",
	.guid = &guid_memory_attribute,
	.n_slots = 3,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int memory_attribute_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_memory_attribute, NULL, why);
}

const struct part part_memory_attribute = { .groups = { &group_memory_attribute },
					    .open = memory_attribute_open };
