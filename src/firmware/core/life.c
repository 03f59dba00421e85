// SPDX-License-Identifier: MIT
/* A firmware's life: memory, machine, tables, protocols, the image; then run and end. */
#include "firmware/core/life.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/boot_image.h"
#include "firmware/core/config.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/event.h"
#include "firmware/core/forward.h"
#include "firmware/core/gate.h"
#include "firmware/core/groups.h"
#include "firmware/core/handle.h"
#include "firmware/core/image.h"
#include "firmware/core/memory.h"
#include "firmware/core/page_map.h"
#include "firmware/core/part.h"
#include "firmware/core/pool.h"
#include "firmware/core/result.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "firmware/core/tracer.h"
#include "firmware/core/variable.h"
#include "machine/convention.h"

#include <errno.h>
#include <string.h>

enum {
	STACK_PAGES = 64,		     /* UEFI 2.10, 2.3.4 asks for 128 KiB at least */
	STACK_LIMIT_PAGES = STACK_PAGES + 1, /* one below it that nobody may touch */
};

/* A little below 2 GiB: just there a sanitizer's shadow memory begins, in our copy of ourselves. */
#define PRIVATE_PAGE_END UINT64_C(0x7ff00000)

/* RAM is what may be given out and what is shown as a copy. */
unsigned firmware_list_ram(const struct firmware_memory *memory, unsigned n, bool only_backed,
			   struct ram_range *ret_range)
{
	unsigned n_ranges = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!memory[i].backed && (only_backed || !memory[i].copy))
			continue;
		if (n_ranges && ret_range[n_ranges - 1].end == memory[i].start)
			ret_range[n_ranges - 1].end = memory[i].end;
		else
			ret_range[n_ranges++] =
				(struct ram_range){ memory[i].start, memory[i].end };
	}
	return n_ranges;
}

/* That of whoever starts us, or our own. */
static int open_ram(struct firmware *fw, struct why *why)
{
	const struct firmware_config *c = &fw->config;
	unsigned n;

	if (c->ram) {
		fw->ram = *c->ram;
		if (fw->ram.locked)
			ram_lock(&fw->ram); /* a fork does not inherit that */
		return 0;
	}
	fw->ram_range = heap_new(NULL, (c->n_memory + 1) * sizeof(*fw->ram_range));
	if (!fw->ram_range)
		return why_errno(why, -ENOMEM, "guest RAM");
	n = firmware_list_ram(c->memory, c->n_memory, false, fw->ram_range);
	if (!n)
		return why_set(why, -EINVAL, "no memory to give to the image");
	return ram_open(fw->ram_range, n, &fw->ram, why);
}

/*
 * Memory for the image up to the limit; what lies above goes to the next kernel
 * as loader data, which Linux takes over like any other. So the map never
 * promises more than AllocatePages will give. The lower memory, because the kernel stages in
 * what is free above, and takes long for each page of it that something is to go to.
 */
static int list_free(struct firmware *fw, const struct firmware_memory *m, uint64_t *inout_left)
{
	const uint64_t cut =
		m->start + min_u64(align_down(*inout_left, PAGE_BYTES), m->end - m->start);
	const struct region given = { m->start, cut, m->type, REGION_FREE, 0 };
	const struct region kept = { cut, m->end, EFI_LOADER_DATA, REGION_HOST, 0 };
	int r = 0;

	*inout_left -= cut - m->start;
	if (given.start < given.end)
		r = page_map_append(&fw->map, &given);
	if (r == 0 && kept.start < kept.end)
		r = page_map_append(&fw->map, &kept);
	return r;
}

static int list_memory(struct firmware *fw)
{
	const struct firmware_memory *m = fw->config.memory;
	uint64_t left = fw->config.memory_limit;
	struct region r;
	int e;

	for (unsigned i = 0; i < fw->config.n_memory; i++, m++) {
		r = (struct region){ m->start, m->end, m->type, REGION_HOST,
				     m->copy ? MACHINE_READ : 0 };
		e = m->backed ? list_free(fw, m, &left) : page_map_append(&fw->map, &r);
		if (e < 0)
			return e;
		if (m->copy)
			memcpy(fw->ram.host + m->start, m->copy, m->end - m->start);
	}
	return forward_claim(fw);
}

/* Pages for ourselves: what lies there is nobody's to free and not carried over. */
static uint64_t take(struct firmware *fw, uint64_t n_pages, uint64_t end, unsigned prot)
{
	uint64_t addr = page_map_search(&fw->map, n_pages, PAGE_BYTES, UINT64_C(1) << 20, end);
	const struct region to = {
		.start = addr,
		.end = addr + (n_pages << PAGE_SHIFT),
		.type = EFI_BOOT_SERVICES_DATA,
		.owner = REGION_HOST,
		.prot = (uint8_t)prot,
	};

	return addr && page_map_set(&fw->map, &to) == 0 ? addr : 0;
}

static int memory_open(struct firmware *fw, struct why *why)
{
	const uint64_t resume_pages = pages_for(fw->config.resume_bytes);
	int r;

	r = open_ram(fw, why);
	if (r < 0)
		return r;
	r = list_memory(fw);
	if (r < 0)
		return why_errno(why, r, "memory map");
	fw->gates_bytes = align_up(gates_needed(fw) * GATE_BYTES, PAGE_BYTES);
	fw->private_page = take(fw, 1, PRIVATE_PAGE_END, 0);
	fw->gates = take(fw, fw->gates_bytes >> PAGE_SHIFT, UINT64_C(1) << 32,
			 MACHINE_READ | MACHINE_EXEC);
	if (resume_pages)
		fw->resume.start = take(fw, resume_pages, UINT64_C(1) << 32, 0);
	fw->resume.end = fw->resume.start + (resume_pages << PAGE_SHIFT);
	if (!fw->private_page || !fw->gates || (resume_pages && !fw->resume.start))
		return why_set(why, -ENOMEM, "too little memory below 2 GiB");
	/* a gate is an instruction that stops the machine, and so is every byte around it */
	convention_fill_gates(fw->ram.host + fw->gates, fw->gates_bytes);
	return 0;
}

