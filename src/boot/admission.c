// SPDX-License-Identifier: MIT
#include "boot/admission.h"
#include "boot/verify.h"

#include <errno.h>
#include <string.h>

struct trust_question admission_question(const struct admission *a, struct bytes file)
{
	return (struct trust_question){
		.file = file,
		.list = a->trust.list,
		.n_lists = a->trust.n_lists,
		.sbat_level = a->trust.sbat_level,
		.refusal = a->trust.refusal.text[0] ? a->trust.refusal.text : NULL,
	};
}

/* What somebody gives the image that no signature covers; NULL: nothing. */
static const char *callers_word(const struct boot_request *r)
{
	const struct {
		bool given;
		const char *name;
	} words[] = {
		{ r->cmdline && !r->reuse_cmdline, "--cmdline" },
		{ r->reuse_cmdline, "--reuse-cmdline" },
		{ r->n_initrds, "--initrd" },
		{ r->profile, "--profile" },
		{ r->esp.n_credentials, "--credential" },
		{ r->n_disks, "--disk" },
		{ r->way == HANDOVER_DIRECT, "--handover direct" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].given)
			return words[i].name;
	return NULL;
}

static const char *root_of(const struct boot_request *request)
{
	return request->hooks.trust_root ? request->hooks.trust_root : "";
}

/* `run` leads to no jump, so there nothing is insisted on. */
static bool is_insisted_on(const struct boot_request *request)
{
	return request_boots(request) && machine_insists(root_of(request));
}

static bool enforces(const struct boot_request *request)
{
	switch (request->policy) {
	case POLICY_HOST:
		return is_insisted_on(request);
	case POLICY_REPORT:
		return false;
	default:
		return true;
	}
}

static int judge_image(struct admission *a, const struct boot_image *image, struct why *why)
{
	struct trust_question q = admission_question(a, image->file);
	struct why inner;
	int r;

	q.kernel = true;
	r = verify_here(root_of(a->request), &q, &a->trust, &a->verdict, &inner);
	a->is_judged = r == 0;
	if (r == 0 && !a->verdict.allowed)
		r = why_set(&inner, -EACCES, "denied: %s", a->verdict.why.text);
	if (r == 0)
		return 0;
	if (a->enforces)
		return why_set(why, -EACCES, "%s: %s", image->path, inner.text);
	if (a->request->caller.judged)
		a->request->caller.judged("%s: would be %s", image->path, inner.text);
	return 0;
}

int admission_open(const struct boot_request *request, const struct boot_image *image,
		   struct admission *ret, struct why *why)
{
	const char *word;
	int r;

	*ret = (struct admission){ .request = request, .enforces = enforces(request) };
	ret->judges = ret->enforces || request->policy == POLICY_REPORT;
	word = request->policy == POLICY_SEALED ? callers_word(request) : NULL;
	if (word)
		return why_set(why, -EACCES,
			       "%s: --policy sealed: no signature covers what %s gives it",
			       image->path, word);
	/* the image is told what the machine's variables say, Secure Boot among it */
	if (request->policy == POLICY_REPORT && is_insisted_on(request))
		return why_set(why, -EACCES,
			       "%s: --policy report: this machine insists on signatures (Secure "
			       "Boot or lockdown)",
			       image->path);
	if (!ret->judges)
		return 0;
	r = judgements_open(&ret->judgements, why);
	if (r < 0)
		return r;
	machine_trust_read(root_of(request), &ret->trust);
	return judge_image(ret, image, why);
}

void admission_close(struct admission *admission)
{
	machine_trust_free(&admission->trust);
	judgements_close(admission->judgements);
	*admission = (struct admission){ 0 };
}

int admission_permit(void *admission, struct bytes file, struct why *why)
{
	const struct admission *a = admission;
	struct trust_question q = admission_question(a, file);
	struct verdict v;

	if (!a->judges)
		return 0;
	/* the kernel of a denied image is nobody's */
	if (a->is_judged && a->verdict.allowed && a->verdict.has_kernel)
		q.sealed = a->verdict.kernel;
	q.whole = true;
	policy_judge(&q, &v);
	judgements_note(a->judgements, &v);
	if (v.allowed)
		return 0;
	(void)why_clean(&v.why);
	if (a->request->caller.judged)
		a->request->caller.judged("%s loads an image that %s denied: %s", a->request->image,
					  a->enforces ? "is" : "would be", v.why.text);
	return a->enforces ? why_set(why, -EACCES, "denied: %s", v.why.text) : 0;
}
