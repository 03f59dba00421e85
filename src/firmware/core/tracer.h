/* SPDX-License-Identifier: MIT */
#pragma once
/* Who is told of each call, when somebody is. */
#include "firmware/core/service.h"

struct tracer {
	/* A call is about to be answered, and was; the first returns when it began, for the second.
	 */
	uint64_t (*call)(const struct call *call);
	void (*result)(const struct call *call, efi_status_t status, uint64_t began_ns);
	void (*note)(struct firmware *fw, const char *text);
	void (*flush)(struct firmware *fw);
};

/* What the caller is not told, to stand in the line of the call. Nothing when nobody traces. */
void trace_note(struct firmware *fw, const char *text);
/* Before anybody waits, or writes to the same terminal: all lines so far. */
void trace_flush(struct firmware *fw);
