/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A one-time keyed MAC over pages, without SSE and with one multiplication per
 * 16 bytes: NH (64 x 64 -> 128 bits) makes 16 bytes of each page, Poly1305
 * takes those in. doc/handover.md has the argument and the bound. The same file
 * runs where the tags are made and where they are checked.
 */
#include "base/util.h"

#include <assert.h>
#include <stddef.h>

enum {
	MAC_BYTES = 16,
	MAC_MAX_TAGS = 16, /* under one key */
};

/* All of it random, used for one set of messages, then forgotten. */
struct mac_key {
	uint64_t nh[PAGE_BYTES / 8];
	uint64_t r[2];		       /* Poly1305's r; any bits, clamped in use */
	uint64_t pad[MAC_MAX_TAGS][2]; /* Poly1305's s, one for each tag */
};
static_assert(sizeof(struct mac_key) == PAGE_BYTES + 16 + 256, "no padding in a key");

struct mac {
	const struct mac_key *key;
	uint64_t r[2];
	uint64_t h[3]; /* the polynomial so far, below 2^130 + a little */
};

/* A message is an address, a length and the pages of that length: start, page * n, finish. */
void mac_start(struct mac *mac, const struct mac_key *key, uint64_t addr, uint64_t n_bytes);
void mac_page(struct mac *mac, const void *page); /* 8-byte aligned */
/* index: which of the pads; each at most once in a key's life */
void mac_finish(struct mac *mac, unsigned index, uint64_t ret_tag[static 2]);
