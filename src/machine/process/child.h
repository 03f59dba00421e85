/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The sandboxed process, from fork to the point where nothing but guest RAM is
 * mapped, no descriptor is open and no system call but one is let through.
 */
#include "machine/machine.h"

#include <sys/types.h>

/*
 * Start it and drive it there. On success it is stopped, traced, and dies with
 * us; *ret_pid is to be killed and waited for by the caller.
 */
must_check int child_start(const struct machine_config *config, pid_t *ret_pid, struct why *why);

/*
 * Have the stopped child make one system call from the private page, whatever
 * its registers hold; they are lost. Returns its result (negative errno included).
 * -ECHILD when the child is gone.
 */
long child_call(pid_t pid, uint64_t private_page, long number, const uint64_t arg[static 6]);
