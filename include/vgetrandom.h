/* SPDX-License-Identifier: MIT */
#ifndef VGETRANDOM_H
#define VGETRANDOM_H
/*
 * Random numbers from user space with the guarantees of getrandom(2), and no
 * repetition in clones of a virtual machine where the machine can be watched.
 * vgetrandom(3) is the reference, vgetrandom(7) says what is promised where.
 */
#ifndef __LP64__
#error "libvgetrandom is for programs of 64 bits: it looks at numbers of 64 bits that change under it"
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Map states for vgetrandom(): *num is how many are wanted, then how many there
 * are; *size_per_each is the distance between two. No state straddles a page.
 * addr and flags are reserved and must be zero.
 *
 * Returns the first state, to be freed with munmap(p, num * size_per_each), or
 * MAP_FAILED with errno set (EINVAL, EFAULT, ENOMEM).
 */
void *vgetrandom_alloc(unsigned int *num, unsigned int *size_per_each, unsigned long addr,
		       unsigned int flags);

/*
 * getrandom(2) out of a state that one thread at a time uses. Flags are those of
 * getrandom(2). May be called in a signal handler that interrupted a call with
 * the same state.
 *
 * Returns the number of bytes written or a negative errno: EAGAIN, EINVAL, or
 * EFAULT when the state straddles a page. A state that is none of vgetrandom_alloc()
 * is undefined behaviour: parent and child of a fork may then draw the same.
 */
ssize_t vgetrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state);

/*
 * Fill the buffer, with a state per thread that the library looks after. Cannot
 * fail: waits until the kernel's generator is ready, and ends the process with a
 * message when the kernel has no random numbers to give. Async-signal-safe;
 * leaves errno alone.
 */
void vgetrandom_fill(void *buffer, size_t len);

/* The same for one number. */
uint32_t vgetrandom_u32(void);
uint64_t vgetrandom_u64(void);

/* A number below upper_bound, each with the same probability; 0 when the bound is 0 or 1. */
uint32_t vgetrandom_uniform(uint32_t upper_bound);

/*
 * A number that changes when this process (fork) or this machine (clone,
 * restore) was duplicated, as far as vgetrandom(7) says that it can be noticed.
 * Never 0.
 */
uint64_t vgetrandom_generation(void);

/* Is that still the generation? Ask before a nonce or key made earlier is used. */
bool vgetrandom_still_current(uint64_t generation);

#ifdef __cplusplus
}
#endif
#endif
