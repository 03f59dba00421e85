// SPDX-License-Identifier: MIT
/*
 * usage: bench-random [--table]
 *
 * How fast: ours against what there is. All candidates take turns in each round,
 * so that a noisy machine is noisy for all. A turn is many short runs, of which the
 * fastest counts: it is the one that nobody else's turn on this processor cut in
 * two. A round on a slowed-down core, told by a chain of multiplications, is thrown away.
 * The figures are the fastest of the rounds. Where too few are left, the machine is too
 * busy to be judged: it says so, and nothing failed. With --table nothing is judged: an
 * emulator's times say nothing about a processor.
 */
#include <vgetrandom.h>

#include "bench_cpu.h"
#include "generationd/page.h"
#include "random/chacha20.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/states.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	N_ROUNDS = 15,
	ROUNDS_MOST = 60,
	N_SIZES = 6,
	BYTES_MOST = 1 << 20,
	TURN_NS = 3000000,
	THREAD_NS = 50000000,
	SHORT_BYTES = 32768,
	CHILDREN = 300,
	MULTIPLICATIONS = 50000,
};

static const size_t sizes[N_SIZES] = { 4, 16, 32, 256, 4096, 1 << 20 };
static uint8_t buf[BYTES_MOST];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ------------------------------------------------------------- candidates */

/*
 * Each draws so many times, in a loop of its own that calls as a program does: a loop that
 * all share calls by pointer, and that takes longer than a number of 32 bits.
 */
static void from_syscall(void *p, size_t n, unsigned times)
{
	while (times--)
		(void)!kernel_random_once(p, n, 0);
}

static void from_vdso(void *p, size_t n, unsigned times)
{
	static uint64_t state[VDSO_STATE_MOST / 8] __attribute__((aligned(VDSO_STATE_MOST)));

	while (times--)
		kernel_vdso(p, n, 0, state);
}

static __thread volatile uint32_t number; /* no cache line that two threads write to */

static void from_ours(void *p, size_t n, unsigned times)
{
	/* it comes in a register: where it goes from there is the caller's affair */
	if (n == 4) {
		while (times--)
			number = vgetrandom_u32();
	} else {
		while (times--)
			vgetrandom_fill(p, n);
	}
}

/*
 * libsodium chooses by cpuid, which cannot be masked for one process everywhere. Its
 * versions are objects of its static library: called as it calls them, each is
 * held against ours for the same processor.
 */
struct sodium_version {
	int (*stream)(uint8_t *out, unsigned long long n, const uint8_t *nonce, const uint8_t *key);
	/* and more, not needed here */
};
#define DECLARED(of, version, for_this) extern struct sodium_version version;
CPU_SODIUM(DECLARED)
DECLARED("ref", crypto_stream_chacha20_ref_implementation, )
#undef DECLARED

static const struct sodium_version *sodium_version;

static void from_sodium(void *p, size_t n, unsigned times)
{
	static const uint8_t key[32], nonce[8];

	while (times--)
		sodium_version->stream(p, n, nonce, key);
}

static void from_sodium_random(void *p, size_t n, unsigned times)
{
	while (times--)
		randombytes_buf(p, n);
}

static void from_openssl_random(void *p, size_t n, unsigned times)
{
	while (times--)
		RAND_bytes(p, (int)n);
}

static EVP_CIPHER_CTX *evp;

static void from_openssl(void *p, size_t n, unsigned times)
{
	int done;

	while (times--)
		EVP_EncryptUpdate(evp, p, &done, p, (int)n);
}

static void (*bsd)(void *, size_t);

static void from_bsd(void *p, size_t n, unsigned times)
{
	while (times--)
		bsd(p, n);
}

