// SPDX-License-Identifier: MIT
#include "firmware/core/tracer.h"
#include "firmware/core/state.h"

void trace_note(struct firmware *fw, const char *text)
{
	if (fw->tracer)
		fw->tracer->note(fw, text);
}

void trace_flush(struct firmware *fw)
{
	if (fw->tracer)
		fw->tracer->flush(fw);
}
