/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The event log for a kernel that EFI does not tell of it: a file in one more archive behind its
 * initrd, and a line by which systemd keeps that (HOST_CARRIED_LOG).
 */
#include "boot/sources.h"

/* Is there a log that the next kernel would not have? */
bool carry_is_needed(const struct sources *sources);

/*
 * All of initrd, then that archive, in a file without a name; behind the machine's log comes what
 * was measured. A descriptor or a negative errno.
 */
must_check int carry_behind(const struct sources *sources, struct bytes measured,
			    struct bytes initrd, struct why *why);
