// SPDX-License-Identifier: MIT
/* The kernel's generator: when it reseeds, refuses, is not ready, or is not to be had. */
#include <vgetrandom.h>

#include "random/chacha20.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/state.h"
#include "random/states.h"
#include "reseed.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* From now on getrandom(2) says this, and open(2) too if asked. */
static void refuse(int error, bool open_too)
{
	uint32_t answer = SECCOMP_RET_ERRNO | (uint32_t)error;
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, open_too ? SYS_openat : SYS_getrandom, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { ARRAY_SIZE(f), f };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) < 0)
		_exit(99);
}

/* What a child's end was, and what it said on standard error. */
static int in_child(void (*run)(void), char *said, size_t n)
{
	int p[2], status;
	ssize_t got;
	pid_t pid;

	require(pipe(p) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		run();
		_exit(0);
	}
	close(p[1]);
	waitpid(pid, &status, 0);
	got = read(p[0], said, n - 1);
	said[got > 0 ? got : 0] = 0;
	close(p[0]);
	return status;
}

static int refusal;

static void refused_with_devices(void)
{
	uint8_t a[40] = { 0 }, b[40] = { 0 };

	refuse(refusal, false);
	vgetrandom_fill(a, sizeof(a));
	vgetrandom_fill(b, sizeof(b));
	_exit(memcmp(a, b, sizeof(a)) == 0 ? 1 : 0);
}

static void refused_altogether(void)
{
	refuse(EPERM, true);
	vgetrandom_u32();
}

static void not_ready(void)
{
	unsigned num = 1, size;
	void *s = vgetrandom_alloc(&num, &size, 0, 0);
	uint8_t b[8];

	refuse(EAGAIN, false);
	_exit(vgetrandom(b, sizeof(b), GRND_NONBLOCK, s) == -EAGAIN &&
			      vgetrandom(b, sizeof(b), GRND_NONBLOCK, s) == -EAGAIN
		      ? 0
		      : 1);
}

static void test_refusals(void)
{
	static const int refusals[] = { EPERM, ENOSYS, EACCES };
	char said[200];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		refusal = refusals[i];
		check_msg(in_child(refused_with_devices, said, sizeof(said)) == 0,
			  "getrandom(2) says %s: the devices give", strerrorname_np(refusal));
	}
	check(WIFSIGNALED(in_child(refused_altogether, said, sizeof(said))));
	check_msg(strstr(said, "the kernel gives no random numbers") != NULL, "it says: %.60s",
		  said);
	check(in_child(not_ready, said, sizeof(said)) == 0);
}

static void test_probe(void)
{
	struct probe probe;

	if (!kernel_vdso_present()) {
		check(!probe_take(&probe));
		skip("the vDSO has no getrandom");
		return;
	}
	require(probe_take(&probe));
	check(!probe_changed(&probe));
	check(!probe_changed(&probe));
	if (!force_reseed()) {
		skip("only root may have the kernel reseed");
		return;
	}
	check(probe_changed(&probe));
	require(probe_take(&probe));
	check(!probe_changed(&probe));
}

static struct state *drawn_state(uint8_t ret_key[32])
{
	unsigned num = 1, size;
	struct state *s = vgetrandom_alloc(&num, &size, 0, 0);
	uint8_t b[8];

	require(s != MAP_FAILED);
	vgetrandom(b, sizeof(b), 0, s);
	memcpy(ret_key, s->key, sizeof(s->key));
	return s;
}

/* Of the clock that a draw looks at; a busy machine's comes late. */
static void wait_for_tick(void)
{
	struct timespec before, now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &before);
	do {
		usleep(20000);
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	} while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

/* The first draw behind the next tick of the clock: has it brought another key? That is the one
 * then. */
static bool rekeyed(struct state *s, uint8_t inout_key[32])
{
	uint8_t b[8];
	bool is_new;

	wait_for_tick();
	vgetrandom(b, sizeof(b), 0, s);
	is_new = memcmp(inout_key, s->key, sizeof(s->key)) != 0;
	memcpy(inout_key, s->key, sizeof(s->key));
	return is_new;
}

/* No other key without a reason; the kernel may have had one, but not twice in a row. */
static bool settles(struct state *s, uint8_t inout_key[32])
{
	return !rekeyed(s, inout_key) || !rekeyed(s, inout_key);
}

