// SPDX-License-Identifier: MIT
#include "boot/choice.h"
#include "boot/pipeline.h"
#include "tool/report.h"
#include "tool/tool.h"

enum { EXIT_STATUSES = 256 };

static int run_to_end(const struct boot_request *request)
{
	struct pipeline p;
	struct why why;
	int r = pipeline_open(&p, request, &why);

	if (r == 0)
		r = pipeline_run(&p, &why);
	if (r < 0)
		r = fail("%s", why.text);
	else if (p.run.end == FIRMWARE_BOOT)
		report_run(&p.run);
	else if (p.run.status >> 63)
		r = fail("%s: %s", request->image, firmware_status_name(p.run.status));
	else /* "exit 7" in the UEFI shell, a warning */
		r = p.run.status < EXIT_STATUSES ? (int)p.run.status : EXIT_FAILED;
	pipeline_close(&p);
	return r;
}

static int run(int argc, char **argv)
{
	struct boot_request request = { 0 };
	struct choice choice;
	struct why why;
	bool help;
	int r;

	r = run_options_parse(&verb_run, argc, argv, &request, &help);
	if (r || help)
		return r;
	if (choice_make(&request, &choice, &why) < 0)
		return fail("%s", why.text);
	caller_set(&request);
	r = run_to_end(&request);
	choice_free(&choice);
	return r;
}

const struct verb verb_run = {
	"run", "[OPTIONS] IMAGE", "Run an EFI image up to ExitBootServices", run, run_options_help,
};
