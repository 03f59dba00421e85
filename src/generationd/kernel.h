/* SPDX-License-Identifier: MIT */
#pragma once
/* Making the kernel's own generator different in each clone, at once. */
#include "base/util.h"
#include "base/why.h"

#include <stdint.h>

/* The descriptor that push needs, opened while we may. */
must_check int kernel_pool_open(struct why *why);

/*
 * Mix the identity and the processor's random numbers into the kernel's pool and
 * have it reseed from there now; by itself it does so tens of milliseconds after
 * a clone. Nothing is credited as entropy. Returns 0 or a negative errno: -ENODATA
 * before the kernel's generator was ready the first time.
 */
must_check int kernel_pool_push(int fd, const uint64_t identity[2], struct why *why);