static struct candidate {
	const char *name;
	void (*draw)(void *, size_t, unsigned times);
	const char *impl;		     /* of ours */
	const struct sodium_version *sodium; /* of its versions */
	int (*for_this)(void);		     /* is it for this processor? NULL: yes */
	bool missing;
	double ns[N_SIZES][N_ROUNDS];
	double best[N_SIZES];
} candidates[] = {
#define OURS(of) { .name = "libvgetrandom " of, .draw = from_ours, .impl = of },
#define SODIUM(of, version, for_this_)                                                             \
	{ .name = "libsodium chacha20 " of,                                                        \
	  .draw = from_sodium,                                                                     \
	  .sodium = &version,                                                                      \
	  .for_this = for_this_ },
	{ .name = "getrandom(2)", .draw = from_syscall },
	{ .name = "vDSO", .draw = from_vdso },
	/* clang-format off */
	CPU_OURS(OURS)
	OURS("c")
	{ .name = "libsodium randombytes_buf", .draw = from_sodium_random },
	CPU_SODIUM(SODIUM)
	SODIUM("ref", crypto_stream_chacha20_ref_implementation, NULL)
	/* clang-format on */
	{ .name = "OpenSSL RAND_bytes", .draw = from_openssl_random },
	{ .name = "OpenSSL EVP chacha20", .draw = from_openssl },
	{ .name = "libbsd arc4random_buf", .draw = from_bsd },
};

static struct candidate *named(const char *name)
{
	size_t i;

	for (i = 0; strcmp(candidates[i].name, name) != 0; i++)
		;
	return &candidates[i];
}

/* Of ours that this processor can run. */
static const struct candidate *ours_fastest(void)
{
	const struct candidate *c = candidates;

	while (!c->impl || c->missing)
		c++;
	return c;
}

static const struct chacha20_impl *impl_named(const char *name)
{
	size_t i;

	for (i = 0; i < chacha20_n_impls; i++) {
		if (strcmp(chacha20_impls[i].name, name) == 0 && chacha20_impls[i].usable())
			return &chacha20_impls[i];
	}
	return NULL;
}

static void set_up_others(void)
{
	static const uint8_t key[32] = { 1 }, iv[16];
	void *lib = dlopen("libbsd.so.0", RTLD_NOW);

	if (sodium_init() < 0)
		exit(1);
	evp = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(evp, EVP_chacha20(), NULL, key, iv);
	if (lib)
		*(void **)&bsd = dlsym(lib, "arc4random_buf");
	named("vDSO")->missing = !kernel_vdso_present();
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		struct candidate *c = &candidates[i];

		c->missing |= (c->impl && !impl_named(c->impl)) || (c->draw == from_bsd && !bsd) ||
			      (c->for_this && !c->for_this());
	}
}

/* A page as the daemon publishes it: all three words are looked at, before and after. */
static void set_up_ours(void)
{
	static char folder[] = "/tmp/bench-random-XXXXXX", path[64];
	static const uint64_t identity[2] = { 1, 2 };
	struct published *page;

	if (!mkdtemp(folder))
		exit(1);
	snprintf(path, sizeof(path), "%s/generation", folder);
	if (page_open(folder, &page, NULL) < 0)
		exit(1);
	page_duplicated(page, 1, identity, 0);
	if (page_live(page, GUARD_VMGENID, NULL) < 0)
		exit(1);
	detector_published_at(path);
	if (!detector_use(GUARD_PUBLISHED))
		exit(1);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock", folder);
	unlink(path);
	rmdir(folder);
	self_begin();
}

/* -------------------------------------------------------------- measuring */

/*
 * Multiplications that wait for each other: their rate is the core's clock. Additions of a
 * constant are none: some processors do several of those while they rename registers.
 * How many in a nanosecond.
 */
static double clock_rate(void)
{
	double began = now_ns();
	uint64_t v = 3;
	unsigned i;

	for (i = 0; i < MULTIPLICATIONS; i++)
		__asm__ volatile(CPU_MULTIPLY : "+r"(v));
	return MULTIPLICATIONS / (now_ns() - began);
}

static double short_run(const struct candidate *c, size_t n, unsigned times)
{
	double began = now_ns();

	c->draw(buf, n, times);
	return (now_ns() - began) / times;
}

