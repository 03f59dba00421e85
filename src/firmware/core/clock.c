// SPDX-License-Identifier: MIT
#include "firmware/core/clock.h"
#include "base/clock.h"
#include "base/util.h"
#include "firmware/core/config.h"
#include "firmware/core/state.h"
#include "firmware/core/tracer.h"

#include <time.h>

enum { NS_PER_MS = 1000000, MOST_MS = 1000 };

void wait_until(struct firmware *fw, uint64_t until_ns)
{
	const struct firmware_terminal *terminal = &fw->config.terminal;
	const uint64_t now = now_ns();
	uint64_t ms;

	trace_flush(fw);
	if (until_ns <= now)
		return;
	ms = min_u64((until_ns - now + NS_PER_MS - 1) / NS_PER_MS, MOST_MS);
	if (terminal->wait)
		terminal->wait(terminal->context, (int)ms);
	else
		nanosleep(&(struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * NS_PER_MS },
			  NULL);
}
