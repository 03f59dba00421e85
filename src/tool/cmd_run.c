// SPDX-License-Identifier: MIT
#include "base/fd.h"
#include "boot/choice.h"
#include "boot/pipeline.h"
#include "tool/report.h"
#include "tool/tool.h"

enum { EXIT_STATUSES = 256 };

/* Has it come so far that there is something to tell of it? */
static bool has_run(const struct pipeline *p)
{
	return p->run.summary.entry != 0;
}

static int report(const struct pipeline *p)
{
	const struct run_result *run = &p->run;
	char wanted[PIPELINE_WANTED_BYTES];

	if (run->end == FIRMWARE_BOOT) {
		if (!p->request->caller.json) {
			report_run(run);
			report_arguments(p);
		}
		return EXIT_DONE;
	}
	pipeline_wanted(p, wanted);
	if (run->status >> 63)
		return fail("%s: %s%s", p->request->image, firmware_status_name(run->status),
			    wanted);
	if (run->status >= EXIT_STATUSES)
		return fail("%s: ended with %#llx, which is no error, and too large for an exit "
			    "status%s",
			    p->request->image, (unsigned long long)run->status, wanted);
	/* "exit 7" in the UEFI shell, a warning */
	return (int)run->status;
}

/* output is where the summary goes that programs read; -1: there is none. */
static int run_to_end(const struct boot_request *request, int output)
{
	struct pipeline p;
	const char *problem;
	struct why why;
	int r = pipeline_open(&p, request, &why);

	if (r == 0)
		r = pipeline_run(&p, &why);
	stage_enter(STAGE_READ);
	/* of what was tried in vain, and then done otherwise, a text can be left */
	problem = r < 0 ? why.text : NULL;
	r = problem ? fail("%s", problem) : report(&p);
	if (output >= 0) {
		output_restore(output);
		if (has_run(&p))
			report_run_json(&p, problem);
	}
	pipeline_close(&p);
	return r;
}

static int run(int argc, char **argv)
{
	struct boot_request request = { 0 };
	scoped_fd output = -1;
	struct choice choice;
	struct why why;
	bool help;
	int r;

	r = run_options_parse(&verb_run, argc, argv, &request, &help);
	if (r || help)
		return r;
	if (choice_make(&request, &choice, &why) < 0)
		return fail("%s", why.text);
	r = request.caller.json ? output_divert(&output) : EXIT_DONE;
	caller_set(&request);
	if (r == EXIT_DONE)
		r = run_to_end(&request, output);
	choice_free(&choice);
	return r;
}

const struct verb verb_run = {
	"run", "[OPTIONS] IMAGE", "Run an EFI image up to ExitBootServices",
	run,   run_options_help,  STAGE_RUN,
};
