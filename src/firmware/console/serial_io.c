// SPDX-License-Identifier: MIT
/*
 * EFI_SERIAL_IO_PROTOCOL (UEFI 2.10, 12.8): a line with the terminal at its other end, which
 * is what a serial console has. What goes out is filtered, for the terminal is the user's.
 */
#include "base/clock.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/console/console.h"
#include "firmware/console/terminal.h"
#include "firmware/console/vt_filter.h"
#include "firmware/core/access.h"
#include "firmware/core/clock.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

/* SERIAL_IO_MODE */
struct serial_mode {
	uint32_t control_mask, timeout_us;
	uint64_t baud;
	uint32_t fifo, data_bits, parity, stop_bits;
};
static_assert(sizeof(struct serial_mode) == 32, "SERIAL_IO_MODE");

enum {
	REVISION = 0x10000,
	SLOT_MODE = 7,

	DATA_TERMINAL_READY = 0x1,
	REQUEST_TO_SEND = 0x2,
	CLEAR_TO_SEND = 0x10,
	DATA_SET_READY = 0x20,
	CARRIER_DETECT = 0x80,
	INPUT_BUFFER_EMPTY = 0x100,
	OUTPUT_BUFFER_EMPTY = 0x200,
	SETTABLE = DATA_TERMINAL_READY | REQUEST_TO_SEND,

	MAX_FIFO = 256,
	LOOK_BYTES = 1024, /* between looks at the time: most may be shown to nobody */
	PARITY_NONE = 1,
	PARITY_MAX = 5,
	ONE_STOP_BIT = 1,
	STOP_BITS_MAX = 3,
};

static const struct serial_mode as_new = {
	.control_mask = SETTABLE | CLEAR_TO_SEND | DATA_SET_READY | CARRIER_DETECT |
			INPUT_BUFFER_EMPTY | OUTPUT_BUFFER_EMPTY,
	.timeout_us = 1000000,
	.baud = 115200,
	.fifo = 1,
	.data_bits = 8,
	.parity = PARITY_NONE,
	.stop_bits = ONE_STOP_BIT,
};

static void set_mode(struct firmware *fw, const struct serial_mode *mode)
{
	struct terminal *t = terminal_of(fw);

	t->serial_timeout_us = mode->timeout_us;
	guest_put(fw, t->serial_mode, mode, sizeof(*mode));
}

static efi_status_t reset(struct call *c)
{
	terminal_flush(c->fw);
	terminal_of(c->fw)->serial_control = 0;
	set_mode(c->fw, &as_new);
	return EFI_SUCCESS;
}

/* 0 stands for what the device likes best; a terminal takes all that a line could have. */
static efi_status_t set_attributes(struct call *c)
{
	struct serial_mode mode = as_new;
	const uint32_t fifo = (uint32_t)c->arg[2], timeout = (uint32_t)c->arg[3],
		       parity = (uint32_t)c->arg[4], data_bits = (uint32_t)c->arg[5],
		       stop_bits = (uint32_t)c->arg[6];

	if (fifo > MAX_FIFO || parity > PARITY_MAX || stop_bits > STOP_BITS_MAX ||
	    (data_bits && (data_bits < 5 || data_bits > 8)))
		return EFI_INVALID_PARAMETER;
	mode.baud = c->arg[1] ? c->arg[1] : mode.baud;
	mode.fifo = fifo ? fifo : mode.fifo;
	mode.timeout_us = timeout ? timeout : mode.timeout_us;
	mode.parity = parity ? parity : mode.parity;
	mode.data_bits = data_bits ? data_bits : mode.data_bits;
	mode.stop_bits = stop_bits ? stop_bits : mode.stop_bits;
	set_mode(c->fw, &mode);
	return EFI_SUCCESS;
}

static efi_status_t set_control(struct call *c)
{
	if (c->arg[1] & ~(uint64_t)SETTABLE)
		return EFI_UNSUPPORTED;
	terminal_of(c->fw)->serial_control = (uint32_t)c->arg[1];
	return EFI_SUCCESS;
}

static efi_status_t get_control(struct call *c)
{
	const uint32_t bits = terminal_of(c->fw)->serial_control | CLEAR_TO_SEND | DATA_SET_READY |
			      CARRIER_DETECT | OUTPUT_BUFFER_EMPTY;

	return guest_put_u32(c->fw, c->arg[1],
			     bits | (terminal_has_bytes(c->fw) ? 0 : INPUT_BUFFER_EMPTY))
		       ? EFI_SUCCESS
		       : EFI_INVALID_PARAMETER;
}

/* Off a terminal lines end as on Unix, and nothing moves. */
static bool is_shown(const struct firmware *fw, const char *out)
{
	return fw->config.terminal.interactive ||
	       (out[0] != '\033' && out[0] != '\r' && out[0] != '\b');
}

