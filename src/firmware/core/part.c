// SPDX-License-Identifier: MIT
#include "firmware/core/part.h"
#include "base/why.h"
#include "firmware/core/state.h"

#include <errno.h>

void *part_state(const struct firmware *fw, const struct part *part)
{
	for (unsigned i = 0; i < fw->n_parts; i++)
		if (fw->parts->part[i] == part)
			return fw->part_state[i];
	return NULL;
}

static int open_part(struct firmware *fw, const struct part *part, struct why *why)
{
	void *state = part->state_bytes ? heap_new(NULL, part->state_bytes) : NULL;

	if (part->state_bytes && !state)
		return why_errno(why, -ENOMEM, "a part of the firmware");
	fw->part_state[fw->n_parts++] = state;
	return part->open ? part->open(fw, why) : 0;
}

int parts_open(struct firmware *fw, struct why *why)
{
	int r = 0;

	for (unsigned i = 0; i < MAX_PARTS && fw->parts->part[i] && r == 0; i++)
		r = open_part(fw, fw->parts->part[i], why);
	return r;
}

void parts_close(struct firmware *fw)
{
	while (fw->n_parts) {
		const struct part *part = fw->parts->part[fw->n_parts - 1];

		if (part->close)
			part->close(fw);
		heap_free(NULL, fw->part_state[--fw->n_parts]);
	}
}
