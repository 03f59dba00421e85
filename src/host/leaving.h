/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What of the running system has a say when it is left by kexec, or is missed behind that. Each is
 * by files below root, "" for the running system.
 */
#include "base/why.h"

#include <stdbool.h>

/*
 * systemd's last step can be a script of the initramfs, which needs a program to jump with: -ENOENT
 * when there will be none, and the machine would be rebooted by its firmware.
 */
must_check int leaving_by_initramfs(const char *root, struct why *why);

/*
 * True when the next kernel could write a hibernation image: the firmware's boot describes memory
 * otherwise than bardo, and Linux resumes no image from under another memory map.
 */
bool leaving_hibernation(const char *root, struct why *ret_why);

/*
 * True when a plain reboot will boot what is staged instead, as systemctl does it from systemd 256
 * on. An older one, or none: false.
 */
bool leaving_by_reboot(const char *root, struct why *ret_why);

/* True when a watchdog runs, and the next kernel has to see to it in time. */
bool leaving_watchdog(const char *root, struct why *ret_why);
