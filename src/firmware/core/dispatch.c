// SPDX-License-Identifier: MIT
/* From a gate to its row and back; calls into the guest; how a run ends. */
#include "firmware/core/internal.h"

#include <stdarg.h>
#include <string.h>

enum { RFLAGS_AT_CALL = 0x202, RED_ZONE = 128, SHADOW_SPACE = 32, STACK_ARGS = 16 };

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

unsigned gates_needed(void)
{
	unsigned n = 1; /* to return from calls into the guest */

	for (unsigned i = 0; i < service_n_groups; i++)
		n += service_groups[i]->n;
	return n;
}

static efi_addr_t return_gate(const struct firmware *fw)
{
	return fw->gates + (gates_needed() - 1) * GATE_BYTES;
}

efi_addr_t service_gate(const struct firmware *fw, const struct service *service)
{
	unsigned before = 0;

	for (unsigned i = 0; i < service_n_groups; i++) {
		const struct service_group *g = service_groups[i];

		if (service >= g->service && service < g->service + g->n)
			return fw->gates + (before + (unsigned)(service - g->service)) * GATE_BYTES;
		before += g->n;
	}
	return 0;
}

static const struct service *service_at(const struct firmware *fw, uint64_t addr)
{
	uint64_t i = (addr - fw->gates) / GATE_BYTES;

	if ((addr - fw->gates) % GATE_BYTES)
		return NULL;
	for (unsigned g = 0; g < service_n_groups; g++) {
		if (i < service_groups[g]->n)
			return &service_groups[g]->service[i];
		i -= service_groups[g]->n;
	}
	return NULL;
}

void violation(struct firmware *fw, const char *fmt, ...)
{
	va_list ap;

	if (fw->ended)
		return;
	fw->ended = true;
	fw->end = FIRMWARE_VIOLATION;
	va_start(ap, fmt);
	vsnprintf(fw->why.text, sizeof(fw->why.text), fmt, ap);
	va_end(ap);
}

void broken(struct firmware *fw, int r, const char *what)
{
	if (fw->error)
		return;
	fw->ended = true;
	fw->error = r;
	if (what)
		why_errno(&fw->why, r, "%s", what);
}

bool out_of_time(struct firmware *fw)
{
	const uint64_t limit_ns = fw->config.timeout_s * UINT64_C(1000000000);
	const uint64_t now = limit_ns || fw->watchdog_ns ? now_ns() : 0;

	if (limit_ns && now - fw->started_ns >= limit_ns)
		violation(fw, "ran for %u s, its limit", fw->config.timeout_s);
	if (fw->watchdog_ns && now >= fw->watchdog_ns)
		violation(fw, "its watchdog of %ju s expired (code %#jx)",
			  (uintmax_t)fw->watchdog_s, (uintmax_t)fw->watchdog_code);
	return fw->ended;
}

uint64_t call_stack_arg(struct call *call, unsigned i)
{
	uint64_t v;

	if (guest_get_u64(call->fw, call->rsp + 8 + SHADOW_SPACE + 8 * (uint64_t)(i - 4), &v))
		return v;
	violation(call->fw, "calls %s with its stack outside RAM (%#jx)", call->service->name,
		  (uintmax_t)call->rsp);
	return 0;
}

/* The upper part of a register that holds a narrow argument is undefined. */
static uint64_t narrow(enum arg_kind kind, uint64_t v)
{
	switch (kind) {
	case ARG_U32:
	case ARG_MEMORY_TYPE:
	case ARG_ALLOCATE_TYPE:
	case ARG_SEARCH_TYPE:
	case ARG_TIMER_TYPE:
	case ARG_RESET_TYPE:
	case ARG_OPEN_ATTRIBUTES:
	case ARG_VARIABLE_ATTRIBUTES:
		return (uint32_t)v;
	case ARG_U16:
		return (uint16_t)v;
	case ARG_U8:
	case ARG_BOOL:
		return (uint8_t)v;
	default:
		return v;
	}
}

static void read_args(struct call *call)
{
	const struct machine_regs *regs = &call->fw->machine->regs;
	const uint64_t in_regs[4] = { regs->rcx, regs->rdx, regs->r8, regs->r9 };

	for (unsigned i = 0; i < SERVICE_MAX_ARGS && call->service->args[i]; i++)
		call->arg[i] = narrow(call->service->args[i],
				      i < 4 ? in_regs[i] : call_stack_arg(call, i));
}

/* Back to the caller: pop its return address, result in rax. */
static void return_to_caller(struct firmware *fw, efi_status_t status)
{
	struct machine_regs *regs = &fw->machine->regs;
	uint64_t back;

	if (!guest_get_u64(fw, regs->rsp, &back)) {
		violation(fw, "called a service with its stack outside RAM (%#jx)",
			  (uintmax_t)regs->rsp);
		return;
	}
	regs->rax = status;
	regs->rip = back;
	regs->rsp += 8;
}

