// SPDX-License-Identifier: MIT
#include "boot/pipeline.h"
#include "base/fd.h"
#include "boot/carry.h"
#include "boot/framebuffer.h"
#include "boot/output.h"
#include "boot/stage.h"
#include "boot/taken.h"
#include "boot/way.h"
#include "host/sandbox_gate.h"
#include "measure/commit.h"
#include "measure/kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pipeline_open(struct pipeline *p, const struct boot_request *request, struct why *why)
{
	*p = (struct pipeline){ .request = request, .kernel = -1, .initrd = -1 };
	sources_begin(&p->sources);
	p->sources.admission = &p->admission;
	if (request->for_this_machine)
		generation_read(&p->generation);
	return boot_image_open(request->image, request_memory_limit(request), &p->image, why);
}

void pipeline_close(struct pipeline *p)
{
	run_release(&p->run);
	sources_close(&p->sources);
	fd_close(&p->kernel);
	fd_close(&p->initrd);
	free((void *)p->by_hand.p);
	free(p->commit);
	admission_close(&p->admission);
	boot_image_close(&p->image);
}

/*
 * Nothing runs that could not be staged. The machine's own reasons first: they are there whatever
 * the image is.
 */
static int begin(struct pipeline *p, struct why *why)
{
	int r = p->request->for_this_machine ? way_is_open(p->request->way, why) : 0;

	return r < 0 ? r : admission_open(p->request, &p->image, &p->admission, why);
}

int pipeline_arguments(const struct pipeline *p, struct arguments *ret, struct why *why)
{
	const struct trust_question q =
		admission_question(&p->admission, (struct bytes){ NULL, 0 });
	const struct esp *esp = &p->sources.esp;

	if (!p->admission.is_judged) {
		*ret = (struct arguments){ 0 };
		return 0;
	}
	return arguments_find(p->request, &q, &p->admission.verdict, p->image.stub,
			      esp->extra ? esp : NULL, p->admission.judgements, ret, why);
}

static int keep_kernel(struct pipeline *p, struct why *why)
{
	if (!request_boots(p->request) || p->request->way != HANDOVER_FILE)
		return 0;
	p->kernel = boot_image_kernel(&p->image, p->request->profile, p->request->cmdline, why);
	return p->kernel < 0 ? p->kernel : 0;
}

void pipeline_wanted(const struct pipeline *p, char ret_text[static PIPELINE_WANTED_BYTES])
{
	const uint64_t wanted = p->run.summary.wanted_bytes, spare = p->sources.spare_ram;
	const uint64_t allowed = request_memory_limit(p->request), has = min_u64(allowed, spare);

	ret_text[0] = '\0';
	if (p->run.end == FIRMWARE_EXITED && p->run.why.text[0])
		snprintf(ret_text, PIPELINE_WANTED_BYTES, ": %s", p->run.why.text);
	if (wanted && p->request->for_this_machine)
		snprintf(ret_text, PIPELINE_WANTED_BYTES,
			 ": %" PRIu64 " MiB of memory needed%s, %" PRIu64 " MiB %s", wanted >> 20,
			 wanted > has ? "" : " (and in larger pieces)", has >> 20,
			 spare < allowed ? "free" : "allowed (--memory)");
}

static int run(struct pipeline *p, struct why *why)
{
	char wanted[PIPELINE_WANTED_BYTES];
	struct why inner;
	int r = run_image(p->request, &p->image, &p->sources, &p->run, &inner);

	if (r < 0)
		return why_set(why, r, "%s: %s", p->request->image, inner.text);
	pipeline_wanted(p, wanted);
	if (p->run.end == FIRMWARE_VIOLATION || p->run.end == FIRMWARE_RESET)
		return why_set(why, -EPROTO, "%s: %s%s", p->request->image, p->run.why.text,
			       wanted);
	return 0;
}

int pipeline_run(struct pipeline *p, struct why *why)
{
	int r = begin(p, why);

	if (r == 0)
		r = sandbox_gate("", why);
	if (r == 0)
		r = keep_kernel(p, why);
	if (r == 0)
		r = sources_open(p->request, &p->image, &p->sources, why);
	if (r == 0)
		r = run(p, why);
	if (r == 0)
		r = check_taken(p->request, p->image.stub, &p->sources, &p->run, why);
	return r;
}

struct bytes pipeline_measured(const struct pipeline *p)
{
	return p->by_hand.n ? p->by_hand : p->run.measured;
}

static int make_options(struct pipeline *p, const struct host_view *host,
			struct handover_options *ret_options, struct why *why)
{
	int r = 0;

	stage_options(p->request, &p->generation, host, ret_options);
	if (p->sources.tpm.pcrs && !p->commit)
		r = commit_encode(&p->sources.tpm, pipeline_measured(p), &p->commit, &p->n_commit,
				  why);
	ret_options->measured = (struct bytes){ p->commit, p->n_commit };
	return r;
}

