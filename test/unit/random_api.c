// SPDX-License-Identifier: MIT
/* The exported functions under each guard that a test can have. */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/memory.h"
#include "random/self.h"
#include "random/state.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 2048, GUARD_BYTES = 16, DRAWS = 20000 };

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n--) {
		if (*p++)
			return false;
	}
	return true;
}

/* Every length is filled to its end and not further, and nothing comes twice. */
static void test_lengths(void)
{
	static uint8_t a[MOST + GUARD_BYTES], b[MOST + GUARD_BYTES];
	unsigned overrun = 0, same = 0, empty = 0;
	size_t n, i;

	for (n = 0; n <= MOST; n++) {
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		vgetrandom_fill(a + 8, n);
		vgetrandom_fill(b + 8, n);
		overrun += !all_zero(a, 8) || !all_zero(a + 8 + n, sizeof(a) - 8 - n);
		same += n >= 8 && memcmp(a + 8, b + 8, n) == 0;
		for (i = 0; i + 16 <= n; i += 16)
			empty += all_zero(a + 8 + i, 16);
	}
	check(overrun == 0);
	check(same == 0);
	check(empty == 0);
}

/* What was handed out is gone from the state, whichever way it came. */
static void test_forgets(void)
{
	static uint8_t buf[MOST];
	unsigned num = 1, size, draws = 0, kept = 0;
	struct state *s = vgetrandom_alloc(&num, &size, 0, 0);
	size_t n;

	for (n = 1; n <= MOST; n++) {
		draws += vgetrandom(buf, n, 0, s) == (ssize_t)n;
		kept += s->mode == STATE_KEYED && !all_zero(s->batch, BATCH_BYTES - s->left);
		/* its last eight bytes, wherever they lay */
		kept += n >= 8 && memmem(s, sizeof(*s), buf + n - 8, 8) != NULL;
	}
	check(draws == MOST);
	check_msg(kept == 0, "%u of %u draws left a copy behind", kept, draws);
	munmap(s, size);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void test_numbers(void)
{
	static uint64_t v[DRAWS];
	unsigned i, twice = 0, low_half = 0;

	for (i = 0; i < DRAWS; i++)
		v[i] = vgetrandom_u64();
	qsort(v, DRAWS, sizeof(v[0]), compare_u64);
	for (i = 1; i < DRAWS; i++)
		twice += v[i] == v[i - 1];
	check(twice == 0);
	for (i = 0; i < DRAWS; i++)
		low_half += vgetrandom_u32() < 1u << 31;
	/* eight standard deviations to each side */
	check(low_half > DRAWS / 2 - 570 && low_half < DRAWS / 2 + 570);
}

static void test_uniform(void)
{
	unsigned seen[5] = { 0 }, i, out = 0, high = 0;

	check(vgetrandom_uniform(0) == 0);
	check(vgetrandom_uniform(1) == 0);
	for (i = 0; i < DRAWS; i++)
		seen[vgetrandom_uniform(5)]++;
	for (i = 0; i < 5; i++)
		check(seen[i] > DRAWS / 5 - 460 && seen[i] < DRAWS / 5 + 460);
	/* with this bound a plain remainder would give the low third twice as often */
	for (i = 0; i < DRAWS; i++) {
		uint32_t v = vgetrandom_uniform(3u << 30);

		out += v >= 3u << 30;
		high += v >= 1u << 30;
	}
	check(out == 0);
	check(high > DRAWS * 2 / 3 - 540 && high < DRAWS * 2 / 3 + 540);
}

static void test_alloc(void)
{
	unsigned num = 9, size = 0, i, straddling = 0, filled = 0;
	uint8_t *states, buf[100];

	check(vgetrandom_alloc(&num, &size, 1, 0) == MAP_FAILED && errno == EINVAL);
	check(vgetrandom_alloc(&num, &size, 0, 1) == MAP_FAILED && errno == EINVAL);
	check(num == 9 && size == 0);
	states = vgetrandom_alloc(&num, &size, 0, 0);
	require(states != MAP_FAILED);
	check(num >= 9 && size >= 144);
	for (i = 0; i < num; i++) {
		uint8_t *s = states + (size_t)i * size;

		straddling += (uintptr_t)s / 4096 != ((uintptr_t)s + size - 1) / 4096;
		filled += vgetrandom(buf, sizeof(buf), 0, s) == sizeof(buf);
	}
	check(straddling == 0 && filled == num);
	check(vgetrandom(buf, sizeof(buf), 0, states + 4096 - size / 2) == -EFAULT);
	check(vgetrandom(buf, sizeof(buf), 0x80, states) == -EINVAL);
	check(vgetrandom(buf, sizeof(buf), GRND_RANDOM | GRND_INSECURE, states) == -EINVAL);
	check(vgetrandom(buf, sizeof(buf), GRND_NONBLOCK, states) == sizeof(buf));
	check(vgetrandom(buf, sizeof(buf), GRND_INSECURE, states) == sizeof(buf));
	check(vgetrandom(buf, 0, 0, states) == 0);
	check(vgetrandom(buf, sizeof(buf), 0, NULL) == sizeof(buf));
	check(munmap(states, (size_t)num * size) == 0);
	num = 0;
	states = vgetrandom_alloc(&num, &size, 0, 0);
	check(states != MAP_FAILED && num >= 1);
	munmap(states, (size_t)num * size);
}

/* What the child draws and what its parent draws, right after a fork. */
static void test_fork(void)
{
	uint64_t before = vgetrandom_generation(), mine[2], childs[2];
	int p[2], status;
	pid_t pid;

	check(before != 0 && vgetrandom_still_current(before));
	check(!vgetrandom_still_current(0));
	vgetrandom_u32();
	require(pipe(p) == 0);
	pid = fork();
	if (pid == 0) {
		uint64_t v[2] = { vgetrandom_u64(), vgetrandom_generation() };
		bool ok =
			!vgetrandom_still_current(before) && write(p[1], v, sizeof(v)) == sizeof(v);

		_exit(!ok);
	}
	/* else a child that says nothing is waited for */
	close(p[1]);
	mine[0] = vgetrandom_u64();
	mine[1] = vgetrandom_generation();
	check(read(p[0], childs, sizeof(childs)) == sizeof(childs));
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(childs[0] != mine[0]);
	check(childs[1] != mine[1] && mine[1] == before);
	close(p[0]);
}

static void test_errno(void)
{
	uint8_t big[5000];

	errno = 4711;
	vgetrandom_u32();
	vgetrandom_fill(big, sizeof(big));
	vgetrandom_generation();
	check(errno == 4711);
}

static void test_guard(enum guard kind)
{
	check_msg(detector_use(kind), "guard %s", guard_name(kind));
	test_lengths();
	test_forgets();
	test_numbers();
	test_uniform();
	test_alloc();
	test_fork();
	test_errno();
}

int main(void)
{
	/* no daemon of the machine that runs the test */
	detector_published_at("/nonexistent");
	test_guard(GUARD_BLIND);
	/* second: a state that is the kernel's is so until a daemon comes */
	test_guard(GUARD_NONE);
	return tap_done();
}