static efi_status_t write(struct call *c)
{
	struct firmware *fw = c->fw;
	struct vt_filter *filter = &terminal_of(fw)->serial_filter;
	char text[1024], one[VT_FILTER_ROOM];
	const uint8_t *from;
	size_t at = 0, n_one;
	uint64_t n;

	if (!guest_get_u64(fw, c->arg[1], &n))
		return EFI_INVALID_PARAMETER;
	from = guest_read(fw, c->arg[2], n);
	if (!from)
		return EFI_INVALID_PARAMETER;
	for (uint64_t i = 0; i < n; i++) {
		if (i % LOOK_BYTES == 0 && i && out_of_time(fw))
			break;
		if (at > sizeof(text) - sizeof(one)) {
			terminal_write(fw, text, at);
			at = 0;
		}
		n_one = vt_filter_byte(filter, from[i], one);
		if (n_one && is_shown(fw, one)) {
			memcpy(text + at, one, n_one);
			at += n_one;
		}
	}
	if (at)
		terminal_write(fw, text, at);
	return EFI_SUCCESS;
}

/* The time is for each character anew. */
static efi_status_t read(struct call *c)
{
	struct firmware *fw = c->fw;
	const uint64_t timeout_ns = terminal_of(fw)->serial_timeout_us * UINT64_C(1000);
	uint64_t n, done = 0, until;
	uint8_t *to;
	size_t got;

	if (!guest_get_u64(fw, c->arg[1], &n) || !guest_write(fw, c->arg[1], 8))
		return EFI_INVALID_PARAMETER;
	to = guest_write(fw, c->arg[2], n);
	if (n && !to)
		return EFI_INVALID_PARAMETER;
	until = now_ns() + timeout_ns;
	while (done < n && !out_of_time(fw)) {
		got = terminal_take_bytes(fw, to + done, n - done);
		done += got;
		if (got)
			until = now_ns() + timeout_ns;
		else if (now_ns() >= until)
			break;
		else
			wait_until(fw, until);
	}
	guest_put_u64(fw, c->arg[1], done);
	return done == n ? EFI_SUCCESS : EFI_TIMEOUT;
}

static const struct service services[] = {
	{ "Reset", 1, reset, { ARG_THIS } },
	{ "SetAttributes",
	  2,
	  set_attributes,
	  { ARG_THIS, ARG_SIZE, ARG_U32, ARG_U32, ARG_U32, ARG_U8, ARG_U32 },
	  "Any: at the other end of the line is the terminal." },
	{ "SetControl",
	  3,
	  set_control,
	  { ARG_THIS, ARG_U32 },
	  "DTR and RTS; EFI_UNSUPPORTED for flow control and loops." },
	{ "GetControl", 4, get_control, { ARG_THIS, ARG_OUT_U32 } },
	{ "Write",
	  5,
	  write,
	  { ARG_THIS, ARG_INOUT, ARG_ADDR },
	  "Text, cursor movements, colours; a terminal's other sequences are left out." },
	{ "Read", 6, read, { ARG_THIS, ARG_INOUT, ARG_ADDR } },
};

static const struct service_group group_serial_io = {
	.name = "EFI_SERIAL_IO_PROTOCOL",
	.section = "12.8",
	.guid = &guid_serial_io,
	.n_slots = SLOT_MODE + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

/* bardo's piece of hardware, then UART (10.3.4.15) as the line is when it is new. */
static const uint8_t uart_path[] = {
	3, 14,		19,	      0,    0,	  0, 0, 0, 0, 0xc2, 1, 0, 0, 0, 0, 0,
	8, PARITY_NONE, ONE_STOP_BIT, 0x7f, 0xff, 4, 0
};

static int install_path(struct firmware *fw, efi_handle_t handle, struct why *why)
{
	enum { VENDOR_NODE = 20 };
	uint8_t path[VENDOR_NODE + sizeof(uart_path)] = { 1, 4, VENDOR_NODE, 0 };
	efi_addr_t at;

	memcpy(path + 4, &guid_bardo_device, 16);
	memcpy(path + VENDOR_NODE, uart_path, sizeof(uart_path));
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(path), &at) != EFI_SUCCESS ||
	    !guest_put(fw, at, path, sizeof(path)) ||
	    protocol_install(fw, &handle, &guid_device_path, at, NULL, NULL) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a serial line");
	return 0;
}

static int serial_io_open(struct firmware *fw, struct why *why)
{
	struct terminal *t = terminal_of(fw);
	efi_handle_t handle = 0;
	efi_addr_t interface;
	int r;

	r = protocol_offer(fw, &handle, &group_serial_io, NULL, why);
	if (r < 0)
		return r;
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(struct serial_mode),
			  &t->serial_mode) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for a serial line");
	interface = handle_protocol(handle_find(fw, handle), &guid_serial_io)->interface;
	guest_put_u64(fw, interface, REVISION);
	guest_put_u64(fw, interface + 8 * SLOT_MODE, t->serial_mode);
	set_mode(fw, &as_new);
	return install_path(fw, handle, why);
}

const struct part part_serial_io = {
	.groups = { &group_serial_io },
	.open = serial_io_open,
};