static int machine_open(struct firmware *fw, struct why *why)
{
	const struct machine_config config = {
		.ram = &fw->ram,
		.gates = fw->gates,
		.gates_bytes = fw->gates_bytes,
		.private_page = fw->private_page,
		.pm_timer_port = fw->config.pm_timer_port,
		.mmfr0 = fw->config.mmfr0,
		.cpu_seconds = fw->config.timeout_s,
		.apart = fw->config.apart,
	};
	const struct region *r;
	int e;

	e = fw->config.machine->open(&config, &fw->machine, why);
	for (unsigned i = 0; e == 0 && i < fw->map.n; i++) {
		r = &fw->map.region[i];
		if (r->prot)
			e = fw->machine->ops->protect(fw->machine, r->start, r->end - r->start,
						      r->prot, why);
	}
	return e;
}

static int confine(struct firmware *fw, struct why *why)
{
	const struct firmware_begun begun = { fw->machine, fw->resume };

	return fw->config.confine ? fw->config.confine(fw->config.confine_context, &begun, why) : 0;
}

static int stack_open(struct firmware *fw, struct why *why)
{
	uint64_t addr = 0;

	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_BOOT_SERVICES_DATA, STACK_LIMIT_PAGES,
			    &addr) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a stack");
	memory_protect(fw, addr, addr + PAGE_BYTES, 0);
	machine_set_sp(&fw->machine->regs, addr + STACK_LIMIT_PAGES * PAGE_BYTES);
	return 0;
}

static int open_all(struct firmware *fw, struct why *why)
{
	int (*const step[])(struct firmware *, struct why *) = {
		memory_open, machine_open, confine,    variables_open,
		tables_open, stack_open,   parts_open, boot_image_load,
	};
	int r = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(step) && r == 0; i++)
		r = step[i](fw, why);
	if (r == 0 && fw->error) {
		r = fw->error;
		*why = fw->why;
	}
	return r;
}

int core_new(const struct firmware_config *config, const struct parts *parts,
	     struct firmware **ret_firmware, struct why *why)
{
	struct firmware *fw = heap_new(NULL, sizeof(*fw));
	int r;

	if (!fw)
		return why_errno(why, -ENOMEM, "firmware");
	fw->config = *config;
	fw->parts = parts;
	groups_list(parts, &fw->groups);
	fw->ram.fd = -1;
	fw->heap.limit = HEAP_BYTES;
	fw->heap.secret = config->hash_secret;
	fw->pool.heap = fw->map.heap = &fw->heap;
	events_open(fw, guest_call);
	handles_open(fw);
	r = open_all(fw, why);
	if (r < 0) {
		firmware_free(fw);
		return r;
	}
	fw->config.image = (struct bytes){ 0 };
	*ret_firmware = fw;
	return 0;
}

void firmware_stop(struct firmware *fw)
{
	if (fw->machine)
		fw->machine->ops->close(fw->machine);
	fw->machine = NULL;
}

void firmware_free(struct firmware *fw)
{
	if (!fw)
		return;
	firmware_stop(fw);
	parts_close(fw);
	images_free(fw);
	handles_free(fw);
	events_free(fw);
	variables_free(fw);
	pool_free_all(&fw->pool);
	page_map_free(&fw->map);
	if (!fw->config.ram)
		ram_close(&fw->ram);
	heap_free(NULL, fw->ram_range);
	heap_free(NULL, fw->frozen_page);
	heap_free(NULL, fw->options);
	heap_free(NULL, fw->told);
	heap_close(&fw->heap);
	heap_free(NULL, fw);
}

int firmware_run(struct firmware *fw, enum firmware_end *ret_end, efi_status_t *ret_status,
		 struct why *why)
{
	efi_status_t status;

	fw->started_ns = fw->entered_ns = now_ns();
	status = image_start(fw, fw->images.first);
	fw->summary.service_ns += now_ns() - fw->entered_ns;
	fw->missed.unseen = fw->machine->unseen;
	trace_flush(fw);
	fw->failed = fw->error || (fw->ended ? fw->end != FIRMWARE_BOOT : status >> 63);
	if (fw->error) {
		*why = fw->why;
		return fw->error;
	}
	*ret_end = fw->ended ? fw->end : FIRMWARE_EXITED;
	*ret_status = fw->ended ? fw->end_status : status;
	if (*ret_end == FIRMWARE_VIOLATION || *ret_end == FIRMWARE_RESET)
		*why = fw->why;
	return 0;
}

void firmware_summarize(const struct firmware *fw, struct firmware_summary *ret_summary)
{
	*ret_summary = fw->summary;
	for (unsigned i = 0; i < fw->map.n; i++) {
		const struct region *r = &fw->map.region[i];

		if (r->owner == REGION_IMAGE && r->type < EFI_MAX_MEMORY_TYPE)
			ret_summary->bytes_by_type[r->type] += r->end - r->start;
	}
}
