// SPDX-License-Identifier: MIT
#include "tool/tool.h"

enum { EXIT_STATUSES = 256 };

static int run(int argc, char **argv)
{
	struct boot_request request = { 0 };
	struct boot boot;
	bool help;
	int r;

	r = run_options_parse(&verb_run, argc, argv, &request, &help);
	if (r || help)
		return r;
	caller_set(&request);
	r = boot_open(&boot, &request);
	if (r == 0)
		r = boot_run(&boot);
	if (r == 0 && boot.run.end == FIRMWARE_BOOT)
		boot_print_summary(&boot);
	else if (r == 0 && boot.run.status >> 63)
		r = fail("%s: %s", request.image, firmware_status_name(boot.run.status));
	else if (r == 0 &&
		 boot.run.end == FIRMWARE_EXITED) /* "exit 7" in the UEFI shell, a warning */
		r = boot.run.status < EXIT_STATUSES ? (int)boot.run.status : EXIT_FAILED;
	boot_close(&boot);
	return r;
}

const struct verb verb_run = {
	"run", "[OPTIONS] IMAGE", "Run an EFI image here, up to ExitBootServices",
	run,   run_options_help,
};
