// SPDX-License-Identifier: MIT
/* Draws, then tells of each key until one says how to end: test/payload/terminal types them. */
#include "lib.h"

/* Boot services end; what stands on the stack and the screen is nobody's business any more. */
static void leave_boot_services(void)
{
	struct map map;

	if (map_get(&map) == EFI_SUCCESS)
		bs->exit_boot_services(self, map.key);
	print("still here\n");
}

static void show_size(void)
{
	uint64_t columns = 0, rows = 0;

	succeeds(st->con_out->query_mode(st->con_out, 0, &columns, &rows));
	print("size %u %u\n", columns, rows);
}

efi_status_t payload(void)
{
	struct text_input_ex *input = NULL;
	struct key_data key;
	uint64_t index;

	require(bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &input));
	st->con_out->set_attribute(st->con_out, 0x1e);
	st->con_out->enable_cursor(st->con_out, false);
	print("ready\n");
	for (;;) {
		bs->wait_for_event(1, &input->wait_for_key_ex, &index);
		if (input->read_key_stroke_ex(input, &key) != EFI_SUCCESS)
			continue;
		print("key %u 0x%x shift 0x%x\n", (uint64_t)key.key.scan_code,
		      (uint64_t)key.key.unicode, (uint64_t)key.shift_state);
		switch (key.key.unicode) {
		case 'q':
			return EFI_SUCCESS;
		case 'e':
			return EFI_DEVICE_ERROR;
		case 'u':
			invalid_instruction();
			break;
		case 'b':
			leave_boot_services();
			break;
		case 'l':
			for (;;)
				cpu_pause();
		case 's':
			show_size();
			break;
		}
	}
}