/* Long enough for many batches: their making is part of the price of each number. */
static unsigned times_for(size_t n)
{
	return n < SHORT_BYTES ? (unsigned)(SHORT_BYTES / n) : 1;
}

static double turn(const struct candidate *c, size_t n)
{
	double best = short_run(c, n, times_for(n)), ns, end = now_ns() + TURN_NS;

	do {
		ns = short_run(c, n, times_for(n));
		best = ns < best ? ns : best;
	} while (now_ns() < end);
	return best;
}

static void measure(struct candidate *c, unsigned round)
{
	unsigned s;

	if (c->missing)
		return;
	if (c->impl)
		chacha20_use(impl_named(c->impl));
	sodium_version = c->sodium;
	for (s = 0; s < N_SIZES; s++)
		c->ns[s][round] = turn(c, sizes[s]);
}

static double fastest(const double *v, unsigned n)
{
	double best = v[0];

	while (n--)
		best = v[n] < best ? v[n] : best;
	return best;
}

static double core_rate;

/* Rounds on a core that keeps so much of its clock; ret_discarded counts the others. */
static unsigned measure_all(double kept, unsigned *ret_discarded)
{
	double best = 0, rate;
	unsigned round = 0, tries, i;

	for (i = 0; i < 50; i++) {
		rate = clock_rate();
		best = rate > best ? rate : best;
	}
	for (tries = 0; round < N_ROUNDS && tries < ROUNDS_MOST; tries++) {
		rate = clock_rate();
		for (i = 0; i < ARRAY_SIZE(candidates); i++)
			measure(&candidates[i], round);
		rate = (rate + clock_rate()) / 2;
		if (rate > kept * best)
			round++;
	}
	core_rate = best;
	*ret_discarded = tries - round;
	return round;
}

/* ---------------------------------------------------------- two threads */

static pthread_barrier_t gate;

/* Work on the thread's own stack: what two processors that share a core do slower at once, too. */
static void from_nobody(void *p, size_t n, unsigned times)
{
	uint8_t out[64], scratch[CHACHA20_SCRATCH_BYTES];
	const uint8_t key[CHACHA20_KEY_BYTES] = { 1 };
	uint32_t tail[4] = { 0 };

	(void)p;
	(void)n;
	for (times /= 8; times; times--)
		chacha20_blocks_c(out, key, tail, 1, scratch);
}

/* What another thread has drawn so far, and what this one has; a cache line each. */
struct drawer {
	volatile uint64_t drawn __attribute__((aligned(64)));
	struct drawer *other; /* NULL: alone */
	void (*draw)(void *p, size_t n, unsigned times);
	double best; /* nanoseconds of a number; 0: none was drawn beside the other */
};

/* Runs that the other one drew in as well, not those that it slept through. */
static void *draw_thread(void *drawer)
{
	struct drawer *d = drawer;
	const unsigned times = times_for(4);
	double began, ns, end;
	uint64_t others;

	vgetrandom_u32();
	pthread_barrier_wait(&gate);
	for (end = now_ns() + THREAD_NS; now_ns() < end; d->drawn += times) {
		others = d->other ? d->other->drawn : 0;
		began = now_ns();
		d->draw(buf, 4, times);
		ns = (now_ns() - began) / times;
		if ((!d->other || d->other->drawn != others) && (d->best == 0 || ns < d->best))
			d->best = ns;
	}
	return NULL;
}

/* Nanoseconds of the slower of n threads that draw at once; 0 when they never did. */
static double threads_ns(unsigned n, void (*draw)(void *p, size_t n, unsigned times))
{
	struct drawer d[2] = { { .other = n > 1 ? &d[1] : NULL, .draw = draw },
			       { .other = &d[0], .draw = draw } };
	pthread_t t[2];
	unsigned i;

	pthread_barrier_init(&gate, NULL, n);
	for (i = 0; i < n; i++)
		pthread_create(&t[i], NULL, draw_thread, &d[i]);
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	if (n > 1 && (d[0].best == 0 || d[1].best == 0))
		return 0;
	return d[0].best > d[1].best ? d[0].best : d[1].best;
}

