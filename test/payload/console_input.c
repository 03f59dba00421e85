// SPDX-License-Identifier: MIT
/* 12.3 Simple Text Input: what the runner types, "aZ", Enter, arrow up, arrives. */
#include "lib.h"

static bool next(uint16_t scan, char16 c)
{
	struct input_key key = { 77, 77 };
	uint64_t index = 99;
	efi_status_t status;

	status = bs->wait_for_event(1, &st->con_in->wait_for_key, &index);
	if (status == EFI_SUCCESS)
		status = st->con_in->read_key_stroke(st->con_in, &key);
	if (status != EFI_SUCCESS || key.scan_code != scan || key.unicode != c)
		print("# %r scan %u char 0x%x\n", status, (uint64_t)key.scan_code,
		      (uint64_t)key.unicode);
	return status == EFI_SUCCESS && key.scan_code == scan && key.unicode == c;
}

efi_status_t payload(void)
{
	struct input_key key;

	print("press keys\n");
	check(next(0, 'a'));
	check(next(0, 'Z'));
	check(next(0, '\r'));
	check(next(1, 0));
	is(st->con_in->read_key_stroke(st->con_in, &key), EFI_NOT_READY);
	return tap_done();
}
