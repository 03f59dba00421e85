/* SPDX-License-Identifier: MIT */
#pragma once
/* What the image asks for, as text: each call of a run, and all that could be asked. */
#include "firmware/core/groups.h"

#include <stdio.h>

/* With config.trace each call that config.trace_filter means is a line of it. */
extern const struct part part_trace;
/* The run failed: what it came to, behind the trace. Nothing without one. */
void trace_explain(struct firmware *fw);
/* What all calls came to, into config.summary, where there is one. */
void trace_summarize(struct firmware *fw);

/* The rows of all groups as a document. */
void baseline_print(const struct groups *groups, FILE *out);
