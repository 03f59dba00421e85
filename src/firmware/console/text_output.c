// SPDX-License-Identifier: MIT
/* EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL (UEFI 2.10, 12.4) on the terminal. */
#include "base/text.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/console/console.h"
#include "firmware/console/terminal.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"

#include <errno.h>
#include <string.h>

/* SIMPLE_TEXT_OUTPUT_MODE */
struct text_mode {
	int32_t max_mode, mode, attribute, column, row;
	uint8_t visible, padding[3];
};
static_assert(sizeof(struct text_mode) == 24, "SIMPLE_TEXT_OUTPUT_MODE");

enum {
	SLOT_MODE = 9,
	MAX_TEXT = 1 << 20,
	ATTRIBUTE_DEFAULT = 0x07, /* light grey on black */
	ATTRIBUTE_MAX = 0x7f,
};

static void show_mode(struct firmware *fw)
{
	const struct terminal *t = terminal_of(fw);
	const struct text_mode mode = {
		.max_mode = 1,
		.attribute = t->attribute,
		.column = t->column,
		.row = t->row,
		.visible = t->visible,
	};

	guest_put(fw, t->mode, &mode, sizeof(mode));
}

static efi_status_t reset(struct call *c)
{
	struct terminal *t = terminal_of(c->fw);

	t->attribute = ATTRIBUTE_DEFAULT;
	t->column = t->row = 0;
	t->visible = true;
	terminal_control(c->fw, "\033[0m\033[2J\033[H");
	show_mode(c->fw);
	return EFI_SUCCESS;
}

static void next_row(struct terminal *t)
{
	if ((unsigned)t->row + 1 < t->rows)
		t->row++;
}

/*
 * Where the cursor is after this character. Off a terminal, lines end as on Unix: the
 * carriage return is left out.
 */
static bool advance(struct firmware *fw, uint32_t c)
{
	struct terminal *t = terminal_of(fw);

	switch (c) {
	case '\r':
		t->column = 0;
		return fw->config.terminal.interactive;
	case '\n':
		next_row(t);
		return true;
	case '\b':
		if (t->column > 0)
			t->column--;
		return fw->config.terminal.interactive;
	default:
		/* a text is a text: no sequences of the image's own to the terminal */
		if (text_is_control(c))
			return false;
		if ((unsigned)++t->column >= t->columns) {
			t->column = 0;
			next_row(t);
		}
		return true;
	}
}

static efi_status_t output_string(struct call *c)
{
	char buf[1024];
	const void *text;
	size_t at = 0, used, n;
	long left = guest_text(c->fw, c->arg[1], MAX_TEXT, &text);

	if (left < 0)
		return EFI_INVALID_PARAMETER;
	for (long i = 0; i < left; i += (long)used) {
		if (at > sizeof(buf) - 4) {
			terminal_write(c->fw, buf, at);
			at = 0;
		}
		n = text_to_utf8((const uint8_t *)text + 2 * i, (size_t)(left - i), buf + at,
				 &used);
		if (advance(c->fw, text_char(text, (size_t)i)))
			at += n;
	}
	if (at)
		terminal_write(c->fw, buf, at);
	show_mode(c->fw);
	return EFI_SUCCESS;
}

/* A terminal with UTF-8 shows everything, as far as we can know. */
static efi_status_t test_string(struct call *c)
{
	const void *text;

	return guest_text(c->fw, c->arg[1], MAX_TEXT, &text) < 0 ? EFI_INVALID_PARAMETER
								 : EFI_SUCCESS;
}

