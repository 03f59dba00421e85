// SPDX-License-Identifier: MIT
/* Miscellaneous boot services (UEFI 2.10, 7.5). */
#include "base/clock.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/crc32.h"
#include "firmware/core/end.h"
#include "firmware/core/event.h"
#include "firmware/core/services.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"
#include "firmware/core/tracer.h"

#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

static efi_status_t install_configuration_table(struct call *c)
{
	struct efi_guid guid;

	if (!guest_get_guid(c->fw, c->arg[0], &guid))
		return EFI_INVALID_PARAMETER;
	return table_install(c->fw, &guid, c->arg[1]);
}

static efi_status_t get_next_monotonic_count(struct call *c)
{
	if (!guest_put_u64(c->fw, c->arg[0], c->fw->monotonic_count + 1))
		return EFI_INVALID_PARAMETER;
	c->fw->monotonic_count++;
	return EFI_SUCCESS;
}

/* Timers go on meanwhile, and somebody who waits for one may be spinning on Stall. */
static efi_status_t stall(struct call *c)
{
	uint64_t until = now_ns() + min_u64(c->arg[0], UINT64_MAX / 4000) * 1000, now;

	trace_flush(c->fw);
	while ((now = now_ns()) < until && !out_of_time(c->fw)) {
		struct timespec t = { 0 };
		uint64_t ns = min_u64(until, max_u64(events_next_due(c->fw), now)) - now;

		ns = min_u64(ns, 10000000); /* a look at the limits every 10 ms */
		t.tv_nsec = (long)ns;
		nanosleep(&t, NULL);
		events_run(c->fw);
		still_look(c->fw, now, 1);
	}
	return EFI_SUCCESS;
}

/* Where firmware would reset the machine, the run ends. None is set to begin with: people wait. */
static efi_status_t set_watchdog_timer(struct call *c)
{
	const uint64_t s = min_u64(c->arg[0], UINT64_MAX / 4 / NS_PER_S);

	/* codes below 0x10000 are the firmware's own (7.5) */
	if (c->arg[1] && c->arg[1] <= 0xffff)
		return EFI_INVALID_PARAMETER;
	c->fw->watchdog_ns = s ? now_ns() + s * NS_PER_S : 0;
	c->fw->watchdog_s = s;
	c->fw->watchdog_code = c->arg[1];
	return EFI_SUCCESS;
}

/* Of all the memory that there may be: the limits hold inside of it too. */
enum { BYTES_AT_ONCE = 16 << 20 };

/* The first piece is no reason to look at the clock. */
static bool goes_on(struct firmware *fw, uint64_t done)
{
	return done == 0 || !out_of_time(fw);
}

static efi_status_t calculate_crc32(struct call *c)
{
	const uint8_t *data = guest_read(c->fw, c->arg[0], c->arg[1]);
	uint32_t crc = 0;
	uint64_t n;

	if (!c->arg[0] || !c->arg[1] || !data || !guest_write(c->fw, c->arg[2], sizeof(crc)))
		return EFI_INVALID_PARAMETER;
	for (uint64_t at = 0; at < c->arg[1] && goes_on(c->fw, at); at += n) {
		n = min_u64(c->arg[1] - at, BYTES_AT_ONCE);
		crc = crc32_more(crc, data + at, n);
	}
	guest_put_u32(c->fw, c->arg[2], crc);
	return EFI_SUCCESS;
}

/* They may overlap: upwards the last piece goes first. */
static void copy(struct firmware *fw, uint8_t *to, const uint8_t *from, uint64_t n)
{
	uint64_t at, piece;

	for (uint64_t done = 0; done < n && goes_on(fw, done); done += piece) {
		piece = min_u64(n - done, BYTES_AT_ONCE);
		at = to > from ? n - done - piece : done;
		memmove(to + at, from + at, piece);
	}
}

/* CopyMem and SetMem have no way to say no; what the image itself could not touch ends the run. */
static efi_status_t copy_mem(struct call *c)
{
	void *to = guest_write(c->fw, c->arg[0], c->arg[2]);
	const void *from = guest_read(c->fw, c->arg[1], c->arg[2]);

	if (c->arg[2] == 0)
		return EFI_SUCCESS;
	if (!to || !from)
		violation(c->fw, "CopyMem of %#jx bytes from %#jx to %#jx, which is not permitted",
			  (uintmax_t)c->arg[2], (uintmax_t)c->arg[1], (uintmax_t)c->arg[0]);
	else
		copy(c->fw, to, from, c->arg[2]);
	return EFI_SUCCESS;
}

static void set(struct firmware *fw, uint8_t *to, int value, uint64_t n)
{
	uint64_t piece;

	for (uint64_t at = 0; at < n && goes_on(fw, at); at += piece) {
		piece = min_u64(n - at, BYTES_AT_ONCE);
		memset(to + at, value, piece);
	}
}

static efi_status_t set_mem(struct call *c)
{
	void *to = guest_write(c->fw, c->arg[0], c->arg[1]);

	if (c->arg[1] == 0)
		return EFI_SUCCESS;
	if (!to)
		violation(c->fw, "SetMem of %#jx bytes at %#jx, which is not permitted",
			  (uintmax_t)c->arg[1], (uintmax_t)c->arg[0]);
	else
		set(c->fw, to, (int)c->arg[2], c->arg[1]);
	return EFI_SUCCESS;
}

static const struct service services[] = {
	{ "InstallConfigurationTable",
	  BS_INSTALL_CONFIGURATION_TABLE,
	  install_configuration_table,
	  { ARG_GUID, ARG_ADDR } },
	{ "GetNextMonotonicCount",
	  BS_GET_NEXT_MONOTONIC_COUNT,
	  get_next_monotonic_count,
	  { ARG_OUT } },
	{ "Stall", BS_STALL, stall, { ARG_SIZE } },
	{ "SetWatchdogTimer",
	  BS_SET_WATCHDOG_TIMER,
	  set_watchdog_timer,
	  { ARG_SIZE, ARG_HEX, ARG_SIZE, ARG_ADDR },
	  "Ends the run. Not set to begin with." },
	{ "CalculateCrc32",
	  BS_CALCULATE_CRC32,
	  calculate_crc32,
	  { ARG_ADDR, ARG_SIZE, ARG_OUT_U32 } },
	{ "CopyMem",
	  BS_COPY_MEM,
	  copy_mem,
	  { ARG_ADDR, ARG_ADDR, ARG_SIZE },
	  .result = RESULT_VOID },
	{ "SetMem", BS_SET_MEM, set_mem, { ARG_ADDR, ARG_SIZE, ARG_U8 }, .result = RESULT_VOID },
};

const struct service_group group_miscellaneous = {
	.name = "Miscellaneous Boot Services",
	.section = "7.5",
	.table = SERVICE_BOOT,
	.service = services,
	.n = ARRAY_SIZE(services),
};
