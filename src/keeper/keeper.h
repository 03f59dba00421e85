/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The firmware process, as the keeper sees it: who started it, opened all that it works on, takes
 * one report from it and believes none of it unseen.
 */
#include "keeper/inside.h"
#include "keeper/message.h"
#include "keeper/walls.h"

/* A folder that the image's files are in. */
struct keeper_tree {
	int *fd; /* O_PATH; in its place comes one of a mount cut out of the rest */
	bool writable;
};

enum { KEEPER_MOST_TREES = 256, KEEPER_MOST_FDS = 512 };

struct keeper_config {
	const struct ram *ram;
	const struct report_terms *terms; /* but for resume, which the firmware chooses and tells */
	uint64_t resume_bytes;
	struct keeper_tree tree[KEEPER_MOST_TREES];
	unsigned n_trees;
	int fd[KEEPER_MOST_FDS]; /* what else the firmware process keeps open, besides 0 to 2 */
	unsigned n_fds;
	unsigned n_volumes;    /* that it may ask to be mounted */
	uint64_t most_written; /* the largest file that it can make */
	unsigned limit_s;      /* before it is killed: more than it takes by itself; 0: none */

	/*
	 * In the firmware process: what it does. It is to call inside_confine() before it reads the
	 * first byte that the image made. What it returns goes into report->error.
	 */
	int (*work)(void *context, struct inside *inside, struct report *report, struct why *why);
	/*
	 * There too, when what work() has reported is copied; may be NULL: erase what must not
	 * stay, since the memory of a process that has ended keeps what was in it. It comes before
	 * the keeper has the report, which is the end of the process.
	 */
	void (*erase)(void *context);
	/* In the keeper, each may be NULL: the walls are up; the image starts; it will read keys.
	 */
	void (*began)(void *context, const struct walls *walls, pid_t pid);
	void (*starts)(void *context);
	void (*want_keys)(void *context);
	/* In the keeper: a mount of volume number that hangs nowhere, or a negative errno. */
	int (*volume)(void *context, unsigned number, struct why *why);
	void *context;
};

/*
 * Have the firmware do its work. 0 and a report that was looked through, to be freed; or a negative
 * errno, when it ended without one or sent what is none. In any case it is gone, and so is the
 * payload: nobody changes ram any more.
 */
must_check int keeper_run(const struct keeper_config *config, struct report *ret_report,
			  struct why *why);

/*
 * Which walls this host allows, by trying; but for those around folder trees, which differ. And
 * whether a sandbox, with memory below addresses.
 */
must_check int keeper_probe(uint64_t addresses, struct walls *ret_walls, struct why *why);
