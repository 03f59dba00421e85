/* SPDX-License-Identifier: MIT */
#pragma once
/* The kernel's generator: getrandom(2), the vDSO's, and whether it has reseeded. */
#include "base/util.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { VDSO_STATE_MOST = 256, PROBE_BYTES = 16 };

/*
 * n bytes from getrandom(2), interrupted or short calls continued; where the
 * call is refused (a seccomp filter), from /dev/urandom once /dev/random says
 * that it is ready. Returns 0 or a negative errno.
 */
must_check int kernel_random(void *buf, size_t n, unsigned flags);

/*
 * One getrandom(2), whatever it says: its length or a negative errno. Without the C library,
 * which sets errno and, in the child of a fork, costs several page faults before it has made
 * the call.
 */
ssize_t kernel_random_once(void *buf, size_t n, unsigned flags);

/* End the process: there are no random numbers to be had. */
void kernel_random_absent(int r) __attribute__((noreturn));

/* Look for the vDSO's function; once, before the others are called. */
void kernel_vdso_find(void);

/* What this architecture calls it. */
extern const char kernel_vdso_getrandom[];

typedef ssize_t vdso_getrandom_fn(void *buf, size_t n, unsigned flags, void *state,
				  size_t state_bytes);
extern struct vdso {
	vdso_getrandom_fn *fn; /* NULL: the kernel's has none */
	uint32_t state_bytes;
} vdso;

static inline bool kernel_vdso_present(void)
{
	return vdso.fn != NULL;
}

/* The vDSO's function over a state of VDSO_STATE_MOST bytes, zero at first. */
static inline ssize_t kernel_vdso(void *buf, size_t n, unsigned flags, void *state)
{
	return vdso.fn(buf, n, flags, state, vdso.state_bytes);
}

/*
 * Has the kernel reseeded since the probe was taken? The vDSO's next output out
 * of a given state depends on that state alone, until the kernel reseeds and the
 * state is thrown away: so a copy of a state answers, without any privilege and
 * without knowledge of its layout. The outputs go nowhere.
 */
struct probe {
	uint64_t state[VDSO_STATE_MOST / 8] __attribute__((aligned(VDSO_STATE_MOST)));
	uint8_t next[PROBE_BYTES];
};

/* False where the vDSO cannot tell: too old, or the kernel's generator not ready. */
bool probe_take(struct probe *ret_probe);
bool probe_changed(const struct probe *probe);