static efi_status_t query_mode(struct call *c)
{
	const struct terminal *t = terminal_of(c->fw);

	if (c->arg[1] != 0)
		return EFI_UNSUPPORTED;
	terminal_measure(c->fw);
	if (!guest_put_u64(c->fw, c->arg[2], t->columns) ||
	    !guest_put_u64(c->fw, c->arg[3], t->rows))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

static efi_status_t clear_screen(struct call *c)
{
	struct terminal *t = terminal_of(c->fw);

	t->column = t->row = 0;
	terminal_control(c->fw, "\033[2J\033[H");
	show_mode(c->fw);
	return EFI_SUCCESS;
}

static efi_status_t set_mode(struct call *c)
{
	return c->arg[1] == 0 ? clear_screen(c) : EFI_UNSUPPORTED;
}

static efi_status_t set_attribute(struct call *c)
{
	/* UEFI counts colours as the PC did, blue first; terminals red first */
	static const uint8_t ansi[8] = { 0, 4, 2, 6, 1, 5, 3, 7 };
	const unsigned a = (unsigned)c->arg[1];

	if (c->arg[1] > ATTRIBUTE_MAX)
		return EFI_UNSUPPORTED;
	terminal_of(c->fw)->attribute = (int32_t)a;
	terminal_control(c->fw, "\033[0;%u;%um", (a & 8 ? 90u : 30u) + ansi[a & 7],
			 40u + ansi[a >> 4]);
	show_mode(c->fw);
	return EFI_SUCCESS;
}

static efi_status_t set_cursor_position(struct call *c)
{
	struct terminal *t = terminal_of(c->fw);

	if (c->arg[1] >= t->columns || c->arg[2] >= t->rows)
		return EFI_UNSUPPORTED;
	t->column = (int32_t)c->arg[1];
	t->row = (int32_t)c->arg[2];
	terminal_control(c->fw, "\033[%d;%dH", t->row + 1, t->column + 1);
	show_mode(c->fw);
	return EFI_SUCCESS;
}

static efi_status_t enable_cursor(struct call *c)
{
	terminal_of(c->fw)->visible = c->arg[1];
	terminal_control(c->fw, c->arg[1] ? "\033[?25h" : "\033[?25l");
	show_mode(c->fw);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "Reset", 0, reset, { ARG_THIS, ARG_BOOL } },
	{ "OutputString", 1, output_string, { ARG_THIS, ARG_TEXT } },
	{ "TestString", 2, test_string, { ARG_THIS, ARG_TEXT } },
	{ "QueryMode",
	  3,
	  query_mode,
	  { ARG_THIS, ARG_SIZE, ARG_OUT, ARG_OUT },
	  "One mode: the terminal's size, 80 by 25 where there is none." },
	{ "SetMode", 4, set_mode, { ARG_THIS, ARG_SIZE } },
	{ "SetAttribute", 5, set_attribute, { ARG_THIS, ARG_SIZE } },
	{ "ClearScreen", 6, clear_screen, { ARG_THIS } },
	{ "SetCursorPosition", 7, set_cursor_position, { ARG_THIS, ARG_SIZE, ARG_SIZE } },
	{ "EnableCursor", 8, enable_cursor, { ARG_THIS, ARG_BOOL } },
};

static const struct service_group group_text_output = {
	.name = "EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL",
	.section = "12.4",
	.guid = &guid_simple_text_output,
	.n_slots = SLOT_MODE + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int text_output_open(struct firmware *fw, struct why *why)
{
	struct terminal *t = terminal_of(fw);
	efi_addr_t interface;
	int r;

	t->attribute = ATTRIBUTE_DEFAULT;
	t->visible = true;
	r = protocol_offer(fw, &t->handle, &group_text_output, t, why);
	if (r < 0)
		return r;
	protocol_locate(fw, &guid_simple_text_output, &interface);
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(struct text_mode), &t->mode) !=
	    EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for the console");
	guest_put_u64(fw, interface + 8 * SLOT_MODE, t->mode);
	show_mode(fw);
	table_set_console(fw, CONSOLE_OUT, t->handle, interface);
	table_set_console(fw, CONSOLE_ERROR, t->handle, interface);
	return 0;
}

const struct part part_text_output = {
	.groups = { &group_text_output },
	.open = text_output_open,
};
