/* SPDX-License-Identifier: MIT */
#pragma once
/* A bzImage as small as one can be: setup header of protocol 2.15, one setup sector, some code. */
#include "base/util.h"

#include <stdint.h>
#include <string.h>

enum {
	TINY_KERNEL_SETUP = 2 * 512,
	TINY_KERNEL_CODE = 0x1800,
	TINY_KERNEL_BYTES = TINY_KERNEL_SETUP + TINY_KERNEL_CODE,
};

static inline void tiny_kernel_put(uint8_t *image, unsigned at, uint64_t v, unsigned n)
{
	memcpy(image + at, &v, n);
}

static inline void tiny_kernel_make(uint8_t image[static TINY_KERNEL_BYTES])
{
	memset(image, 0, TINY_KERNEL_SETUP);
	memset(image + TINY_KERNEL_SETUP, 0xc0, TINY_KERNEL_CODE);
	tiny_kernel_put(image, 0x1f1, 1, 1);	/* setup sectors */
	tiny_kernel_put(image, 0x201, 0x6a, 1); /* the header's length */
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	tiny_kernel_put(image, 0x22c, 0x7fffffff, 4); /* initrd_addr_max */
	tiny_kernel_put(image, 0x230, 0x200000, 4);   /* kernel_alignment */
	tiny_kernel_put(image, 0x234, 1, 1);	      /* relocatable_kernel */
	tiny_kernel_put(image, 0x236, 3, 2);	      /* xloadflags: 64 bit, anywhere */
	tiny_kernel_put(image, 0x238, 2047, 4);	      /* cmdline_size */
	tiny_kernel_put(image, 0x258, 0x1000000, 8);  /* pref_address */
	tiny_kernel_put(image, 0x260, 0x300000, 4);   /* init_size */
}
