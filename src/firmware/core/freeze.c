// SPDX-License-Identifier: MIT
/* The end of boot services: everything as the next kernel is to find it. */
#include "firmware/core/internal.h"
#include "firmware/core/services.h"
#include "machine/frozen.h"

#include <errno.h>
#include <stdlib.h>
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
	unsigned n = 0;

	for (struct event *e = fw->events.all; e && n < RUNTIME_MAX_NOTIFY; e = e->next)
		if (e->grouped && e->function &&
		    guid_equal(&e->group, &guid_event_virtual_address_change))
			notify[n++] = (struct runtime_notify){ e->function, e->name, e->context };
	return n;
}

/* Variables go where the code that stays will look for them. */
static bool freeze_runtime(struct firmware *fw)
{
	uint8_t *p = guest_write(fw, fw->runtime_data, fw->runtime_data_bytes);
	struct runtime_data data;

	if (!p || !guest_read(fw, fw->runtime_code, PAGE_BYTES)) {
		violation(fw, "freed the memory of the runtime services");
		return false;
	}
	memcpy(&data, p, sizeof(data));
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
	struct machine_regs *regs = &fw->machine->regs;
	int r;

	if (!freeze_runtime(fw) || !seed_freeze(fw))
		return;
	tables_end_boot_services(fw);
	if (!guest_get_u64(fw, regs->rsp, &regs->rip)) {
		violation(fw, "calls ExitBootServices with its stack outside RAM (%#jx)",
			  (uintmax_t)regs->rsp);
		return;
	}
	regs->rsp += 8;
	regs->rax = EFI_SUCCESS;
	fw->frozen_regs = *regs;
	r = fw->machine->ops->get_fpu(fw->machine, &fw->frozen_fpu, &fw->why);
	if (r < 0) {
		broken(fw, r, NULL);
		return;
	}
	fw->frozen_page = calloc(fw->map.n, sizeof(*fw->frozen_page));
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

void firmware_wipe(struct firmware *fw)
{
	for (unsigned i = 0; i < fw->n_ram_ranges; i++)
		ram_wipe(&fw->ram, fw->ram_range[i].start, fw->ram_range[i].end);
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
