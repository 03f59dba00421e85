// SPDX-License-Identifier: MIT
#include "random/kernel.h"

#include <sys/syscall.h>

const char kernel_vdso_getrandom[] = "__kernel_getrandom";

ssize_t kernel_random_once(void *buf, size_t n, unsigned flags)
{
	register long r __asm__("x0") = (long)buf;
	register size_t count __asm__("x1") = n;
	register unsigned long f __asm__("x2") = flags;
	register long nr __asm__("x8") = SYS_getrandom;

	__asm__ volatile("svc #0" : "+r"(r) : "r"(count), "r"(f), "r"(nr) : "memory");
	return r;
}
