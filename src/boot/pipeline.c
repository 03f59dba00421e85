// SPDX-License-Identifier: MIT
/* An image from its file to its end: the stages, in the order that matters. */
#include "base/fd.h"
#include "boot/taken.h"
#include "host/kexec_gate.h"
#include "tool/print.h"
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>

static int open_image(struct boot *b)
{
	return boot_image_open(b->request->image, request_memory_limit(b->request), &b->image,
			       &b->why);
}

static int ask_gates(struct boot *b)
{
	if (!b->request->for_this_machine)
		return 0;
	return b->request->way == HANDOVER_FILE ? kexec_gate_file("", &b->why)
						: kexec_gate(&b->why);
}

static int keep_kernel(struct boot *b)
{
	if (!b->request->for_this_machine || b->request->way != HANDOVER_FILE)
		return 0;
	b->kernel = boot_image_kernel(&b->image, &b->why);
	return b->kernel < 0 ? b->kernel : 0;
}

static int open_sources(struct boot *b)
{
	return sources_open(b->request, &b->image, &b->sources, &b->why);
}

static int open_initrds(struct boot *b)
{
	return initrd_set_open(b->request, &b->image, &b->sources.initrds, &b->why);
}

static int read_host(struct boot *b)
{
	return sources_read_host(b->request, &b->sources, &b->why);
}

static void on_start(void *context)
{
	struct boot *b = context;

	boot_image_close(&b->image); /* its memory is worth having back */
	b->request->caller.progress("running %s", b->request->image);
}

static void on_stop(void *context)
{
	const struct boot *b = context;

	b->request->caller.stopped();
}

static int run(struct boot *b)
{
	const struct run_events events = { b, on_start, on_stop };
	struct firmware_config config;
	struct why why;
	int r;

	sources_config(b->request, &b->image, &b->sources, &config);
	r = run_image(&config, &events, &b->run, &why);
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->request->image, why.text);
	if (b->run.end == FIRMWARE_VIOLATION || b->run.end == FIRMWARE_RESET)
		return why_set(&b->why, -EPROTO, "%s: %s", b->request->image, b->run.why.text);
	return 0;
}

static int taken(struct boot *b)
{
	return check_taken(b->request, b->image.stub, &b->sources.esp, &b->run, &b->why);
}

static int run_stages(struct boot *b, int (*const stage[])(struct boot *), unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (stage[i](b) < 0)
			return fail("%s", b->why.text);
	return 0;
}

int boot_open(struct boot *b, const struct boot_request *request)
{
	int (*const stage[])(struct boot *) = { open_image };

	*b = (struct boot){ .request = request, .kernel = -1 };
	sources_begin(&b->sources);
	if (request->for_this_machine)
		generation_read(&b->generation);
	return run_stages(b, stage, ARRAY_SIZE(stage));
}

int boot_run(struct boot *b)
{
	/* nothing runs that could not be staged */
	int (*const stage[])(struct boot *) = { ask_gates, keep_kernel, open_sources, run, taken };

	return run_stages(b, stage, ARRAY_SIZE(stage));
}

void boot_close(struct boot *b)
{
	run_release(&b->run);
	sources_close(&b->sources);
	fd_close(&b->kernel);
	boot_image_close(&b->image);
}

void boot_print_summary(const struct boot *b)
{
	const struct firmware_summary *s = &b->run.summary;

	fflush(stderr);
	printf("entry           %#" PRIx64 "\n", s->entry);
	printf("calls           %" PRIu64 "\n", s->n_calls);
	/* what the image that booted was told: of a kernel, its command line */
	if (b->run.options.text && b->run.options.text[0]) {
		printf("options         ");
		print_safe(bytes_of_text(b->run.options.text));
		putchar('\n');
	}
	printf("time in image   %.1f ms\n", (double)s->image_ns / 1e6);
	printf("time in bardo   %.1f ms\n", (double)s->service_ns / 1e6);
	for (uint32_t t = 0; t < EFI_MAX_MEMORY_TYPE; t++)
		if (s->bytes_by_type[t])
			printf("memory          %8.1f MiB %s\n", mib(s->bytes_by_type[t]),
			       firmware_memory_type_name(t));
	fflush(stdout);
}

int boot_stage_direct(struct boot *b)
{
	int (*const stage[])(struct boot *) = { ask_gates, open_initrds, read_host,
						boot_stage_kernel };

	return run_stages(b, stage, ARRAY_SIZE(stage));
}

int boot_stage_file(struct boot *b)
{
	int (*const stage[])(struct boot *) = { ask_gates, open_initrds, boot_stage_plain };

	return run_stages(b, stage, ARRAY_SIZE(stage));
}
