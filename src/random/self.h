/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * This process: how it begins, which generation it is in, and the kernel's reseeds as it
 * saw them. There is no lock in here, and nobody waits for another thread.
 */
#include "base/util.h"

#include <stdint.h>

/*
 * Set the library up, once: when it is loaded, or in a call that comes before. It is here
 * that files are opened and memory is mapped; afterwards draws make no system call but
 * getrandom(2). False while another thread is at it: then there is nothing yet to
 * draw from but the kernel.
 */
bool self_begin(void);

/* Has it begun? */
extern uint32_t self_begun;
static inline bool self_ready(void)
{
	return __atomic_load_n(&self_begun, __ATOMIC_ACQUIRE) == 2 || self_begin();
}

/*
 * Compare the detector with what this process saw last. When the machine was
 * duplicated, something is at hand when this returns that makes the duplicates differ:
 * where nothing is, this waits until the kernel has reseeded. Returns 0, or -EAGAIN
 * when that takes waiting and flags say GRND_NONBLOCK.
 *
 * ret_words: the words of the detector that were found good. A key is made for these
 * and not for what the detector says by then: a duplicate between the check and the
 * making of the key would go unnoticed.
 */
must_check int self_check_words(uint64_t ret_words[2], unsigned flags);

/* The generation's number; never 0. */
must_check int self_generation(uint64_t *ret_generation);

/* Is it the generation? */
bool self_is(uint64_t generation);

/*
 * A number of this process, never 0: a child of fork has another one. Returns 0 or a
 * negative errno.
 */
must_check int self_number(uint64_t *ret_number, unsigned flags);
/* Is it still that one? Then no fork came in between. */
bool self_number_is(uint64_t number);

/* False where nothing can be had that a fork wipes: then nothing may be kept in memory. */
bool self_forks_wipe(void);

/* Counts the kernel's reseeds and this machine's suspends, as far as they can be seen. */
uint32_t self_kernel_epoch(void);

/*
 * The same as it was asked for last. What came since is noticed by the next who asks: good
 * enough for a key that is made now, and in a child much faster.
 */
uint32_t self_last_epoch(void);

/* Tests: as if the processor had no generator. */
void self_deny_cpu_random(bool deny);

/* Tests: the next call is the first one again, in a process that has not drawn yet. */
void self_forget(void);

/*
 * A new key from the old one: PRF(old key, identity of this clone) XOR 32 bytes
 * of the kernel XOR 32 of the processor. Returns 0 or a negative errno.
 */
must_check int seed_make(uint8_t key[32], unsigned flags);

/* Seconds and milliseconds that cost next to nothing. */
uint32_t coarse_ms(void);