static void *hold_state(void *unused)
{
	vgetrandom_u32();
	pthread_barrier_wait(&gate); /* all have one */
	pthread_barrier_wait(&gate); /* it was counted */
	return NULL;
}

/* Pages of eight threads' states: this one's and seven more. */
static double eight_threads_pages(void)
{
	pthread_t t[7];
	unsigned i, taken, exist;

	vgetrandom_u32();
	pthread_barrier_init(&gate, NULL, 8);
	for (i = 0; i < 7; i++)
		pthread_create(&t[i], NULL, hold_state, NULL);
	pthread_barrier_wait(&gate);
	states_count(&taken, &exist);
	pthread_barrier_wait(&gate);
	for (i = 0; i < 7; i++)
		pthread_join(t[i], NULL);
	return (double)pages_for(taken * sizeof(struct state));
}

/* ------------------------------------------------------------- long ways */

typedef void draw_fn(void *, size_t, unsigned times);

/* How many times as long this takes as that, turn and turn about. */
static double times_as_long(draw_fn *this, draw_fn *that, size_t n)
{
	const struct candidate a = { .draw = this }, b = { .draw = that };
	double best_a = 1e9, best_b = 1e9, ns;
	unsigned i;

	for (i = 0; i < N_ROUNDS; i++) {
		ns = turn(&a, n);
		best_a = ns < best_a ? ns : best_a;
		ns = turn(&b, n);
		best_b = ns < best_b ? ns : best_b;
	}
	return best_a / best_b;
}

/* As from_ours, on another page of the stack. */
static __attribute__((noinline)) void from_deeper(void *p, size_t n)
{
	uint8_t between[PAGE_BYTES] __attribute__((uninitialized));

	__asm__ volatile("" ::"r"(between) : "memory");
	from_ours(p, n, 1);
	__asm__ volatile("" ::"r"(between) : "memory");
}

static void from_two_pages(void *p, size_t n, unsigned times)
{
	while (times--) {
		from_ours(p, n, 1);
		from_deeper(p, n);
	}
}

/* The same calls from one page. */
static __attribute__((noinline)) void from_here(void *p, size_t n)
{
	from_ours(p, n, 1);
}

static void from_one_page(void *p, size_t n, unsigned times)
{
	while (times--) {
		from_ours(p, n, 1);
		from_here(p, n);
	}
}

static void from_libc(void *p, size_t n, unsigned times)
{
	while (times--)
		(void)!getrandom(p, n, 0);
}

/* A child's first number, in a process that drew before. */
static double first_in_child(draw_fn *draw)
{
	double *ns =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double best = 1e9;
	unsigned i;

	draw(buf, 4, 1);
	for (i = 0; i < CHILDREN; i++) {
		if (fork() == 0) {
			now_ns();
			*ns = now_ns();
			draw(buf, 4, 1);
			*ns = now_ns() - *ns;
			_exit(0);
		}
		wait(NULL);
		best = *ns < best ? *ns : best;
	}
	munmap(ns, PAGE_BYTES);
	return best;
}

static sigjmp_buf away;

static void jump(int sig)
{
	siglongjmp(away, 1);
}

/* A handler leaves in the middle of a draw, several times. */
static void abandon_draws(void)
{
	struct itimerval soon = { .it_value = { 0, 50 } };
	volatile unsigned i;

	signal(SIGALRM, jump);
	for (i = 0; i < 10; i++) {
		if (sigsetjmp(away, 1) == 0) {
			setitimer(ITIMER_REAL, &soon, NULL);
			for (;;)
				vgetrandom_fill(buf, sizeof(buf));
		}
	}
	signal(SIGALRM, SIG_DFL);
}

/* ----------------------------------------------------------------- report */

static unsigned missed;

static double gbps(const struct candidate *c)
{
	return 1048576 / c->best[5];
}

