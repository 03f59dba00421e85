// SPDX-License-Identifier: MIT
/*
 * Without arguments: each seed, each truncation of it and some thousand random
 * changes go through the fuzzer's function once. With one: write the seeds into
 * that folder, as a corpus to start from.
 */
#include "fuzz/fuzz.h"
#include "tap.h"

#include <string.h>

enum { CAP = 1 << 16, MUTANTS = 4000, MAX_SEEDS = 64 };

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64: the same sequence each time, so that a failure comes again. */
static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* The input in a heap block of its own, so that ASan sees where it ends. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	memcpy(copy, data, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void run_mutants(const uint8_t *seed, size_t n, uint8_t *work)
{
	for (unsigned i = 0; i < MUTANTS; i++) {
		memcpy(work, seed, n);
		for (unsigned j = 0; j <= i % 4; j++)
			work[next() % n] = (uint8_t)next();
		run(work, n);
	}
}

static int replay(void)
{
	static uint8_t seed[CAP], work[CAP];
	size_t n;

	for (unsigned i = 0; i < MAX_SEEDS; i++) {
		n = fuzz_seed(i, seed, sizeof(seed));
		if (n == 0)
			break;
		for (size_t cut = 0; cut <= n; cut += n > 4096 ? 37 : 1)
			run(seed, cut);
		run_mutants(seed, n, work);
		check_msg(true, "seed %u, %zu bytes, cut and changed", i, n);
	}
	return tap_done();
}

static int write_seeds(const char *dir)
{
	static uint8_t seed[CAP];
	char path[4096];
	size_t n;
	FILE *f;

	for (unsigned i = 0; (n = fuzz_seed(i, seed, sizeof(seed))) != 0; i++) {
		snprintf(path, sizeof(path), "%s/seed-%u", dir, i);
		f = fopen(path, "w");
		if (!f || fwrite(seed, 1, n, f) != n || fclose(f) != 0) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	return argc > 1 ? write_seeds(argv[1]) : replay();
}
