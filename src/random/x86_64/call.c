// SPDX-License-Identifier: MIT
#include "random/kernel.h"

#include <sys/syscall.h>

const char kernel_vdso_getrandom[] = "__vdso_getrandom";

ssize_t kernel_random_once(void *buf, size_t n, unsigned flags)
{
	long r = SYS_getrandom;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(buf), "S"(n), "d"((unsigned long)flags)
			 : "rcx", "r11", "memory");
	return r;
}
