// SPDX-License-Identifier: MIT
#include "boot/input.h"
#include "boot/look.h"
#include "keeper/compute.h"
#include "tool/inspect.h"
#include "tool/tool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The files beside it, as far as they can be listed and read without knowing what is in them. */
static int read_sidecars(struct inspected *in, unsigned stub, const struct esp_options *options,
			 struct why *why)
{
	struct esp esp = { .tree.fd = -1 };
	int r = esp_open(in->path, stub, options, &esp, why);

	if (r == 0)
		r = sidecars_list(stub, &esp, &in->sidecars, why);
	if (r == 0)
		r = sidecars_read(&esp, &in->sidecars, why);
	esp_close(&esp);
	return r;
}

struct showing {
	struct inspected *in;
	struct bytes file;
	bool json;
};

/* In a process that has no rights left. The file stays: what is shown lies in it. */
static int show(void *context)
{
	struct showing *s = context;
	struct inspected *in = s->in;
	struct why why;

	if (inspection_look(s->file, &in->image, &why) < 0)
		return fail("%s: %s", in->path, why.text);
	if (sidecars_look(&in->image.pe, &in->sidecars, &why) < 0)
		return fail("%s", why.text);
	(s->json ? inspected_print_json : inspected_print)(in);
	return EXIT_DONE;
}

static int inspect(struct inspected *in, const struct esp_options *options, bool json)
{
	struct showing s = { .in = in, .json = json };
	struct look look;
	struct why why;
	int r, status = EXIT_DONE;

	r = input_read_image(in->path, default_memory_limit(), &s.file, &why);
	if (r < 0)
		return fail("%s", why.text);
	r = look_at_image(s.file, &look, &why);
	if (r == 0)
		r = read_sidecars(in, look.stub, options, &why);
	if (r == 0)
		r = keeper_show(show, &s, &status, &why);
	input_free(&s.file);
	if (r == -EPIPE) /* as if it had written there itself */
		raise(SIGPIPE);
	return r < 0 ? fail("%s", why.text) : status;
}

static int parse(int argc, char **argv, const char **ret_path, struct esp_options *ret_esp,
		 bool *ret_json)
{
	const char *path = NULL;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			*ret_json = true;
		else if (!strcmp(argv[i], "--esp") && !argv[i + 1])
			return usage_error(&verb_inspect, "--esp needs a value");
		else if (!strcmp(argv[i], "--esp"))
			ret_esp->folder = argv[++i];
		else if (argv[i][0] == '-')
			return usage_error(&verb_inspect, "unknown option %s", argv[i]);
		else if (path)
			return usage_error(&verb_inspect, "more than one IMAGE");
		else
			path = argv[i];
	}
	if (!path)
		return usage_error(&verb_inspect, "no IMAGE given");
	*ret_path = path;
	return EXIT_DONE;
}

static int cmd_inspect(int argc, char **argv)
{
	struct esp_options esp = { 0 };
	struct inspected *in;
	bool json = false;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_verb_help(&verb_inspect);
		return EXIT_DONE;
	}
	in = calloc(1, sizeof(*in));
	if (!in)
		return fail("%s", strerror(ENOMEM));
	r = parse(argc, argv, &in->path, &esp, &json);
	if (r == EXIT_DONE)
		r = inspect(in, &esp, json);
	sidecars_free(&in->sidecars);
	free(in);
	return r;
}

const struct verb verb_inspect = {
	"inspect",
	"[--json] [--esp DIR] IMAGE",
	"Show what an EFI image contains",
	cmd_inspect,
	"  --json           for programs\n"
	"  --esp DIR        look for addons and others in this folder tree (default: the ESP\n"
	"                   of IMAGE)\n"
	"  --help           this text\n",
	STAGE_READ,
};
