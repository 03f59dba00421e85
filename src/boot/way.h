/* SPDX-License-Identifier: MIT */
#pragma once
/* --handover auto: what is staged, by what this machine's kernel lets us do. */
#include "base/why.h"
#include "boot/request.h"

/*
 * HANDOVER_AUTO becomes HANDOVER_FREEZE where kexec_load(2) is allowed; else HANDOVER_FILE where
 * the kernel may still take files, with *ret_because what is in the way of the other. Negative, and
 * the gate that closes both, where nothing can be staged. Other ways stay, with no *ret_because.
 */
must_check int way_choose(struct boot_request *request, struct why *ret_because, struct why *why);

/* May this process stage something that way? Else a negative errno and the gate by name. */
must_check int way_is_open(enum handover_way way, struct why *why);
