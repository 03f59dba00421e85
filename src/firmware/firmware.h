/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * UEFI as boot code sees it, written on guest memory only. Everything it needs
 * of the outside comes in through struct firmware_config: memory to describe,
 * files to offer, a terminal, random numbers, and the machine to run on.
 */
#include "firmware/core/config.h"
#include "firmware/core/result.h"
#include "firmware/core/status.h"

#include <stdio.h>

/*
 * A machine with the image loaded, ready to run. Fails with -ENOEXEC for a bad
 * image and names what is wrong with it.
 */
must_check int firmware_new(const struct firmware_config *config, struct firmware **ret_firmware,
			    struct why *why);

/* Does a trace take this filter (firmware/trace/filter.h)? 0, or -EINVAL and the word that is none.
 */
must_check int firmware_trace_filter(const char *text, struct why *why);

/*
 * Behind firmware_run(): when it was traced and has failed, what was asked for, not found, and the
 * last calls, into the trace; and the summary, if there is to be one.
 */
void firmware_explain(struct firmware *fw);

/* The table of services as text, for doc/baseline.md. */
void firmware_print_baseline(FILE *out);
