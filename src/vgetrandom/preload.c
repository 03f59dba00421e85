// SPDX-License-Identifier: MIT
/*
 * libvgetrandom-preload.so: LD_PRELOAD it, and a program's getrandom(),
 * getentropy() and arc4random*() are served by vgetrandom. They keep what they
 * promise: flags, errors, errno, lengths.
 */
#include <vgetrandom.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/util.h"
#include "random/api.h"

#define public __attribute__((visibility("default")))

enum { ENTROPY_BYTES_MOST = 256, RW_BYTES_MOST = 0x7ffff000 };

public
ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
	size_t n = min_u64(length, RW_BYTES_MOST);
	ssize_t r;

	r = api_fill(buffer, n, flags);
	if (r < 0) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

public
int getentropy(void *buffer, size_t length)
{
	if (length > ENTROPY_BYTES_MOST) {
		errno = EIO;
		return -1;
	}
	return getrandom(buffer, length, 0) < 0 ? -1 : 0;
}

public
uint32_t arc4random(void)
{
	return vgetrandom_u32();
}

public
void arc4random_buf(void *buffer, size_t length)
{
	vgetrandom_fill(buffer, length);
}

public
uint32_t arc4random_uniform(uint32_t upper_bound)
{
	return vgetrandom_uniform(upper_bound);
}
