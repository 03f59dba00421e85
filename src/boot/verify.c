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
		return why_impossible(why, "verifies");
	*ret_verdict = v;
	return 0;
}

int verify_here(const char *root, struct trust_question *question, struct machine_trust *trust,
		struct verdict *ret_verdict, struct why *why)
{
	int r = verify(question, ret_verdict, why);

	if (r < 0 || !machine_trust_ask_kernel(root, question->file, ret_verdict, trust))
		return r;
	question->list = trust->list;
	question->n_lists = trust->n_lists;
	return verify(question, ret_verdict, why);
}
