// SPDX-License-Identifier: MIT
#include "boot/judged.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct judgements {
	uint32_t n;
	struct judged judged[JUDGED_MOST];
};

int judgements_open(struct judgements **ret_judgements, struct why *why)
{
	void *p = mmap(NULL, sizeof(struct judgements), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return why_errno(why, -errno, "verdicts");
	*ret_judgements = p;
	return 0;
}

void judgements_close(struct judgements *judgements)
{
	if (judgements)
		munmap(judgements, sizeof(*judgements));
}

struct judged judged_of(const struct verdict *verdict)
{
	struct judged judged = {
		.allowed = verdict->allowed,
		.allowed_by = verdict->allowed_by,
		.why = verdict->why,
	};

	memcpy(judged.file, verdict->file, sizeof(judged.file));
	return judged;
}

void judgements_note(struct judgements *judgements, const struct verdict *verdict)
{
	if (judgements->n < JUDGED_MOST && verdict->has_file)
		judgements->judged[judgements->n++] = judged_of(verdict);
}

static bool is_sound(struct judged *judged, unsigned n_sources)
{
	return judged->allowed <= 1 && why_clean(&judged->why) &&
	       !judged->allowed == !!judged->why.text[0] &&
	       verdict_entry_is_sound(&judged->allowed_by, n_sources) &&
	       (!judged->allowed || judged->allowed_by.source != VERDICT_NO_SOURCE);
}

bool judgements_find(const struct judgements *judgements, const uint8_t file[static 32],
		     unsigned n_sources, struct judged *ret_judged)
{
	for (unsigned i = 0; i < min_u64(judgements->n, JUDGED_MOST); i++) {
		struct judged found = judgements->judged[i];

		if (memcmp(found.file, file, sizeof(found.file)) != 0)
			continue;
		if (!is_sound(&found, n_sources))
			return false;
		*ret_judged = found;
		return true;
	}
	return false;
}
