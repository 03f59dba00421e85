// SPDX-License-Identifier: MIT
/*
 * "Press any key to continue" where nobody can: it is answered, once each time, and other
 * questions are not. With an option, one key was typed before: that is the first answer.
 */
#include "lib.h"

/* As boot loaders write: one character a call. */
static void say(const char *text)
{
	char16 one[2] = { 0 };

	for (; *text; text++) {
		one[0] = (char16)*text;
		st->con_out->output_string(st->con_out, one);
	}
}

/* What is typed within a moment; 0: nothing. */
static char16 key(void)
{
	struct input_key k = { 0 };

	for (unsigned i = 0; i < 20; i++) {
		if (st->con_in->read_key_stroke(st->con_in, &k) == EFI_SUCCESS)
			return k.unicode;
		bs->stall(1000);
	}
	return 0;
}

/* Waits for a key as loaders do, but not for ever: half a minute is no answer. */
static bool key_comes(void)
{
	event_t either[2] = { st->con_in->wait_for_key, NULL };
	uint64_t index = 1;

	check(bs->create_event(EVT_TIMER, 0, NULL, NULL, &either[1]) == EFI_SUCCESS);
	check(bs->set_timer(either[1], TIMER_RELATIVE, 300000000) == EFI_SUCCESS);
	check(bs->wait_for_event(2, either, &index) == EFI_SUCCESS);
	check(bs->close_event(either[1]) == EFI_SUCCESS);
	return index == 0;
}

efi_status_t payload(void)
{
	if (option_is("typed"))
		check(key() == 'x');
	check(key() == 0);
	say("Press any key to perform MOK management\n");
	check(key() == 0);
	say("any keany key to continu\n");
	check(key() == 0);
	say("Press Any Key to continue...\n");
	check(bs->check_event(st->con_in->wait_for_key) == EFI_SUCCESS);
	check(key() == '\r');
	check(key() == 0);
	say("Press any key to continue...\nPress any key to continue...\n");
	check(key_comes());
	check(key() == '\r');
	check(key() == 0);
	say("any key to continue\n");
	check(st->con_in->reset(st->con_in, 0) == EFI_SUCCESS);
	check(key_comes());
	check(key() == '\r');
	return tap_done();
}
