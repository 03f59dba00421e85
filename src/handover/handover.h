/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * From a frozen machine to the bare one: stage it with kexec_load(2), keep a
 * record of that, jump. doc/handover.md has the whole way.
 */
#include "handover/record.h"
#include "handover/segments.h"
#include "host/kernel_data.h"

/* Test hook: one bit of what is staged is spoiled after its digest was made. */
enum handover_flip { FLIP_NONE, FLIP_IMAGE, FLIP_PURGATORY };

struct handover_options {
	const char *image;	/* for the record: what was run */
	const char *record_dir; /* NULL: RECORD_DIR */
	uint64_t console;	/* host_console()'s, for the purgatory to complain on; 0: none */
	/* Physical addresses of what tells clones apart, for the seed at the jump; 0: none. */
	uint64_t vmgenid, vmclock;
	/* what the running kernel keeps its list of pages in; nothing: the purgatory finds it */
	struct kernel_data variables;
	uint64_t memory; /* for the record: memory_map_fingerprint(); 0: it does not matter */
	const char *generation; /* for the record: which clone this is; NULL: nobody can tell */
	/* for the record: what is to be extended at the jump; nothing: n 0 */
	struct bytes measured;
	const char *again; /* for the record: how to stage this again, record_join()'s */
	/* Test hook: hears what is to be found nowhere behind the jump. */
	void (*tell)(const char *what, const void *secret, size_t n_bytes);
	uint32_t seed_flags; /* PURGATORY_SEED_*: test hooks */
	enum handover_flip flip;
};

struct handover_report {
	unsigned n_segments; /* the purgatory's, the first one, included */
	struct purgatory_range segment[PURGATORY_MAX_SEGMENTS];
	uint64_t entry;
	uint64_t staged_bytes;
	uint64_t zero_bytes; /* not staged, cleared by the purgatory */
	uint64_t plan_ns, digest_ns, kexec_load_ns;
};

/* How much of RAM, in one piece, a frozen machine has to leave free for the purgatory; 0: no
 * memory. */
uint64_t handover_resume_bytes(const struct memory_map *map);

/* Can the kernel have n_bytes more? -ENOMEM and the numbers where it cannot. */
must_check int handover_memory_check(uint64_t n_bytes, struct why *why);

/*
 * Stage frozen in place of what was staged before. On failure that stays, and
 * its record. Needs what kexec_gate() asks for.
 */
must_check int handover_stage(const struct frozen *frozen, const struct memory_map *map,
			      const struct handover_options *options,
			      struct handover_report *ret_report, struct why *why);

/*
 * Call load, which stages what record describes in place of what was staged before, and keep the
 * record in step with that; what options say of it is filled in. Returns what load does.
 */
must_check int handover_recorded(const struct handover_options *options, struct record *record,
				 int (*load)(void *context, struct why *why), void *context,
				 struct why *why);

/* The record of what is staged, by bardo and in this boot; else -ENOENT and why. */
must_check int handover_staged(const char *record_dir, struct record *ret_record, struct why *why);

/* Remove the staged image, whoever staged it. */
must_check int handover_unload(const char *record_dir, struct why *why);

/* Jump now. Returns only on failure, -ENOENT when handover_staged() says no. */
int handover_exec(const char *record_dir, struct why *why);
