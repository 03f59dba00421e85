/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * This process: which generation it is in, and the kernel's reseeds as it saw
 * them. One page that a fork wipes, so that zero says "a new process".
 */
#include "base/util.h"

#include <stdint.h>

/* Set the library up, once; every entry that may be the first calls it. */
void self_begin(void);
extern bool self_begun;

/*
 * Compare the detector with what this process saw last. When the machine was
 * duplicated, a new generation begins, after something is at hand that makes the
 * duplicates differ: where nothing is, this waits until the kernel has reseeded.
 * Returns 0, or -EAGAIN when that takes waiting and flags say GRND_NONBLOCK.
 */
must_check int self_check(unsigned flags);

/* The generation; 0 only before the first self_check() of a process. */
uint64_t self_generation(void);

/*
 * The detector's words that the generation began with. A key is made for these
 * and not for what the detector says by then: a duplicate between self_check()
 * and the making of the key would go unnoticed.
 */
void self_known(uint64_t ret_words[2]);

/* Is it the generation, as far as two loads can tell? */
bool self_is(uint64_t generation);

/* Counts the kernel's reseeds and this machine's suspends, as far as they can be seen. */
uint32_t self_kernel_epoch(void);

/* Set aside for states.c: zero in a process that has not set it. */
uint32_t *self_states_word(void);

/* Tests: as if the processor had no generator. */
void self_deny_cpu_random(bool deny);

/*
 * A new key from the old one: PRF(old key, identity of this clone) XOR 32 bytes
 * of the kernel XOR 32 of the processor. Returns 0 or a negative errno.
 */
must_check int seed_make(uint8_t key[32], unsigned flags);

/* Seconds and milliseconds that cost next to nothing. */
uint32_t coarse_ms(void);
