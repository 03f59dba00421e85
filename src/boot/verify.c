// SPDX-License-Identifier: MIT
#include "boot/verify.h"
#include "keeper/compute.h"

#include <errno.h>

static void judge(void *context, void *answer)
{
	policy_judge(context, answer);
}

int verify(const struct trust_question *question, struct verdict *ret_verdict, struct why *why)
{
	struct verdict v;
	int r = keeper_compute(judge, (void *)question, &v, sizeof(v), why);

	if (r < 0)
		return r;
	if (!verdict_is_sound(&v, question->n_lists))
		return why_set(why, -EBADMSG, "the process that verifies it says what cannot be");
	*ret_verdict = v;
	return 0;
}
