/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The secret that systemd-stub derived for the running system, handed on as the
 * stub itself hands it over: a file in the initrd.
 */
#include "firmware/firmware.h"

/*
 * A cpio archive of /.extra/boot-secret from path, or n_bytes 0 where the host has
 * none or none that may be read. boot_secret_free() it.
 */
must_check int boot_secret_read(const char *path, struct firmware_file *ret_file);
void boot_secret_free(struct firmware_file *file);
