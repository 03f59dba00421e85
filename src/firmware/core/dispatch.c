// SPDX-License-Identifier: MIT
/* From a gate to its row and back; calls into the guest. */
#include "firmware/core/dispatch.h"
#include "base/clock.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/clock.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/gate.h"
#include "firmware/core/image.h"
#include "firmware/core/memory.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tracer.h"

#include <string.h>

static const void *stack_read(void *context, uint64_t addr, uint64_t n_bytes)
{
	return guest_read(context, addr, n_bytes);
}

static void *stack_write(void *context, uint64_t addr, uint64_t n_bytes)
{
	return guest_write(context, addr, n_bytes);
}

static struct convention_stack stack_of(struct firmware *fw)
{
	return (struct convention_stack){ fw, stack_read, stack_write };
}

uint64_t call_arg(struct call *call, unsigned i)
{
	const struct convention_stack stack = stack_of(call->fw);
	uint64_t v;

	if (convention_arg(&call->regs, &stack, i, &v))
		return v;
	violation(call->fw, "calls %s with its stack outside RAM (%#jx)", call->service->name,
		  (uintmax_t)machine_sp(&call->regs));
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
	for (unsigned i = 0; i < SERVICE_MAX_ARGS && call->service->args[i]; i++)
		call->arg[i] = narrow(call->service->args[i], call_arg(call, i));
}

bool guest_return(struct firmware *fw, efi_status_t status)
{
	const struct convention_stack stack = stack_of(fw);

	return convention_return(&fw->machine->regs, &stack, status);
}

static void dispatch(struct firmware *fw, const struct service *service)
{
	struct call call = { .fw = fw, .service = service, .regs = fw->machine->regs };
	efi_status_t status = EFI_UNSUPPORTED;
	uint64_t began = 0;

	call.number = ++fw->summary.n_calls;
	read_args(&call);
	if (fw->tracer)
		began = fw->tracer->call(&call);
	if (!service_is_offered(fw, service))
		status = service->result == RESULT_STATUS ? EFI_UNSUPPORTED : 0;
	else if (!fw->ended && service->answer)
		status = service->answer(&call);
	if (fw->tracer)
		fw->tracer->result(&call, status, began);
	/* Exit leaves by its frame, ExitBootServices set the registers itself */
	if (fw->ended || fw->frame->done)
		return;
	if (guest_return(fw, status))
		events_run(fw);
	else
		violation(fw, "called a service with its stack outside RAM (%#jx)",
			  (uintmax_t)machine_sp(&fw->machine->regs));
}

static void on_gate(struct firmware *fw, struct frame *frame, uint64_t addr)
{
	const struct machine_regs *regs = &fw->machine->regs;
	const struct service *service;

	if (addr == return_gate(fw)) {
		if (machine_sp(regs) != frame->sp) {
			violation(fw, "returns to the firmware with a wrong stack pointer (%#jx)",
				  (uintmax_t)machine_sp(regs));
			return;
		}
		frame->done = true;
		frame->status = convention_result(regs);
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
	wait_until(fw, min_u64(events_next_due(fw), now_ns() + 10000000));
	events_interrupt(fw);
	still_look(fw, now_ns(), 0);
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
			     const uint64_t arg[static GUEST_CALL_ARGS], efi_handle_t image)
{
	const struct convention_stack stack = stack_of(fw);
	const struct machine_regs saved = fw->machine->regs;
	struct machine_regs *regs = &fw->machine->regs;
	struct frame frame = { .outer = fw->frame, .image = image };

	if (fw->depth >= MAX_DEPTH)
		return EFI_OUT_OF_RESOURCES;
	if (!convention_call(regs, &stack, function, arg, return_gate(fw))) {
		violation(fw, "left no room on its stack for a call (%#jx)",
			  (uintmax_t)machine_sp(&saved));
		return EFI_ABORTED;
	}
	frame.sp = convention_sp_back(regs);
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
			efi_handle_t image)
{
	const uint64_t padded[GUEST_CALL_ARGS] = { arg[0], arg[1], arg[2], arg[3] };

	return guest_call_many(fw, function, padded, image);
}
