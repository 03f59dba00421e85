// SPDX-License-Identifier: MIT
/* The end of boot services: everything as the next kernel is to find it. */
#include "firmware/core/freeze.h"
#include "base/bytes.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/forward.h"
#include "firmware/core/guid.h"
#include "firmware/core/measurer.h"
#include "firmware/core/page_map.h"
#include "firmware/core/result.h"
#include "firmware/core/seed.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "firmware/core/variable.h"
#include "guest/runtime_abi.h"
#include "machine/frozen.h"

#include <errno.h>
#include <string.h>

static void note_page(struct firmware *fw, const struct region *r)
{
	struct ram_range *last = fw->frozen_page + fw->n_frozen_pages - 1;

	if (fw->n_frozen_pages && last->end == r->start)
		last->end = r->end;
	else
		fw->frozen_page[fw->n_frozen_pages++] = (struct ram_range){ r->start, r->end };
}

/* The events that want to know about virtual addresses are the runtime code's to notify. */
static unsigned virtual_address_events(struct firmware *fw,
				       struct runtime_notify notify[static RUNTIME_MAX_NOTIFY])
{
	const struct event_group *g = event_group_find(fw, &guid_event_virtual_address_change);
	unsigned n = 0;

	for (struct event *e = g ? g->first : NULL; e && n < RUNTIME_MAX_NOTIFY;
	     e = e->next_of_group)
		if (e->function)
			notify[n++] = (struct runtime_notify){ e->function, e->name, e->context };
	return n;
}

/*
 * What the next kernel has to leave alone, and the one behind it need not: it finds no other
 * way to know. Best effort: what is not told stays reserved for ever, a few pages a boot.
 */
static void tell_ranges(struct firmware *fw)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;
	struct runtime_memory range[RUNTIME_MAX_RANGES];
	unsigned n = 0;

	for (unsigned i = 0; i < fw->map.n && n < ARRAY_SIZE(range); i++) {
		const struct region *r = &fw->map.region[i];

		if (r->owner != REGION_IMAGE ||
		    (r->type != EFI_RUNTIME_SERVICES_CODE && r->type != EFI_RUNTIME_SERVICES_DATA &&
		     r->type != EFI_ACPI_RECLAIM_MEMORY))
			continue;
		if (n && range[n - 1].end == r->start)
			range[n - 1].end = r->end;
		else
			range[n++] = (struct runtime_memory){ r->start, r->end };
	}
	variable_offer(fw, &vendor, RUNTIME_RANGES_VARIABLE,
		       EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
		       (struct bytes){ (const uint8_t *)range, n * sizeof(range[0]) }, true);
}

/* Variables go where the code that stays will look for them. */
static bool freeze_runtime(struct firmware *fw)
{
	uint8_t *p = guest_write(fw, fw->runtime_data,
				 fw->runtime_data_bytes + fw->runtime_tables_bytes);
	struct runtime_data data;

	if (!p || !guest_read(fw, fw->runtime_code, PAGE_BYTES)) {
		violation(fw, "freed the memory of the runtime services");
		return false;
	}
	tell_ranges(fw);
	forward_tell(fw);
	memcpy(&data, p, sizeof(data));
	forward_make(fw, p, &data);
	data.n_notify = virtual_address_events(fw, data.notify);
	data.store_bytes = variables_store(fw, p + sizeof(data));
	data.max_storage_bytes = VARIABLE_STORE_BYTES + fw->variables.host_bytes;
	data.free_storage_bytes = data.max_storage_bytes - data.store_bytes;
	data.max_variable_bytes = VARIABLE_MAX_BYTES;
	data.at_boot = 0;
	memset(data.boot_gate, 0, sizeof(data.boot_gate));
	memcpy(p, &data, sizeof(data));
	return true;
}

/*
 * Boot services are over. The registers are made to look as after the call's
 * return; whoever resumes them resumes the image.
 */
void boot_freeze(struct firmware *fw)
{
	int r;

	if (!freeze_runtime(fw) || !seed_freeze(fw))
		return;
	measure_leave(fw);
	if (fw->ended)
		return;
	tables_end_boot_services(fw);
	if (!guest_return(fw, EFI_SUCCESS)) {
		violation(fw, "calls ExitBootServices with its stack outside RAM (%#jx)",
			  (uintmax_t)machine_sp(&fw->machine->regs));
		return;
	}
	fw->frozen_regs = fw->machine->regs;
	r = fw->machine->ops->get_fpu(fw->machine, &fw->frozen_fpu, &fw->why);
	if (r < 0) {
		broken(fw, r, NULL);
		return;
	}
	fw->frozen_page = heap_new(NULL, fw->map.n * sizeof(*fw->frozen_page));
	if (!fw->frozen_page) {
		broken(fw, -ENOMEM, "freezing");
		return;
	}
	for (unsigned i = 0; i < fw->map.n; i++)
		if (fw->map.region[i].owner == REGION_IMAGE)
			note_page(fw, &fw->map.region[i]);
	fw->booted = fw->images.running;
	fw->ended = true;
	fw->end = FIRMWARE_BOOT;
}

void firmware_frozen(struct firmware *fw, struct frozen *ret_frozen)
{
	*ret_frozen = (struct frozen){
		.regs = fw->frozen_regs,
		.fpu = fw->frozen_fpu,
		.ram = &fw->ram,
		.pages = fw->frozen_page,
		.n_pages = fw->n_frozen_pages,
		.resume = fw->resume,
		.seed = fw->seed,
		.secret = fw->secret,
		.n_secret = fw->n_secrets,
	};
}
