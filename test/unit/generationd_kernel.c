// SPDX-License-Identifier: MIT
/*
 * What the daemon does to the kernel's generator: the identity and the processor's
 * numbers go in first, the reseed comes after. The system calls are looked at on
 * their way, and they are the real ones.
 */
#include "generationd/kernel.h"
#include "random/cpu.h"
#include "random/kernel.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { CALLS_MOST = 8, BYTES_MOST = 64, IDENTITY_AND_SEED = 16 + 32 };

static struct call {
	bool is_write;
	size_t n;
	uint8_t bytes[BYTES_MOST];
	unsigned long request;
} calls[CALLS_MOST];
static unsigned n_calls;
static int fail_write; /* with this errno, if not 0 */

ssize_t __real_write(int fd, const void *p, size_t n);
int __real_ioctl(int fd, unsigned long request, ...);

/* also the test's own output, unless it is recording */
static bool recording;

ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_ioctl(int fd, unsigned long request, ...);

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	if (recording && n_calls < CALLS_MOST && n <= BYTES_MOST) {
		calls[n_calls] = (struct call){ .is_write = true, .n = n };
		memcpy(calls[n_calls++].bytes, p, n);
	}
	if (fail_write) {
		errno = fail_write;
		return -1;
	}
	return __real_write(fd, p, n);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	if (recording && n_calls < CALLS_MOST)
		calls[n_calls++] = (struct call){ .request = request };
	return __real_ioctl(fd, request);
}

static int push(int fd, const uint64_t identity[2], struct why *why)
{
	int r;

	n_calls = 0;
	recording = true;
	r = kernel_pool_push(fd, identity, why);
	recording = false;
	return r;
}

static const uint64_t identity[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };

static bool zeros(const uint8_t *p, size_t n)
{
	while (n--) {
		if (*p++)
			return false;
	}
	return true;
}

static void test_order(int fd)
{
	uint8_t first[32];
	struct why why;
	int r = push(fd, identity, &why);

	check_msg(r == 0 || r == -EPERM, "push: %d", r);
	check(n_calls == 2 && calls[0].is_write && calls[1].request == RNDRESEEDCRNG);
	check(memcmp(calls[0].bytes, identity, sizeof(identity)) == 0);
	if (!cpu_random_name()) {
		check(calls[0].n == sizeof(identity));
		return;
	}
	check(calls[0].n == IDENTITY_AND_SEED);
	memcpy(first, calls[0].bytes + 16, sizeof(first));
	check(!zeros(first, 8) && !zeros(first + 24, 8));
	(void)!push(fd, identity, &why);
	check(memcmp(first, calls[0].bytes + 16, sizeof(first)) != 0);
}

/* At once: when push returns, the kernel's vDSO has thrown its keys away. */
static void test_effect(int fd)
{
	struct probe probe;
	struct why why;

	kernel_vdso_find();
	if (geteuid() != 0 || !probe_take(&probe)) {
		skip("the kernel's reseed cannot be seen or forced");
		return;
	}
	check(!probe_changed(&probe));
	check(kernel_pool_push(fd, identity, &why) == 0 && probe_changed(&probe));
}

static void test_failure(int fd)
{
	struct why why;

	fail_write = EIO;
	check(push(fd, identity, &why) == -EIO && n_calls == 1);
	fail_write = 0;
	check(strstr(why.text, "/dev/urandom") != NULL);
}

int main(void)
{
	struct why why;
	struct stat st;
	int fd = kernel_pool_open(&why);

	require(fd >= 0);
	check(fstat(fd, &st) == 0 && st.st_rdev == makedev(1, 9));
	test_order(fd);
	test_effect(fd);
	test_failure(fd);
	return tap_done();
}
