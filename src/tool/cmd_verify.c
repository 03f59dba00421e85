// SPDX-License-Identifier: MIT
#include "boot/input.h"
#include "boot/look.h"
#include "boot/verify.h"
#include "tool/tool.h"
#include "tool/verify.h"
#include "trust/machine/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LIST_BYTES = 64 << 20 };

struct options {
	const char *image, *sbat_level;
	struct boot_request request; /* what would be given to it */
	struct given {
		const char *path;
		bool denies;
	} given[MACHINE_MOST_LISTS];
	unsigned n_given;
	bool json, digests;
};

static int parse_value(const char *option, const char *path, struct options *o)
{
	if (!path)
		return usage_error(&verb_verify, "%s needs a value", option);
	if (!strcmp(option, "--esp")) {
		o->request.esp.folder = path;
		return EXIT_DONE;
	}
	if (!strcmp(option, "--sbat-level")) {
		o->sbat_level = path;
		return EXIT_DONE;
	}
	if (o->n_given == ARRAY_SIZE(o->given))
		return usage_error(&verb_verify, "more than %d lists", MACHINE_MOST_LISTS);
	o->given[o->n_given++] = (struct given){ path, !strcmp(option, "--dbx") };
	return EXIT_DONE;
}

static int parse(int argc, char **argv, struct options *o)
{
	int r = EXIT_DONE;

	for (int i = 1; i < argc && r == EXIT_DONE; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "--db") || !strcmp(word, "--dbx") ||
		    !strcmp(word, "--sbat-level") || !strcmp(word, "--esp"))
			r = parse_value(word, argv[++i], o);
		else if (!strcmp(word, "--json"))
			o->json = true;
		else if (!strcmp(word, "--digests"))
			o->digests = true;
		else if (word[0] == '-')
			r = usage_error(&verb_verify, "unknown option %s", word);
		else if (o->image)
			r = usage_error(&verb_verify, "more than one IMAGE");
		else
			o->image = word;
	}
	if (r == EXIT_DONE && !o->image)
		r = usage_error(&verb_verify, "no IMAGE given");
	return r;
}

/* Files in the place of the machine's lists. */
static int read_given(const struct options *o, struct machine_trust *trust, struct why *why)
{
	int r = 0;

	*trust = (struct machine_trust){ 0 };
	for (unsigned i = 0; i < o->n_given && r == 0; i++) {
		struct trust_list *l = &trust->list[trust->n_lists];

		*l = (struct trust_list){ .form = LIST_FILE, .denies = o->given[i].denies };
		r = input_read(o->given[i].path, MOST_LIST_BYTES, &l->data, why);
		if (r < 0)
			break;
		trust->n_lists++;
		l->name = strdup(o->given[i].path);
		r = l->name ? 0 : why_errno(why, -ENOMEM, "%s", o->given[i].path);
	}
	return r;
}

static int read_lists(const struct options *o, struct machine_trust *trust, struct why *why)
{
	int r = 0;

	if (o->n_given)
		r = read_given(o, trust, why);
	else
		machine_trust_read("", trust);
	if (r == 0 && o->sbat_level) {
		free((void *)trust->sbat_level.p);
		trust->sbat_level = (struct bytes){ 0 };
		r = input_read(o->sbat_level, MOST_LIST_BYTES, &trust->sbat_level, why);
	}
	return r;
}

/* With what lies beside it, where it is such that it has a stub that would look there. */
static int find_arguments(const struct options *o, struct verified *v, struct why *why)
{
	struct esp esp = { .tree.fd = -1 };
	struct look look = { 0 };
	int r = look_at_image(v->question.file, &look, why);

	/* a folder that was named is one, whether anything looks into it or not */
	if (r == 0 && (look.stub || o->request.esp.folder))
		r = esp_open(o->image, look.stub, &o->request.esp, &esp, why);
	if (r == 0)
		r = arguments_find(&o->request, &v->question, &v->verdict, look.stub,
				   look.stub ? &esp : NULL, NULL, &v->arguments, why);
	esp_close(&esp);
	return r;
}

static int verify_image(const struct options *o, struct machine_trust *trust)
{
	struct verified v = { .path = o->image };
	struct bytes file = { 0 };
	struct why why, inner;
	int r;

	if (input_map(o->image, default_memory_limit(), &file, &why) < 0)
		return fail("%s", why.text);
	v.question = (struct trust_question){
		.file = file,
		.list = trust->list,
		.n_lists = trust->n_lists,
		.sbat_level = trust->sbat_level,
		.every_bank = o->digests,
		.refusal = trust->refusal.text[0] ? trust->refusal.text : NULL,
	};
	/* where lists are given, nothing of this machine's counts */
	r = o->n_given ? verify(&v.question, &v.verdict, &inner)
		       : verify_here("", &v.question, trust, &v.verdict, &inner);
	if (r < 0)
		why_set(&why, r, "%s: %s", o->image, inner.text);
	else
		r = find_arguments(o, &v, &why);
	input_unmap(&file);
	if (r < 0)
		return fail("%s", why.text);
	(o->json ? verified_print_json : verified_print)(&v);
	arguments_free(&v.arguments);
	return v.verdict.allowed ? EXIT_DONE : fail("%s: denied: %s", o->image, v.verdict.why.text);
}

static int cmd_verify(int argc, char **argv)
{
	struct options o = { 0 };
	struct machine_trust trust;
	struct why why;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_verb_help(&verb_verify);
		return EXIT_DONE;
	}
	r = parse(argc, argv, &o);
	if (r != EXIT_DONE)
		return r;
	r = read_lists(&o, &trust, &why) < 0 ? fail("%s", why.text) : EXIT_DONE;
	/* the kernel shows shim's copies only to who has CAP_SYS_ADMIN */
	stage_enter(STAGE_READ);
	if (r == EXIT_DONE)
		r = verify_image(&o, &trust);
	machine_trust_free(&trust);
	return r;
}

const struct verb verb_verify = {
	"verify",
	"[--db FILE]... [--dbx FILE]... [--sbat-level FILE] [--esp DIR] [--digests] [--json] IMAGE",
	"Check an image's signatures against what this machine trusts",
	cmd_verify,
	"  --db FILE        what FILE holds is trusted: certificates, digests of images\n"
	"  --dbx FILE       what FILE holds is revoked; with --db or --dbx nothing of this\n"
	"                   machine's counts\n"
	"  --sbat-level FILE\n"
	"                   the least generations of SBAT, in place of the machine's\n"
	"  --esp DIR        look for addons and others in this folder tree (default: the ESP\n"
	"                   of IMAGE)\n"
	"  --digests        SHA-1, SHA-256, SHA-384 and SHA-512 of the image, as TPMs have them\n"
	"  --json           for programs\n"
	"  --help           this text\n",
	STAGE_LISTS,
};