static void bar(const char *what, double got, const char *relation, double wanted)
{
	bool ok = *relation == '<' ? got <= wanted : got >= wanted;

	printf("%-6s %-52s %8.3f %s %.3f\n", ok ? "met" : "MISSED", what, got, relation, wanted);
	missed += !ok;
}

static void print_table(void)
{
	unsigned c, s;

	printf("%-26s %9s %9s %9s %9s %9s %11s %7s\n", "ns per call", "u32", "16", "32", "256",
	       "4096", "1 MiB", "GB/s");
	for (c = 0; c < ARRAY_SIZE(candidates); c++) {
		const struct candidate *k = &candidates[c];

		printf("%-26s", k->name);
		for (s = 0; s < N_SIZES && !k->missing; s++)
			printf(s == 5 ? " %11.0f" : " %9.1f", k->best[s]);
		if (k->missing)
			printf("  not here\n");
		else
			printf(" %7.2f\n", gbps(k));
	}
}

/* One of ours that this processor may not have, beside libsodium's for the same. */
static void print_rivals(const struct candidate *our, const struct candidate *theirs,
			 const struct candidate *kernels, double wanted)
{
	char what[80];

	if (our->missing)
		return;
	snprintf(what, sizeof(what), "1 MiB, %s: times libsodium's ChaCha20 for it", our->impl);
	bar(what, gbps(our) / gbps(theirs), ">=", wanted);
	snprintf(what, sizeof(what), "1 MiB, %s: times the vDSO", our->impl);
	if (!kernels->missing)
		bar(what, gbps(our) / gbps(kernels), ">=", 1);
}

static void print_bars(void)
{
	const struct candidate *best = ours_fastest(), *kernels = named("vDSO");

	if (!kernels->missing) {
		bar("u32 / vDSO", best->best[0] / kernels->best[0], "<=", 0.28);
		bar("32 bytes / vDSO", best->best[2] / kernels->best[2], "<=", 0.2);
		bar("1 MiB: times the vDSO", gbps(best) / gbps(kernels), ">=", 7);
	}
	bar("u32 / getrandom(2)", best->best[0] / named("getrandom(2)")->best[0], "<=", 0.02);
	bar("1 MiB: times OpenSSL's ChaCha20", gbps(best) / gbps(named("OpenSSL EVP chacha20")),
	    ">=", 1.1);
	/* the portable one is what libsodium takes on a processor that has no more than that */
	print_rivals(named("libvgetrandom " CPU_BASE), named("libsodium chacha20 ref"), kernels, 1);
#define RIVALS(of, wanted)                                                                         \
	print_rivals(named("libvgetrandom " of), named("libsodium chacha20 " of), kernels, wanted);
	CPU_RIVALS(RIVALS)
#undef RIVALS
}

/* What /proc/cpuinfo says first of that; "?" where it says nothing. */
static const char *cpuinfo(const char *field, char line[static 256])
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	const size_t n = strlen(field);
	const char *found = NULL;

	while (f && !found && fgets(line, 256, f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, field, n) == 0 && (line[n] == '\t' || line[n] == ':'))
			found = strchr(line, ':');
	}
	if (f)
		fclose(f);
	return found && found[1] ? found + 2 : "?";
}

static void print_machine(void)
{
	static const char *const fields[] = { CPU_FIELDS };
	char lines[ARRAY_SIZE(fields)][256];
	struct utsname system;

	uname(&system);
	printf(CPU_NAMED ", ", cpuinfo(fields[0], lines[0]), cpuinfo(fields[1], lines[1]),
	       cpuinfo(fields[2], lines[2]));
	if (CPU_MULTIPLY_CYCLES)
		printf("at %.2f GHz by a chain of multiplications; ",
		       core_rate * CPU_MULTIPLY_CYCLES);
	printf("Linux %s\n", system.release);
}

/* The least so far, of rounds in which it was measured. */
static void take_least(double ns, double *least, unsigned *n)
{
	if (ns == 0)
		return;
	*least = *n && *least < ns ? *least : ns;
	(*n)++;
}

