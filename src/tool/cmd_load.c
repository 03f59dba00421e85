// SPDX-License-Identifier: MIT
/* load stages an image; boot stages it and jumps. */
#include "tool/tool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* An image that neither boots nor ends by itself would hold up a machine that wants to reboot. */
enum { DEFAULT_TIMEOUT_S = 600 };

/* What was given for EFI code to take; NULL: nothing. */
static const char *option_for_code(const struct run_options *o)
{
	const struct {
		bool given;
		const char *name;
	} options[] = {
		{ o->profile, "--profile" },
		{ o->esp.n_addons, "--addon" },
		{ o->esp.n_credentials, "--credential" },
		{ o->esp.folder, "--esp" },
		{ o->esp.writable, "--esp-writable" },
		{ o->n_disks, "--disk" },
		{ o->framebuffer, "--framebuffer" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].given)
			return options[i].name;
	return NULL;
}

static int stage(struct boot *b)
{
	const enum handover_way way = b->options->way;
	const char *lost;
	int r;

	if (way == HANDOVER_DIRECT)
		return boot_stage_direct(b);
	if (way == HANDOVER_FILE && !boot_is_unified(b)) {
		lost = option_for_code(b->options);
		return lost ? fail("%s: a plain kernel: no EFI code runs, so nothing uses %s",
				   b->options->image, lost)
			    : boot_stage_file(b);
	}
	r = boot_run(b);
	if (r)
		return r;
	if (b->end != FIRMWARE_BOOT)
		return fail("%s: ended with %s instead of calling ExitBootServices",
			    b->options->image, firmware_status_name(b->status));
	return way == HANDOVER_FILE ? boot_stage_unified(b) : boot_stage(b);
}

static int load(const struct verb *verb, int argc, char **argv, bool *ret_help)
{
	struct run_options options = { .argv = argv, .timeout_s = DEFAULT_TIMEOUT_S };
	struct boot boot;
	const char *lost;
	int r;

	r = run_options_parse(verb, argc, argv, &options, ret_help);
	if (r || *ret_help)
		return r;
	lost = options.way == HANDOVER_DIRECT ? option_for_code(&options) : NULL;
	if (lost)
		return usage_error(verb, "--handover direct: no EFI code runs, so nothing uses %s",
				   lost);
	r = boot_open(&boot, &options, true);
	if (r == 0)
		r = stage(&boot);
	boot_close(&boot);
	return r;
}

static int cmd_load(int argc, char **argv)
{
	bool help;

	return load(&verb_load, argc, argv, &help);
}

static int cmd_boot(int argc, char **argv)
{
	struct why why;
	bool help;
	int r;

	r = load(&verb_boot, argc, argv, &help);
	if (r || help)
		return r;
	/* sd_booted(3): this folder is there when systemd is the init that runs */
	if (access("/run/systemd/system", F_OK) == 0) {
		execlp("systemctl", "systemctl", "kexec", NULL);
		return fail("systemctl kexec: %s", strerror(errno));
	}
	handover_exec(NULL, &why);
	return fail("%s", why.text);
}

const struct verb verb_load = {
	"load",
	"[OPTIONS] IMAGE",
	"Run an EFI image up to ExitBootServices and stage it with kexec",
	cmd_load,
	load_options_help,
};

const struct verb verb_boot = {
	"boot",	  "[OPTIONS] IMAGE", "Load an EFI image, then stop all services and boot it",
	cmd_boot, load_options_help,
};
