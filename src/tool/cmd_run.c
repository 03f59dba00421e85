// SPDX-License-Identifier: MIT
#include "tool/tool.h"

enum { EXIT_STATUSES = 256 };

static int run(int argc, char **argv)
{
	struct run_options options = { 0 };
	struct boot boot;
	bool help;
	int r;

	r = run_options_parse(&verb_run, argc, argv, &options, &help);
	if (r || help)
		return r;
	if (options.way == HANDOVER_DIRECT)
		return usage_error(&verb_run, "--handover direct: nothing runs then; bardo load "
					      "stages it");
	r = boot_open(&boot, &options, false);
	if (r == 0)
		r = boot_run(&boot);
	if (r == 0 && boot.end == FIRMWARE_BOOT)
		boot_print_summary(&boot);
	else if (r == 0 && boot.status >> 63)
		r = fail("%s: %s", options.image, firmware_status_name(boot.status));
	else if (r == 0 && boot.end == FIRMWARE_EXITED) /* "exit 7" in the UEFI shell, a warning */
		r = boot.status < EXIT_STATUSES ? (int)boot.status : EXIT_FAILED;
	boot_close(&boot);
	return r;
}

const struct verb verb_run = {
	"run", "[OPTIONS] IMAGE", "Run an EFI image up to ExitBootServices", run, run_options_help,
};