/* Where they do not draw at once there is one processor, or others have the rest. */
static void two_threads(void)
{
	static void (*const draw[])(void *, size_t, unsigned) = { from_nobody, from_ours };
	double one[2] = { 0 }, two[2] = { 0 };
	unsigned n_one[2] = { 0 }, n_two[2] = { 0 };

	/* in turns: who else has the processors disturbs both */
	for (unsigned i = 0; i < 2 * N_ROUNDS; i++) {
		take_least(threads_ns(1, draw[i % 2]), &one[i % 2], &n_one[i % 2]);
		take_least(threads_ns(2, draw[i % 2]), &two[i % 2], &n_two[i % 2]);
	}
	if (n_two[0] < N_ROUNDS / 2 || n_two[1] < N_ROUNDS / 2)
		printf("too busy to judge: two threads seldom drew at once\n");
	else if (two[0] > 1.1 * one[0])
		printf("no two processors to judge by: two threads that share nothing take %.2f "
		       "times "
		       "as long as one; u32: %.2f\n",
		       two[0] / one[0], two[1] / one[1]);
	else
		bar("u32 in two threads / in one", two[1] / one[1], "<=", 1.1);
}

/* A guard without a daemon: nobody counts the kernel's reseeds, and each draw looks at the clock.
 */
static void uncounted(void)
{
	static const volatile uint64_t nobody = LIVENESS_DIED | 2;

	detector_use(GUARD_BLIND);
	detector.word[RESEEDS_WORD] = &nobody;
	bar("no daemon: u32 / vDSO", times_as_long(from_ours, from_vdso, 4), "<=", 1);
	bar("no daemon: 32 bytes / vDSO", times_as_long(from_ours, from_vdso, 32), "<=", 0.5);
}

static void level_none(double child)
{
	detector_use(GUARD_NONE);
	bar("level none: u32 / vDSO", times_as_long(from_ours, from_vdso, 4), "<=", 1.1);
	bar("level none: 32 bytes / vDSO", times_as_long(from_ours, from_vdso, 32), "<=", 1.1);
	bar("level none: a child's first u32 / its first getrandom(2)",
	    first_in_child(from_ours) / child, "<=", 3);
}

static void long_ways(void)
{
	double child = first_in_child(from_libc);

	bar("u32 on two pages of the stack in turn / on one",
	    times_as_long(from_two_pages, from_one_page, 4), "<=", 1.5);
	bar("a child's first u32 / its first getrandom(2)", first_in_child(from_ours) / child,
	    "<=", 3);
	if (kernel_vdso_present()) {
		uncounted();
		level_none(child);
		detector_use(GUARD_PUBLISHED);
	}
	abandon_draws();
	bar("u32 after longjmp() out of draws / getrandom(2)",
	    times_as_long(from_ours, from_libc, 4), "<=", 2);
}

int main(int argc, char **argv)
{
	const bool table = argc == 2 && strcmp(argv[1], "--table") == 0;
	unsigned c, s, rounds, discarded;

	if (argc > 1 && !table) {
		fprintf(stderr, "usage: bench-random [--table]\n");
		return 2;
	}
	set_up_ours();
	set_up_others();
	rounds = measure_all(table ? 0 : 0.9, &discarded);
	if (rounds < 5) {
		printf("too busy to judge: the core kept its clock in %u rounds of %u\n", rounds,
		       rounds + discarded);
		return 0;
	}
	for (c = 0; c < ARRAY_SIZE(candidates); c++) {
		for (s = 0; s < N_SIZES && !candidates[c].missing; s++)
			candidates[c].best[s] = fastest(candidates[c].ns[s], rounds);
	}
	print_machine();
	printf("%u rounds, %u discarded for a slow core\n", rounds, discarded);
	print_table();
	if (table)
		return 0;
	print_bars();
	chacha20_use(impl_named(ours_fastest()->impl));
	two_threads();
	bar("pages of eight threads' states", eight_threads_pages(), "<=", 3);
	long_ways();
	return missed != 0;
}
