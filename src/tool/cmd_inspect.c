// SPDX-License-Identifier: MIT
#include "base/fd.h"
#include "tool/inspect.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int map_file(const char *path, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "cannot be opened");
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return why_set(why, -EINVAL, "is not a regular file with something in it");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return why_errno(why, -errno, "cannot be read");
	*ret_file = (struct bytes){ p, (size_t)st.st_size };
	return 0;
}

static int find_sidecars(struct inspection *in, const struct esp_options *options, struct why *why)
{
	struct esp esp = { .tree.fd = -1 };
	int r = esp_open(in->path, options, &esp, why);

	if (r == 0)
		r = sidecars_find(&in->pe, &esp, &in->sidecars, why);
	esp_close(&esp);
	return r;
}

/* The file stays mapped: what is shown lies in it. */
static int inspect(struct inspection *in, const struct esp_options *options)
{
	struct bytes file;
	struct why why;
	int r;

	r = map_file(in->path, &file, &why);
	if (r == 0)
		r = inspection_look(file, in, &why);
	if (r < 0)
		return fail("%s: %s", in->path, why.text);
	return find_sidecars(in, options, &why) < 0 ? fail("%s", why.text) : EXIT_DONE;
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
	struct inspection *in;
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
		r = inspect(in, &esp);
	if (r == EXIT_DONE)
		(json ? inspection_print_json : inspection_print)(in);
	sidecars_free(&in->sidecars);
	free(in);
	return r;
}

const struct verb verb_inspect = {
	"inspect",
	"[--json] [--esp DIR] IMAGE",
	"Show what an EFI image is made of",
	cmd_inspect,
	"  --json           for programs\n"
	"  --esp DIR        look for addons and the like in this folder tree (default: the ESP\n"
	"                   that IMAGE lies on)\n"
	"  --help           this text\n",
};
