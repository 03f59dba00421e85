// SPDX-License-Identifier: MIT
/* predict: the PCRs behind the jump into an image, without a TPM's being touched. */
#include "boot/choice.h"
#include "boot/output.h"
#include "boot/pipeline.h"
#include "boot/way.h"
#include "base/fd.h"
#include "measure/outcome.h"
#include "tool/log_print.h"
#include "tool/report.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int write_log(const char *path, struct bytes log)
{
	scoped_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : output_append(fd, log.p, log.n);

	return r < 0 ? fail("%s: %s", path, strerror(-r)) : EXIT_DONE;
}

static int show(const struct pipeline *p)
{
	const struct boot_request *request = p->request;
	struct outcome outcome;
	struct why why;
	int r = EXIT_DONE;

	if (!p->by_hand.n && p->run.end != FIRMWARE_BOOT)
		return fail("%s: ended with %s instead of calling ExitBootServices", request->image,
			    firmware_status_name(p->run.status));
	if (outcome_make(&p->sources.tpm, pipeline_measured(p), &outcome, &why) < 0)
		return fail("%s: %s", request->image, why.text);
	/* what systemd-pcrlock does not find in the log would match nothing */
	if (report_gaps(request->image, &outcome.gaps) && request->output.pcrlock)
		r = EXIT_FAILED;
	if (r == EXIT_DONE && request->output.log)
		r = write_log(request->output.log, outcome.log);
	if (r == EXIT_DONE && request->output.pcrlock)
		outcome_print_pcrlock(&outcome);
	else if (r == EXIT_DONE)
		(request->output.json ? outcome_print_json
				      : outcome_print)(request->image, &p->sources.tpm, &outcome);
	outcome_free(&outcome);
	return r;
}

/* An image measures what it boots; of a kernel that is not run, bardo does. */
static int measure(struct pipeline *p, struct why *why)
{
	const enum handover_way way = p->request->way;

	if (way == HANDOVER_DIRECT || (way == HANDOVER_FILE && !boot_image_is_unified(&p->image)))
		return pipeline_open_plain(p, why);
	return pipeline_run(p, why);
}

static int predict(const struct boot_request *request)
{
	struct pipeline p;
	scoped_fd output = -1;
	struct why why;
	int r = output_divert(&output);

	if (r)
		return r;
	r = pipeline_open(&p, request, &why);
	if (r == 0)
		r = measure(&p, &why);
	stage_enter(STAGE_WRITE);
	output_restore(output);
	if (r == 0 && p.sources.tpm.note.text[0])
		fail("the event log %s", p.sources.tpm.note.text);
	r = r < 0 ? fail("%s", why.text) : show(&p);
	pipeline_close(&p);
	return r;
}

static int cmd_predict(int argc, char **argv)
{
	struct boot_request request = { .as_if_booted = true, .measure = MEASURE_MUST };
	struct why because, why;
	struct choice choice;
	bool help;
	int r;

	r = run_options_parse(&verb_predict, argc, argv, &request, &help);
	if (r || help)
		return r;
	if (way_choose(&request, &because, &why) < 0)
		return fail("%s", why.text);
	stage_enter(STAGE_RUN);
	if (choice_make(&request, &choice, &why) < 0)
		return fail("%s", why.text);
	caller_set(&request);
	r = predict(&request);
	choice_free(&choice);
	return r;
}

const struct verb verb_predict = {
	"predict",   "[OPTIONS] IMAGE",	   "Show the PCRs behind the jump into an EFI image",
	cmd_predict, predict_options_help, STAGE_PREDICT,
};
