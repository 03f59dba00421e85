/* SPDX-License-Identifier: MIT */
#pragma once
/* The machine's firmware, as the last boot by bardo noted it for whoever runs on its kernel. */
#include "base/why.h"
#include "host/efivars.h"
#include "host/runtime_services.h"

/* Is it the variable with that note? It is of one boot, and not to be handed on. */
bool is_firmware_variable(const struct host_variable *v);

/*
 * 1 when there is such a note, 0 where this kernel was not booted by bardo, and -ENOENT and why
 * when it was and there is none, or none that can be used.
 */
must_check int firmware_record_read(const struct host_variables *variables,
				    struct host_runtime *ret_runtime, struct why *why);
