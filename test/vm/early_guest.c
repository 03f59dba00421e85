// SPDX-License-Identifier: MIT
/*
 * Process 1 of a machine whose kernel's generator is not ready yet: what do draws do
 * until it is? Lines on the console, each "@ok" or "@bad" and what was looked at.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

static void say(bool ok, const char *text)
{
	printf("@%s %s\n", ok ? "ok" : "bad", text);
	fflush(stdout);
}

static bool kernel_ready(void)
{
	uint8_t b;

	return kernel_random_once(&b, 1, GRND_NONBLOCK) == 1;
}

static void draws(const char *guard)
{
	unsigned num = 1, bytes;
	void *s = vgetrandom_alloc(&num, &bytes, 0, 0);
	uint64_t v = 0;
	char text[100];

	snprintf(text, sizeof(text), "%s: before the kernel is ready, EAGAIN", guard);
	say(vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == -EAGAIN && v == 0 && !kernel_ready(),
	    text);
}

int main(void)
{
	struct timespec from, to;
	char text[100];
	uint64_t v;
	long ms;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	self_deny_cpu_random(true);
	say(detector_use(GUARD_NONE), "without a guard");
	draws("none");
	say(detector_use(GUARD_VMGENID), "with a VM generation id");
	draws("vmgenid");
	clock_gettime(CLOCK_MONOTONIC, &from);
	v = vgetrandom_u64();
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	snprintf(text, sizeof(text), "a draw waits %ld ms, until the kernel is ready", ms);
	say(kernel_ready() && v != vgetrandom_u64() && ms > 0, text);
	puts("@end");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 0;
}
