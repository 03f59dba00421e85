// SPDX-License-Identifier: MIT
#include "boot/verify.h"
#include "keeper/compute.h"
#include "trust/crypto.h"

#include <errno.h>
#include <string.h>

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

struct digest {
	bool done;
	uint8_t digest[MOST_DIGEST_BYTES];
};

static void hash(void *context, void *answer)
{
	const struct bytes *file = context;
	struct digest *digest = answer;
	struct crypto crypto;

	digest->done = crypto_open(&crypto, NULL) == 0 &&
		       crypto_hash(&crypto, BANK_SHA256, *file, digest->digest);
}

int verify_digest(struct bytes file, uint8_t ret_digest[static 32], struct why *why)
{
	struct digest digest;
	int r = keeper_compute(hash, &file, &digest, sizeof(digest), why);

	if (r == 0 && !digest.done)
		r = why_errno(why, -ENOMEM, "its digest");
	if (r == 0)
		memcpy(ret_digest, digest.digest, 32);
	return r;
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
