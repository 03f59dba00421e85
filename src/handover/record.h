/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The note of what bardo staged, DIR/staged. The kernel says that something is
 * staged, not what: without the note `bardo exec` could jump into another tool's
 * image. Whole or not there: it appears by one linkat(2).
 */
#include "guest/purgatory_abi.h"
#include "base/why.h"

#define RECORD_DIR "/run/bardo"

struct record {
	char image[256];
	char replacing[256]; /* not empty: staging this one instead was cut short; either is there
			      */
	char boot_id[40];    /* of the kernel that it is staged in */
	char generation[80]; /* of this machine when it was staged; empty: it could not tell */
	/*
	 * How to stage it again: words for record_words(), the first one a folder; empty:
	 * that was too much to note.
	 */
	char again[4096];
	char measured[40]; /* id of what is to be extended at the jump; empty: nothing */
	uint64_t memory;   /* memory_map_fingerprint() when it was staged; 0: it does not matter */
	bool by_file;  /* with kexec_file_load(2): the kernel knows entry and segments, not we */
	uint64_t time; /* seconds since 1970 */
	uint64_t entry;
	unsigned n_segments;
	struct purgatory_range segment[PURGATORY_MAX_SEGMENTS];
};

/* Make dir if need be and take its lock: a descriptor to close, or -EBUSY. */
must_check int record_lock(const char *dir, struct why *why);

/* Replaces the one that is there; the caller has the lock. */
must_check int record_write(const char *dir, const struct record *record, struct why *why);
/*
 * Note in the record that image is about to take its place. One write(2): the record
 * is good before and after it. record_not_replaced() takes the note back.
 */
must_check int record_replacing(const char *dir, const char *image, struct why *why);
must_check int record_not_replaced(const char *dir, struct why *why);
/*
 * -ENOENT when there is none, -EBADMSG when it is not one of ours, -EPERM when others than root and
 * the caller could have written it.
 */
must_check int record_read(const char *dir, struct record *ret_record, struct why *why);
/* No record to remove is fine. */
must_check int record_remove(const char *dir, struct why *why);

/*
 * Words as one line and back. Bytes that could end a word or a line are written as %XX.
 * record_join() gives false when they do not fit; record_words() cuts line up and
 * returns how many, at most max.
 */
bool record_join(const char *const *word, unsigned n, char *ret_line, size_t room);
unsigned record_words(char *line, char **ret_word, unsigned max);

/*
 * What is to be extended at the jump into what a record describes: a file of its own, by an id that
 * the record has. Written before it, and removed when no record has it any more.
 */
must_check int record_measured_write(const char *dir, const void *bytes, size_t n,
				     char ret_id[static 40], struct why *why);
/* To be freed. */
must_check int record_measured_read(const char *dir, const char *id, uint8_t **ret_bytes,
				    size_t *ret_n, struct why *why);
/* All but that one; best effort, since a file too many does nothing. */
void record_measured_remove(const char *dir, const char *but_id);

/* This boot's id, in a record's form. */
must_check int record_boot_id(char ret_boot_id[static 40], struct why *why);
