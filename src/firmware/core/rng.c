// SPDX-License-Identifier: MIT
/* EFI_RNG_PROTOCOL (UEFI 2.10, 37.5): the host kernel's random numbers. */
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

enum { MAX_AT_ONCE = 1 << 20 };

/* One algorithm: raw, which is also the default. What the kernel gives is at least that good. */
static efi_status_t get_info(struct call *c)
{
	uint64_t room;

	if (!guest_get_u64(c->fw, c->arg[1], &room) ||
	    !guest_put_u64(c->fw, c->arg[1], sizeof(struct efi_guid)))
		return EFI_INVALID_PARAMETER;
	if (room < sizeof(struct efi_guid))
		return EFI_BUFFER_TOO_SMALL;
	if (!guest_put(c->fw, c->arg[2], &guid_rng_raw, sizeof(guid_rng_raw)))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

/* Whoever stages this memory makes copies of it, and has to know which to erase. */
static void note_secret(struct firmware *fw, uint64_t start, uint64_t end)
{
	struct ram_range *last = fw->secret + fw->n_secrets - 1;

	start = align_down(start, PAGE_BYTES);
	end = align_up(end, PAGE_BYTES);
	if (fw->n_secrets && start >= last->start && end <= last->end)
		return;
	if (fw->n_secrets == MAX_SECRETS)
		*last = (struct ram_range){ min_u64(start, last->start), max_u64(end, last->end) };
	else
		fw->secret[fw->n_secrets++] = (struct ram_range){ start, end };
}

static efi_status_t get_rng(struct call *c)
{
	struct efi_guid algorithm;
	void *out;

	if (c->arg[2] == 0 || !c->arg[3])
		return EFI_INVALID_PARAMETER;
	if (c->arg[1]) {
		if (!guest_get_guid(c->fw, c->arg[1], &algorithm))
			return EFI_INVALID_PARAMETER;
		if (!guid_equal(&algorithm, &guid_rng_raw))
			return EFI_UNSUPPORTED;
	}
	if (c->arg[2] > MAX_AT_ONCE)
		return EFI_DEVICE_ERROR;
	out = guest_write(c->fw, c->arg[3], c->arg[2]);
	if (!out)
		return EFI_INVALID_PARAMETER;
	c->fw->config.random(out, c->arg[2]);
	note_secret(c->fw, c->arg[3], c->arg[3] + c->arg[2]);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "GetInfo", 0, get_info, { ARG_THIS, ARG_INOUT, ARG_ADDR } },
	{ "GetRNG",
	  1,
	  get_rng,
	  { ARG_THIS, ARG_GUID, ARG_SIZE, ARG_ADDR },
	  "getrandom(2); the raw algorithm and the default, EFI_UNSUPPORTED for others." },
};

static const struct service_group group_rng = {
	.name = "EFI_RNG_PROTOCOL",
	.section = "37.5",
	.guid = &guid_rng,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int rng_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_rng, NULL, why);
}

const struct part part_rng = { .groups = { &group_rng }, .open = rng_open };