/* The same of this thread's own state. */
static bool own_rekeyed(const struct state *s, uint8_t inout_key[32])
{
	bool is_new;

	wait_for_tick();
	vgetrandom_u64();
	is_new = memcmp(inout_key, s->key, sizeof(s->key)) != 0;
	memcpy(inout_key, s->key, sizeof(s->key));
	return is_new;
}

static bool own_settles(const struct state *s, uint8_t inout_key[32])
{
	return !own_rekeyed(s, inout_key) || !own_rekeyed(s, inout_key);
}

static void test_own_follows(void)
{
	uint8_t key[32] = { 0 };
	struct state *s;

	vgetrandom_u64();
	/* the last one that was taken, so far */
	s = states_take();
	states_give(s--);
	check(own_rekeyed(s, key) && s->mode == STATE_KEYED && own_settles(s, key));
	if (!kernel_vdso_present() || !force_reseed()) {
		skip("the kernel's reseed cannot be seen or forced");
		return;
	}
	check(own_rekeyed(s, key) && own_settles(s, key));
}

/* Where nobody counts the kernel's reseeds a state follows them at the next tick of the clock. */
static void test_follows(void)
{
	static const volatile uint64_t nobody = LIVENESS_DIED;
	uint8_t key[32];
	struct state *s;

	detector.word[RESEEDS_WORD] = &nobody;
	s = drawn_state(key);

	if (!kernel_vdso_present() || !force_reseed()) {
		skip("the kernel's reseed cannot be seen or forced");
		return;
	}
	check(rekeyed(s, key));
	/* a key's time counts from the first look at the clock */
	check(settles(s, key));
	/* time alone: as if the key were a minute old */
	s->keyed_ms -= 61000;
	check(rekeyed(s, key));
	/* and not without a reason */
	check(settles(s, key));
}

/* The key after n bytes out of an empty batch, if no other comes in between. */
static void key_after(const uint8_t key[32], size_t n_blocks, uint8_t ret_key[32])
{
	static uint8_t stream[(1024 + 1) * CHACHA20_BLOCK_BYTES];
	uint32_t tail[4] = { 0 };

	chacha20_blocks(stream, key, tail, n_blocks + 1, stream + n_blocks * CHACHA20_BLOCK_BYTES);
	memcpy(ret_key, stream + n_blocks * CHACHA20_BLOCK_BYTES, 32);
}

/* After four megabytes the next key does not follow from the last any more. */
static void test_volume(void)
{
	static uint8_t b[1024 * CHACHA20_BLOCK_BYTES];
	unsigned num = 1, size, i, fresh = 0;
	struct state *s = vgetrandom_alloc(&num, &size, 0, 0);
	uint8_t follows[32];

	require(s != MAP_FAILED);
	vgetrandom(b, 8, 0, s);
	for (i = 0; i < 160; i++) {
		key_after(s->key, 1024, follows);
		s->left = 0;
		vgetrandom(b, sizeof(b), 0, s);
		fresh += memcmp(follows, s->key, 32) != 0;
	}
	check_msg(fresh == 2, "%u new keys in 10 megabytes", fresh);
}

/*
 * The clock that counts suspends goes forward by an hour and the other does not:
 * another time namespace, which a process with one thread may enter.
 */
static bool pretend_suspend(void)
{
	static const char hour[] = "boottime 3600 0\n";
	int offsets, space;
	bool ok;

	if (unshare(CLONE_NEWTIME) < 0)
		return false;
	offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	space = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	ok = write(offsets, hour, strlen(hour)) > 0 && setns(space, CLONE_NEWTIME) == 0;
	close(offsets);
	close(space);
	return ok;
}

static void test_suspend(void)
{
	uint8_t key[32];
	struct state *s = drawn_state(key);

	if (!pretend_suspend()) {
		skip("no time namespace to be had");
		return;
	}
	check(rekeyed(s, key));
}

int main(void)
{
	detector_published_at("/nonexistent");
	detector_use(GUARD_BLIND);
	self_deny_cpu_random(true);
	test_refusals();
	self_begin();
	test_probe();
	test_follows();
	test_own_follows();
	test_volume();
	test_suspend();
	return tap_done();
}
