// SPDX-License-Identifier: MIT
#include "firmware/core/end.h"
#include "base/clock.h"
#include "base/why.h"
#include "firmware/core/result.h"
#include "firmware/core/state.h"

#include <stdarg.h>
#include <stdio.h>

void violation(struct firmware *fw, const char *fmt, ...)
{
	va_list ap;

	if (fw->ended)
		return;
	fw->ended = true;
	fw->end = FIRMWARE_VIOLATION;
	va_start(ap, fmt);
	vsnprintf(fw->why.text, sizeof(fw->why.text), fmt, ap);
	va_end(ap);
}

void broken(struct firmware *fw, int r, const char *what)
{
	if (fw->error)
		return;
	fw->ended = true;
	fw->error = r;
	if (what)
		why_errno(&fw->why, r, "%s", what);
}

bool out_of_time(struct firmware *fw)
{
	const uint64_t limit_ns = fw->config.timeout_s * UINT64_C(1000000000);
	const uint64_t now = limit_ns || fw->watchdog_ns ? now_ns() : 0;

	if (!fw->started_ns) /* nothing runs yet */
		return false;

	if (limit_ns && now - fw->started_ns >= limit_ns)
		violation(fw, "ran for %u s, its limit", fw->config.timeout_s);
	if (fw->watchdog_ns && now >= fw->watchdog_ns)
		violation(fw, "its watchdog of %ju s expired (code %#jx)",
			  (uintmax_t)fw->watchdog_s, (uintmax_t)fw->watchdog_code);
	return fw->ended;
}
