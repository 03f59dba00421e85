/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the firmware process said of each image that was loaded, as it was loaded. Nobody judges one
 * again to tell people: by then there may be another file of its name.
 */
#include "trust/verdict.h"

/* Of whom no line is kept any more are those behind so many. */
enum { JUDGED_MOST = 64 };

struct judged {
	uint8_t file[32]; /* its SHA-256 */
	uint32_t allowed; /* 0 or 1 */
	struct verdict_entry allowed_by;
	struct why why; /* when it was denied */
};

/* Shared between keeper and firmware process. */
struct judgements;

must_check int judgements_open(struct judgements **ret_judgements, struct why *why);
void judgements_close(struct judgements *judgements);

/* Of that file, if the verdict has its digest. */
struct judged judged_of(const struct verdict *verdict);

/* In the firmware process. */
void judgements_note(struct judgements *judgements, const struct verdict *verdict);

/*
 * In the keeper, when the firmware process is gone: every byte may be somebody else's then. False
 * where there is none, or one that cannot be.
 */
must_check bool judgements_find(const struct judgements *judgements, const uint8_t file[static 32],
				unsigned n_sources, struct judged *ret_judged);
