// SPDX-License-Identifier: MIT
/* EFI_SIMPLE_TEXT_INPUT(_EX)_PROTOCOL (UEFI 2.10, 12.2 and 12.3) on the terminal. */
#include "base/util.h"
#include "base/why.h"
#include "firmware/console/console.h"
#include "firmware/console/key_notify.h"
#include "firmware/console/terminal.h"
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"

#include <errno.h>
#include <string.h>

enum { SLOT_WAIT = 2, SLOT_WAIT_EX = 2 };

static void poll_key(struct firmware *fw, struct event *event)
{
	if (terminal_poll_key(fw))
		event_signal(fw, event);
}

static efi_status_t reset(struct call *c)
{
	terminal_flush(c->fw);
	return EFI_SUCCESS;
}

/* EFI_INPUT_KEY and, for the Ex one, EFI_KEY_STATE behind it */
static efi_status_t read_key(struct call *c, size_t n_bytes)
{
	struct terminal *t = terminal_of(c->fw);
	struct {
		uint16_t scan_code, unicode;
		uint32_t shift_state;
		uint8_t toggle_state, padding[3];
	} data = { 0 };
	bool got = terminal_poll_key(c->fw);

	static_assert(sizeof(data) == 12, "EFI_KEY_DATA");
	if (got) {
		data.scan_code = t->key.scan_code;
		data.unicode = t->key.unicode;
		data.shift_state = t->key.shift_state;
	}
	if ((got || n_bytes > 4) && !guest_put(c->fw, c->arg[1], &data, n_bytes))
		return EFI_INVALID_PARAMETER;
	t->has_key = false;
	return got ? EFI_SUCCESS : EFI_NOT_READY;
}

static efi_status_t read_key_stroke(struct call *c)
{
	return read_key(c, 4);
}

static efi_status_t read_key_stroke_ex(struct call *c)
{
	return read_key(c, 12);
}

static efi_status_t register_key(struct call *c)
{
	efi_status_t status;
	uint64_t name;

	if (!guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	status = key_notify_add(c->fw, &terminal_of(c->fw)->notify, c->arg[1], c->arg[2], &name);
	if (status == EFI_SUCCESS)
		guest_put_u64(c->fw, c->arg[3], name);
	return status;
}

static efi_status_t unregister_key(struct call *c)
{
	return key_notify_remove(c->fw, &terminal_of(c->fw)->notify, c->arg[1]);
}

static const struct service services[] = {
	{ "Reset", 0, reset, { ARG_THIS, ARG_BOOL } },
	{ "ReadKeyStroke", 1, read_key_stroke, { ARG_THIS, ARG_ADDR } },
};

static const struct service_group group_text_input = {
	.name = "EFI_SIMPLE_TEXT_INPUT_PROTOCOL",
	.section = "12.3",
	.guid = &guid_simple_text_input,
	.n_slots = SLOT_WAIT + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static const struct service services_ex[] = {
	{ "ResetEx", 0, reset, { ARG_THIS, ARG_BOOL } },
	{ "ReadKeyStrokeEx", 1, read_key_stroke_ex, { ARG_THIS, ARG_ADDR } },
	{ "SetState",
	  3,
	  NULL,
	  { ARG_THIS, ARG_ADDR },
	  "A terminal has no toggle keys that could be set." },
	{ "RegisterKeyNotify",
	  4,
	  register_key,
	  { ARG_THIS, ARG_ADDR, ARG_ADDR, ARG_OUT },
	  "Called when the key is read off the terminal, which is when somebody asks for keys." },
	{ "UnregisterKeyNotify", 5, unregister_key, { ARG_THIS, ARG_HEX } },
};

static const struct service_group group_text_input_ex = {
	.name = "EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL",
	.section = "12.2",
	.guid = &guid_simple_text_input_ex,
	.n_slots = 6,
	.service = services_ex,
	.n = ARRAY_SIZE(services_ex),
};

static int put_event(struct firmware *fw, const struct efi_guid *guid, unsigned slot)
{
	struct event *e = event_new(fw, EVT_NOTIFY_WAIT, TPL_NOTIFY, 0, 0);
	efi_addr_t interface;

	if (!e)
		return -ENOMEM;
	e->poll = poll_key;
	e->ours = true;
	protocol_locate(fw, guid, &interface);
	guest_put_u64(fw, interface + 8 * slot, e->name);
	return 0;
}

static int text_input_open(struct firmware *fw, struct why *why)
{
	struct terminal *t = terminal_of(fw);
	efi_addr_t interface;
	int r;

	r = protocol_offer(fw, &t->handle, &group_text_input, t, why);
	if (r == 0)
		r = protocol_offer(fw, &t->handle, &group_text_input_ex, t, why);
	if (r == 0)
		r = put_event(fw, &guid_simple_text_input, SLOT_WAIT);
	if (r == 0)
		r = put_event(fw, &guid_simple_text_input_ex, SLOT_WAIT_EX);
	if (r < 0)
		return why_set(why, r, "no room for the console");
	protocol_locate(fw, &guid_simple_text_input, &interface);
	table_set_console(fw, CONSOLE_IN, t->handle, interface);
	return 0;
}

const struct part part_text_input = {
	.groups = { &group_text_input, &group_text_input_ex },
	.open = text_input_open,
};
