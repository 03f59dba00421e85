// SPDX-License-Identifier: MIT
#include "boot/inside.h"
#include "machine/frozen.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)REPORT_TYPES >= (int)EFI_MAX_MEMORY_TYPE, "memory types");
static_assert((int)REPORT_GIVEN >= (int)TREE_MAX_EXTRAS, "extras");

/* The one run that there is in this process. */
static struct {
	const struct inside_work *work;
	struct inside *inside;
	struct firmware *firmware;
	bool keys_wanted;
} here;

/* The terminal is the keeper's to change: once, before the first key is looked for. */
static void want_keys(void)
{
	if (!here.keys_wanted)
		inside_want_keys(here.inside);
	here.keys_wanted = true;
}

static size_t read_keys(void *context, uint8_t *buf, size_t n)
{
	want_keys();
	return here.work->request->caller.terminal.read(context, buf, n);
}

static void wait_keys(void *context, int timeout_ms)
{
	want_keys();
	here.work->request->caller.terminal.wait(context, timeout_ms);
}

/* Who sits at a run can end it; a machine that wants to reboot is not held up. */
static bool stands_still(const char *text)
{
	const struct boot_request *request = here.work->request;
	const bool watched = !request->for_this_machine && request->caller.terminal.interactive;

	if (watched && request->caller.warn)
		request->caller.warn("%s: %s", request->image, text);
	return !watched;
}

static int ask_volume(unsigned number, struct why *why)
{
	return inside_volume(here.inside, number, why);
}

static int confine(void *context, const struct firmware_begun *begun, struct why *why)
{
	return inside_confine(here.inside, begun->machine->pid, begun->resume, why);
}

static void report_summary(const struct firmware *fw, struct report *report)
{
	struct firmware_summary s;

	firmware_summarize(fw, &s);
	report->entry = s.entry;
	report->n_calls = s.n_calls;
	report->image_ns = s.image_ns;
	report->service_ns = s.service_ns;
	report->wanted_bytes = s.wanted_bytes;
	report->initrd_taken = s.initrd_taken;
	for (unsigned i = 0; i < EFI_MAX_MEMORY_TYPE; i++)
		report->bytes_by_type[i] = s.bytes_by_type[i];
}

static void report_told(struct firmware *fw, struct report *report)
{
	struct firmware_told told;

	report->told_error = firmware_told(fw, &told);
	if (report->told_error)
		return;
	report->told = told.cmdline;
	report->told_most = told.most;
	report->told_by_itself = told.by_itself;
}

/* What boots next is read now, while there is a firmware to ask. */
static void report_booted(struct firmware *fw, struct report *report)
{
	struct firmware_linux l = { 0 };
	struct frozen frozen;

	firmware_frozen(fw, &frozen);
	report->measured = tcg2_measured(fw);
	report->frozen = true;
	report->regs = frozen.regs;
	report->fpu = frozen.fpu;
	report->pages = (struct ram_range *)frozen.pages;
	report->n_pages = frozen.n_pages;
	report->secret = (struct ram_range *)frozen.secret;
	report->n_secret = frozen.n_secret;
	report->seed = frozen.seed;
	report->initrd_error = firmware_linux(fw, &l, &report->initrd_why);
	if (report->initrd_error == 0) {
		report->options = l.cmdline;
		if (l.initrd.n)
			report->initrd.start = (uint64_t)(l.initrd.p - frozen.ram->host);
		report->initrd.end = report->initrd.start + l.initrd.n;
	} else {
		report->options_error =
			firmware_options(fw, &report->options, &report->options_why);
	}
	report_told(fw, report);
}

static void tell(void (*event)(void *context), const struct inside_events *events)
{
	if (event)
		event(events->context);
}

static int run(struct firmware *fw, const struct inside_events *events, struct report *report,
	       struct why *why)
{
	enum firmware_end end = FIRMWARE_EXITED;
	int r;

	tell(events->starts, events);
	r = firmware_run(fw, &end, &report->status, &report->why);
	/* before a word of ours: the image may have left the terminal red, with no cursor */
	firmware_stop(fw);
	tell(events->stopped, events);
	firmware_explain(fw);
	if (r < 0) {
		*why = report->why;
		return r;
	}
	report->end = end;
	if (end != FIRMWARE_VIOLATION && end != FIRMWARE_RESET)
		firmware_missed(fw, &report->why);
	report_summary(fw, report);
	if (end == FIRMWARE_BOOT)
		report_booted(fw, report);
	return 0;
}

int inside_image(const struct firmware_config *config, const struct inside_events *events,
		 struct report *report, struct firmware **ret_firmware, struct why *why)
{
	struct firmware *fw;
	int r = firmware_new(config, &fw, why);

	if (r < 0)
		return r;
	r = run(fw, events, report, why);
	if (r < 0)
		firmware_free(fw);
	else
		*ret_firmware = fw;
	return r;
}

static void on_start(void *context)
{
	boot_image_close(here.work->image); /* its memory is worth having back */
	inside_starts(here.inside);
}

static void on_stop(void *context)
{
	if (here.work->request->caller.stopped)
		here.work->request->caller.stopped();
}

int inside_run(void *context, struct inside *inside, struct report *report, struct why *why)
{
	static const struct inside_events events = { NULL, on_start, on_stop };
	struct inside_work *work = context;
	const struct host_tree *tree = &work->sources->esp.tree;
	struct firmware_config config;
	int r;

	here.work = work;
	here.inside = inside;
	volumes_ask(work->sources->disks.volumes, ask_volume);
	sources_config(work->request, work->image, work->sources, &config);
	config.ram = work->ram;
	config.confine = confine;
	config.apart = inside_is_apart(inside);
	config.stands_still = stands_still;
	if (config.terminal.read)
		config.terminal.read = read_keys;
	if (config.terminal.wait)
		config.terminal.wait = wait_keys;
	r = inside_image(&config, &events, report, &here.firmware, why);
	for (unsigned i = 0; r == 0 && i < tree->n_extras; i++)
		report->was_read[i] = tree->extra[i].read;
	return r;
}

void inside_erase(void *context)
{
	firmware_free(here.firmware);
	here.firmware = NULL;
}
