// SPDX-License-Identifier: MIT
#include "boot/arguments.h"
#include "boot/sidecars.h"
#include "boot/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *voucher_text(enum voucher voucher)
{
	static const char *const texts[] = {
		[VOUCHER_IMAGE] = "sealed in the image",
		[VOUCHER_ITSELF] = "signed itself",
		[VOUCHER_CALLER] = "the caller's word",
		[VOUCHER_NOBODY] = "nobody's word",
	};

	return texts[voucher];
}

const char *voucher_name(enum voucher voucher)
{
	static const char *const names[] = {
		[VOUCHER_IMAGE] = "image",
		[VOUCHER_ITSELF] = "itself",
		[VOUCHER_CALLER] = "caller",
		[VOUCHER_NOBODY] = "nobody",
	};

	return names[voucher];
}

static int add(struct arguments *all, const struct argument *argument)
{
	struct argument *more = reallocarray(all->argument, all->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	all->argument = more;
	more[all->n++] = *argument;
	return 0;
}

/* In the image, and by options; of kinds that anybody can give, one line at least. */
static int add_kind(const struct verdict *verdict, uint32_t bit, const char *kind,
		    const char *option, bool can_be_given, struct arguments *all)
{
	struct argument a = { .kind = kind };
	int r = 0;

	if (verdict->sealed & bit) {
		a.by = verdict->allowed ? VOUCHER_IMAGE : VOUCHER_NOBODY;
		if (!verdict->allowed)
			why_set(&a.why, 0, "the image is denied");
		r = add(all, &a);
	}
	if (r == 0 && (option || (can_be_given && !(verdict->sealed & bit))))
		r = add(all,
			&(struct argument){ .kind = kind, .option = option, .by = VOUCHER_CALLER });
	return r;
}

static int add_kinds(const struct boot_request *r, const struct verdict *v, struct arguments *all)
{
	const char *cmdline = r->reuse_cmdline ? "--reuse-cmdline"
			      : r->cmdline     ? "--cmdline"
					       : NULL;
	const struct {
		uint32_t bit;
		const char *kind, *option;
		bool can_be_given;
	} kinds[] = {
		{ SEALED_KERNEL, "kernel", NULL, false },
		{ SEALED_CMDLINE, "command line", cmdline, true },
		{ SEALED_INITRD, "initrd", r->n_initrds ? "--initrd" : NULL, true },
		{ SEALED_MICROCODE, "microcode", NULL, false },
		{ SEALED_DEVICE_TREE, "device tree", NULL, false },
		{ SEALED_PROFILE, "profile", r->profile ? "--profile" : NULL, false },
		{ 0, "disk", r->n_disks ? "--disk" : NULL, false },
	};
	int error = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(kinds) && error == 0; i++)
		error = add_kind(v, kinds[i].bit, kinds[i].kind, kinds[i].option,
				 kinds[i].can_be_given, all);
	return error;
}

/* Where addons come from, and who says what of them. */
struct addons {
	const struct trust_question *question;
	const struct esp *esp;
	const struct judgements *judgements; /* NULL: each by itself, by a process for that */
};

static int find_judged(const struct addons *addons, struct bytes file, struct judged *ret,
		       struct why *why)
{
	uint8_t digest[32];
	int r = verify_digest(file, digest, why);

	if (r < 0)
		return r;
	return judgements_find(addons->judgements, digest, addons->question->n_lists, ret)
		       ? 0
		       : why_set(why, -ENOENT, "the image has not loaded it");
}

static int judge(const struct addons *addons, struct bytes file, struct judged *ret,
		 struct why *why)
{
	struct trust_question q = *addons->question;
	struct verdict v;
	int r;

	q.file = file;
	r = verify(&q, &v, why);
	if (r == 0)
		*ret = judged_of(&v);
	return r;
}

static void look_at_addon(const struct addons *addons, const struct sidecar *s, struct argument *a)
{
	struct judged judged = { .allowed = false };
	struct bytes file = { NULL, 0 };
	uint8_t *p = NULL;
	int r = sidecar_read(addons->esp, s, &p, &file.n);

	file.p = p;
	if (r < 0)
		why_errno(&judged.why, r, "it cannot be read");
	else if ((addons->judgements ? find_judged : judge)(addons, file, &judged, &judged.why) < 0)
		judged.allowed = false;
	a->why = judged.why;
	a->allowed_by = judged.allowed_by;
	a->by = judged.allowed ? VOUCHER_ITSELF : VOUCHER_NOBODY;
	free(p);
}

static int add_file(const struct addons *addons, const struct sidecar *s, struct arguments *all)
{
	struct argument a = { .kind = s->kind, .path = strdup(s->path), .by = VOUCHER_CALLER };
	int r = a.path ? 0 : -ENOMEM;

	if (r == 0 && !strcmp(s->kind, "addon"))
		look_at_addon(addons, s, &a);
	if (r == 0)
		r = add(all, &a);
	if (r < 0)
		free(a.path);
	return r;
}

static int add_files(const struct addons *addons, unsigned stub, struct arguments *all,
		     struct why *why)
{
	struct sidecars *found = calloc(1, sizeof(*found)); /* too much for a stack */
	int r = found ? sidecars_list(stub, addons->esp, found, why) : -ENOMEM;

	for (unsigned i = 0; r == 0 && i < found->n; i++)
		r = add_file(addons, &found->sidecar[i], all);
	if (found)
		sidecars_free(found);
	free(found);
	return r;
}

int arguments_find(const struct boot_request *request, const struct trust_question *question,
		   const struct verdict *verdict, unsigned stub, const struct esp *esp,
		   const struct judgements *judgements, struct arguments *ret, struct why *why)
{
	const struct addons addons = { question, esp, judgements };
	struct arguments all = { 0 };
	int r = add_kinds(request, verdict, &all);

	if (r == 0 && esp)
		r = add_files(&addons, stub, &all, why);
	if (r < 0) {
		arguments_free(&all);
		return why_errno(why, r, "what the image gets");
	}
	*ret = all;
	return 0;
}

void arguments_free(struct arguments *arguments)
{
	for (unsigned i = 0; i < arguments->n; i++)
		free(arguments->argument[i].path);
	free(arguments->argument);
	*arguments = (struct arguments){ 0 };
}
