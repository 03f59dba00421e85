// SPDX-License-Identifier: MIT
/* 7.4.6 ExitBootServices with a key that is not today's: refused, and nothing has changed. */
#include "lib.h"

static volatile unsigned n_told, n_told_before, n_ticks;

static void EFIAPI told(event_t event, void *context)
{
	n_told++;
}

static void EFIAPI told_before(event_t event, void *context)
{
	n_told_before++;
}

static void EFIAPI tick(event_t event, void *context)
{
	n_ticks++;
}

efi_status_t payload(void)
{
	struct efi_table_header before = st->header;
	struct map old = { 0 }, now = { 0 };
	uint64_t addr = 0, end;
	event_t e, before_e, t;
	void *p;

	require(bs->create_event(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, told, NULL, &e));
	require(bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, tick, NULL, &t));
	require(bs->create_event_ex(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, told_before, NULL,
				    &before_exit_boot_services_guid, &before_e));
	require(map_get(&old));
	require(bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 1, &addr));
	is(bs->exit_boot_services(self, old.key), EFI_INVALID_PARAMETER);
	is(bs->exit_boot_services(self, old.key + 0x1000), EFI_INVALID_PARAMETER);
	is(bs->exit_boot_services(self, 0), EFI_INVALID_PARAMETER);
	is(bs->exit_boot_services(NULL, old.key), EFI_INVALID_PARAMETER);
	check_text(n_told == 0, "nobody was told of an exit");
	if (on_bardo()) /* EDK2 tells of the one before each time */
		check_text(n_told_before == 1, "of one that comes, once");
	succeeds(map_get(&now));
	check(memcmp(&before, &st->header, sizeof(before)) == 0 && st->boot_services == bs);
	check(st->con_out != NULL && st->con_in != NULL);
	check(map_pages_of_type(addr, 1, EFI_LOADER_DATA) == 1);
	succeeds(bs->free_pages(addr, 1));
	succeeds(bs->allocate_pool(EFI_LOADER_DATA, 100, &p));
	succeeds(bs->free_pool(p));
	succeeds(bs->signal_event(e));
	check(n_told == 1);
	if (on_bardo()) { /* EDK2 stops its timer first and looks at the key then */
		end = cpu_ticks() + ticks_of_microseconds(60000000);
		succeeds(bs->set_timer(t, TIMER_RELATIVE, 100000));
		while (n_ticks == 0 && cpu_ticks() < end)
			;
		check_text(n_ticks == 1, "timers go on");
	}
	bs->close_event(e);
	bs->close_event(before_e);
	bs->close_event(t);
	return tap_done();
}
