// SPDX-License-Identifier: MIT
/*
 * 7.4.6 ExitBootServices as a loader calls it, and who is told before. The
 * last notify function prints the order; behind it only the serial port is left.
 */
#include "lib.h"

static char order[16];
static unsigned n_order;
static uint64_t per_ms; /* ticks */

static void EFIAPI note(event_t event, void *context)
{
	order[n_order++ % 15] = *(const char *)context;
}

static event_t timer;

/* No timer ticks any more: this one would be noted as a T. */
static void EFIAPI note_last(event_t event, void *context)
{
	uint64_t end = cpu_ticks() + 50 * per_ms;

	bs->set_timer(timer, TIMER_RELATIVE, 10000);
	while (cpu_ticks() < end)
		cpu_pause();
	note(event, context);
	order[n_order] = 0;
	print("order %s\n", order);
}

static void serial(const char *s)
{
	for (; *s; s++)
		serial_put(*s);
}

efi_status_t payload(void)
{
	static uint8_t room[64 << 10];
	uint64_t n, key, each;
	uint32_t version;
	efi_status_t status = EFI_SUCCESS;
	unsigned tries;
	event_t e;

	per_ms = ticks_of_microseconds(1000);
	succeeds(bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "T", &timer));
	/* created in an order that is not the one wanted */
	succeeds(bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, note_last, "5", &e));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "3",
				     &exit_boot_services_guid, &e));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note, "2",
				     &before_exit_boot_services_guid, &e));
	succeeds(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, "1",
				     &before_exit_boot_services_guid, &e));
	succeeds(bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_NOTIFY, note, "4", &e));
	tap_done();
	/* a notify function before the end may allocate: the specification allows a second try */
	for (tries = 0; tries < 3; tries++) {
		n = sizeof(room);
		status = bs->get_memory_map(&n, room, &key, &each, &version);
		if (status == EFI_SUCCESS)
			status = bs->exit_boot_services(self, key);
		if (status != EFI_INVALID_PARAMETER)
			break;
	}
	if (status != EFI_SUCCESS) {
		print("not ok - ExitBootServices %r\n", status);
		return status;
	}
	serial("after ExitBootServices\r\n");
	rt->reset_system(2, EFI_SUCCESS, 0, NULL);
	for (;;)
		;
}
