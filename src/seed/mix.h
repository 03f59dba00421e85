/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A pseudo random function of a list of pieces: one seed out of a secret key and
 * everything that may make it differ. ChaCha20 with its last row as argument is the
 * function of 16 bytes; a cascade of it takes in the list, each step's first half
 * being the next step's key. Each piece is announced with its kind and length, so no two lists
 * read the same. The same file runs in the purgatory, without libc.
 */
#include <stddef.h>
#include <stdint.h>

enum { SEED_KEY_BYTES = 32, SEED_BYTES = 32 };

enum seed_piece {
	SEED_PIECE_OLD = 1,   /* the seed that is replaced */
	SEED_PIECE_PROCESSOR, /* RDSEED, RDRAND */
	SEED_PIECE_TSC,
	SEED_PIECE_VMGENID,
	SEED_PIECE_VMCLOCK,
	SEED_PIECE_LAST = 0xff, /* seed_mix_finish's own */
};

struct seed_mix {
	uint8_t key[SEED_KEY_BYTES];
};

void seed_mix_start(struct seed_mix *mix, const uint8_t key[static SEED_KEY_BYTES]);
void seed_mix_add(struct seed_mix *mix, enum seed_piece kind, const void *data, size_t n_bytes);
/* n_bytes of seed to out, which may be a piece that went in; mix is erased. */
void seed_mix_finish(struct seed_mix *mix, void *out, size_t n_bytes);

/*
 * Eight bytes that tell seeds apart and do not tell the seed: for tests and for
 * people who compare.
 */
uint64_t seed_fingerprint(const void *seed, size_t n_bytes);
