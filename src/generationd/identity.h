/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What no clone of this machine has: its VM generation id, what the processor gives, or
 * what the kernel gives after a reseed that came behind the duplicate. A number out of the
 * kernel's generator is none by itself: until then it gives the clones the same.
 */
#include "base/util.h"
#include "random/kernel.h"

#include <stdint.h>

/* Since when the kernel has to reseed. */
struct identity {
	struct probe probe;
	uint32_t began_ms;
	bool sees; /* the kernel's reseeds can be seen */
	bool held; /* this machine has one: nothing to wait for */
};

/* The machine may have been duplicated just now. */
void identity_forget(struct identity *id);

/*
 * A new generation's number and its identity. Never waits: returns 0, or -EAGAIN when nothing
 * is at hand that differs, or the kernel's generator is not ready. Where one is held, it is
 * that one, and not what comes from here.
 */
must_check int identity_make(const struct identity *id, uint64_t ret_identity[2],
			     uint64_t *ret_generation);
