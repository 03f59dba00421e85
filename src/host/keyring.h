/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The kernel's keyrings of certificates. They cannot be read: one asks whether a certificate may be
 * linked into a keyring of ours that takes only what a keyring of the kernel's vouches for.
 */
#include "base/bytes.h"
#include "base/util.h"

#include <stdint.h>

/* The serial number of a keyring (".platform") as /proc/keys below root has it; -ENOENT. */
must_check int32_t host_keyring_find(const char *root, const char *name);

/*
 * 1: certificate (DER) is in that keyring, or was signed with a key that is, and is not in the
 * kernel's blacklist. 0: it is not; or a negative errno, where the kernel cannot be asked.
 */
must_check int host_keyring_vouches(int32_t serial, struct bytes certificate);
