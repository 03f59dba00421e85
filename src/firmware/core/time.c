// SPDX-License-Identifier: MIT
/* GetTime (UEFI 2.10, 8.3). */
#include "firmware/core/access.h"
#include "firmware/core/services.h"

#include <time.h>

/* EFI_TIME of now, in UTC; no clock of the machine is asked, so its resolution is a second. */
efi_status_t get_time(struct call *c)
{
	struct timespec t;
	struct efi_time out = { 0 };
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	out.year = (uint16_t)(tm.tm_year + 1900);
	out.month = (uint8_t)(tm.tm_mon + 1);
	out.day = (uint8_t)tm.tm_mday;
	out.hour = (uint8_t)tm.tm_hour;
	out.minute = (uint8_t)tm.tm_min;
	out.second = (uint8_t)tm.tm_sec;
	out.nanosecond = (uint32_t)t.tv_nsec;
	if (!c->arg[0] || !guest_put(c->fw, c->arg[0], &out, sizeof(out)))
		return EFI_INVALID_PARAMETER;
	/* EFI_TIME_CAPABILITIES: resolution 1 Hz, accuracy 50 ppm, sets to zero: no */
	if (c->arg[1] && !guest_put(c->fw, c->arg[1], (uint32_t[]){ 1, 50000000, 0 }, 12))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}