int pipeline_stage(struct pipeline *p, struct handover_report *ret_report, struct why *why)
{
	struct handover_options options;
	int r;

	if (p->request->caller.progress)
		p->request->caller.progress("staging");
	r = make_options(p, &p->sources.host, &options, why);
	return r < 0 ? r : stage_frozen(&p->run, &p->sources.host.map, &options, ret_report, why);
}

int pipeline_stage_unified(struct pipeline *p, struct file_report *ret_report, struct why *why)
{
	struct handover_options options;
	int r;

	if (p->image.has_initrd && p->run.has_linux && !p->run.initrd.n) {
		run_wipe(&p->run);
		return why_set(
			why, -EBADMSG,
			"%s: has an initrd, and its kernel tells of none: noinitrd is in its "
			"command line, or it is a Linux before 6.1 for arm64",
			p->request->image);
	}
	r = make_options(p, NULL, &options, why);
	return r < 0 ? r
		     : stage_unified(p->kernel, &p->run, &p->sources, &options, ret_report, why);
}

/* What would measure it does not run; and its log comes to it behind its initrd. */
static int measure_by_hand(struct pipeline *p, struct bytes initrd, struct why *why)
{
	const struct kernel_given given = {
		.kernel = p->image.file,
		.cmdline = p->request->cmdline,
		.initrd = initrd,
	};
	int r = 0;

	if (p->sources.tpm.pcrs)
		r = kernel_measure(&p->sources.tpm, &given, &p->by_hand, why);
	if (r < 0 || !p->request->for_this_machine)
		return r;
	p->initrd = carry_behind(&p->sources, p->by_hand, initrd, why);
	return p->initrd < 0 ? p->initrd : 0;
}

static int open_tpm(struct pipeline *p, struct why *why)
{
	const struct initrd_set *initrds = &p->sources.initrds;
	const uint64_t n = initrd_set_bytes(initrds);
	uint8_t *initrd;
	int r = sources_open_tpm(p->request, &p->sources, why);

	if (r < 0 || !carry_is_needed(&p->sources))
		return r;
	/* two copies of ours, and the kernel's two */
	r = handover_memory_check(4 * n, why);
	if (r < 0)
		return r;
	initrd = calloc(1, n + 1);
	r = initrd ? initrd_set_fill(initrds, initrd, why) : why_errno(why, -ENOMEM, "initrd");
	if (r == 0)
		r = measure_by_hand(p, (struct bytes){ initrd, initrd_set_offered(initrds) }, why);
	if (initrd)
		explicit_bzero(initrd, n);
	free(initrd);
	return r;
}

int pipeline_open_direct(struct pipeline *p, struct why *why)
{
	int r = initrd_check_cmdline(p->request, why);

	if (r == 0)
		r = begin(p, why);
	if (r == 0)
		r = initrd_set_open(p->request, &p->image, &p->sources.initrds, why);
	if (r == 0)
		r = framebuffer_find(p->request, &p->screen, why);
	p->has_screen = r > 0;
	if (r >= 0)
		r = sources_read_host(p->request, &p->sources, why);
	return r < 0 ? r : open_tpm(p, why);
}

int pipeline_stage_direct(struct pipeline *p, struct handover_report *ret_report, struct why *why)
{
	const struct direct_start start = {
		.cmdline = p->request->cmdline,
		.initrds = &p->sources.initrds,
		.initrd = p->initrd,
		.random = p->request->caller.random,
		.screen = { p->screen.note, p->has_screen ? sizeof(p->screen.note) : 0 },
	};
	const struct host_view *host = &p->sources.host;
	struct handover_options options;
	int r = make_options(p, host, &options, why);

	return r < 0 ? r
		     : stage_direct(&p->image, &start, &host->map, &host->tables, &options,
				    ret_report, why);
}

int pipeline_open_plain(struct pipeline *p, struct why *why)
{
	int r = initrd_check_cmdline(p->request, why);

	if (r == 0)
		r = begin(p, why);
	if (r == 0)
		r = initrd_set_open(p->request, &p->image, &p->sources.initrds, why);
	if (r == 0)
		r = open_tpm(p, why);
	if (r < 0)
		return r;
	/* what was judged; else the file itself: who measures files wants to see its name */
	if (p->admission.enforces)
		p->kernel = output_file("kernel", p->image.file, why);
	else
		p->kernel = stage_open_plain(p->request->image, why);
	return p->kernel < 0 ? p->kernel : 0;
}

int pipeline_stage_plain(struct pipeline *p, struct file_report *ret_report, struct why *why)
{
	struct handover_options options;
	int r = make_options(p, NULL, &options, why);

	if (r == 0)
		r = stage_plain(p->kernel, &p->sources.initrds, p->initrd, p->request->cmdline,
				&options, ret_report, why);
	if (r == 0 && p->by_hand.n)
		r = stage_check_unchanged(p->kernel, p->image.file, p->request->image, why);
	/* if that fails too: the first failure is the one to tell */
	if (r == -ESTALE && handover_unload(NULL, NULL) < 0)
		return r;
	return r;
}