static void dispatch(struct firmware *fw, const struct service *service)
{
	struct call call = { .fw = fw, .service = service, .rsp = fw->machine->regs.rsp };
	efi_status_t status = EFI_UNSUPPORTED;
	uint64_t began = 0;

	call.number = ++fw->summary.n_calls;
	read_args(&call);
	if (fw->trace)
		began = trace_call(&call);
	if (!fw->ended && service->answer)
		status = service->answer(&call);
	if (fw->trace)
		trace_result(&call, status, began);
	/* Exit leaves by its frame, ExitBootServices set the registers itself */
	if (fw->ended || fw->frame->done)
		return;
	return_to_caller(fw, status);
	if (!fw->ended)
		events_run(fw);
}

static void on_gate(struct firmware *fw, struct frame *frame, uint64_t addr)
{
	const struct service *service;

	if (addr == return_gate(fw)) {
		if (fw->machine->regs.rsp != frame->rsp) {
			violation(fw, "returns to the firmware with a wrong stack pointer (%#jx)",
				  (uintmax_t)fw->machine->regs.rsp);
			return;
		}
		frame->done = true;
		frame->status = fw->machine->regs.rax;
		return;
	}
	service = service_at(fw, addr);
	if (service)
		dispatch(fw, service);
	else
		violation(fw, "jumps into the firmware at an address that is no entry (%#jx)",
			  (uintmax_t)addr);
}

/* It sleeps until an interrupt; the next timer is the only one there is. */
static void on_halt(struct firmware *fw)
{
	terminal_wait(fw, min_u64(events_next_due(fw), now_ns() + 10000000));
	events_interrupt(fw);
	out_of_time(fw);
}

static void run_frame(struct firmware *fw, struct frame *frame)
{
	struct machine_exit exit;
	uint64_t now;
	int r;

	while (!fw->ended && !frame->done) {
		now = now_ns();
		fw->summary.service_ns += now - fw->entered_ns;
		r = fw->machine->ops->run(fw->machine, &exit, &fw->why);
		fw->entered_ns = now_ns();
		fw->summary.image_ns += fw->entered_ns - now;
		if (r < 0) {
			broken(fw, r, NULL);
			return;
		}
		switch (exit.kind) {
		case MACHINE_GATE:
			on_gate(fw, frame, exit.addr);
			break;
		case MACHINE_TICK:
			trace_flush(fw); /* it may run for long without a call */
			if (!out_of_time(fw))
				events_interrupt(fw);
			break;
		case MACHINE_HALT:
			on_halt(fw);
			break;
		case MACHINE_FAULT:
			if (!memory_show_work_area(fw, exit.addr))
				violation(fw, "%s", exit.why.text);
			break;
		case MACHINE_SYSCALL:
		case MACHINE_LIMIT:
			violation(fw, "%s", exit.why.text);
			break;
		}
	}
}

efi_status_t guest_call_many(struct firmware *fw, uint64_t function,
			     const uint64_t arg[static GUEST_CALL_ARGS], struct image *image)
{
	const struct machine_regs saved = fw->machine->regs;
	struct machine_regs *regs = &fw->machine->regs;
	struct frame frame = { .outer = fw->frame, .image = image };
	uint64_t sp;

	if (fw->depth >= MAX_DEPTH)
		return EFI_OUT_OF_RESOURCES;
	sp = align_down(saved.rsp - RED_ZONE, 16) - SHADOW_SPACE - STACK_ARGS;
	if (!guest_put_u64(fw, sp - 8, return_gate(fw)) || !guest_write(fw, sp, SHADOW_SPACE) ||
	    !guest_put_u64(fw, sp + SHADOW_SPACE, arg[4])) {
		violation(fw, "left no room on its stack for a call (%#jx)", (uintmax_t)saved.rsp);
		return EFI_ABORTED;
	}
	frame.rsp = sp;
	*regs = (struct machine_regs){
		.rip = function,
		.rsp = sp - 8,
		.rflags = RFLAGS_AT_CALL,
		.rcx = arg[0],
		.rdx = arg[1],
		.r8 = arg[2],
		.r9 = arg[3],
	};
	fw->frame = &frame;
	fw->depth++;
	run_frame(fw, &frame);
	fw->depth--;
	fw->frame = frame.outer;
	if (!fw->ended)
		*regs = saved;
	return frame.status;
}

efi_status_t guest_call(struct firmware *fw, uint64_t function, const uint64_t arg[static 4],
			struct image *image)
{
	const uint64_t padded[GUEST_CALL_ARGS] = { arg[0], arg[1], arg[2], arg[3] };

	return guest_call_many(fw, function, padded, image);
}
