// SPDX-License-Identifier: MIT
/* load stages an image; boot stages it and jumps. */
#include "boot/choice.h"
#include "boot/pipeline.h"
#include "boot/way.h"
#include "host/efivars.h"
#include "host/leaving.h"
#include "host/signed_policy.h"
#include "tool/report.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An image that neither boots nor ends by itself would hold up a machine that wants to reboot. */
enum { DEFAULT_TIMEOUT_S = 600 };

/* What was given for EFI code to take; NULL: nothing. */
static const char *option_for_code(const struct boot_request *o)
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
		{ o->no_firmware, "--no-firmware" },
		{ o->framebuffer == FRAMEBUFFER_SURELY && o->way == HANDOVER_FILE,
		  "--framebuffer" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].given)
			return options[i].name;
	return NULL;
}

static int stage_frozen(struct pipeline *p)
{
	struct handover_report report;
	struct why why;

	if (pipeline_stage(p, &report, &why) < 0)
		return fail("%s: %s", p->request->image, why.text);
	report_run(&p->run);
	print_runtime(&p->sources.runtime);
	report_staged(&report);
	report_measured(p->request, &p->sources.tpm, pipeline_measured(p));
	report_arguments(p);
	return EXIT_DONE;
}

static int stage_direct(struct pipeline *p)
{
	struct handover_report report;
	struct why why;
	int r;

	stage_enter(STAGE_KERNEL);
	r = pipeline_open_direct(p, &why);
	stage_enter(STAGE_JUMP);
	if (r < 0 || pipeline_stage_direct(p, &report, &why) < 0)
		return fail("%s", why.text);
	report_staged(&report);
	report_measured(p->request, &p->sources.tpm, pipeline_measured(p));
	report_arguments(p);
	return EXIT_DONE;
}

static int stage_files(struct pipeline *p,
		       int (*stage)(struct pipeline *, struct file_report *, struct why *))
{
	struct file_report report;
	struct why why;

	if (stage(p, &report, &why) < 0)
		return fail("%s", why.text);
	report_files(&report);
	report_measured(p->request, &p->sources.tpm, pipeline_measured(p));
	report_arguments(p);
	return EXIT_DONE;
}

static int stage_kernel_file(struct pipeline *p)
{
	const char *lost = option_for_code(p->request);
	struct why why;
	int r;

	if (lost)
		return fail("%s: a plain kernel: no EFI code runs, so nothing uses %s",
			    p->request->image, lost);
	stage_enter(STAGE_KERNEL);
	r = pipeline_open_plain(p, &why);
	stage_enter(STAGE_JUMP);
	return r < 0 ? fail("%s", why.text) : stage_files(p, pipeline_stage_plain);
}

/* Without a kernel to boot. */
static int fail_ended(const struct pipeline *p)
{
	char wanted[PIPELINE_WANTED_BYTES];

	pipeline_wanted(p, wanted);
	return fail("%s: ended with %s instead of calling ExitBootServices%s", p->request->image,
		    firmware_status_name(p->run.status), wanted);
}

static int stage(struct pipeline *p)
{
	const struct boot_request *request = p->request;
	struct why why;

	if (request->way == HANDOVER_DIRECT)
		return stage_direct(p);
	if (request->way == HANDOVER_FILE && !boot_image_is_unified(&p->image))
		return stage_kernel_file(p);
	if (pipeline_run(p, &why) < 0)
		return fail("%s", why.text);
	stage_enter(STAGE_JUMP);
	if (p->run.end != FIRMWARE_BOOT)
		return fail_ended(p);
	return request->way == HANDOVER_FILE ? stage_files(p, pipeline_stage_unified)
					     : stage_frozen(p);
}

/*
 * How to do this again, for the record: the folder, then the words of a `load`; entry is the one
 * that the boot menu has chosen: next time it might choose another.
 */
static bool note_again(char *const *argv, const char *entry, char *line, size_t room)
{
	const char *word[128] = { NULL, "bardo", "load" };
	char folder[4096];
	unsigned n = 3, i;

	if (!getcwd(folder, sizeof(folder)))
		return false;
	word[0] = folder;
	if (entry) {
		word[n++] = "--entry";
		word[n++] = entry;
	}
	for (i = 1; argv[i] && n < ARRAY_SIZE(word); i++)
		word[n++] = argv[i];
	return !argv[i] && record_join(word, n, line, room);
}

/* Will what is to be staged be jumped into? To `load` that is only a question. */
static int check_leaving(const struct verb *verb, struct why *why)
{
	const int r = systemd_runs() ? leaving_by_initramfs("", why) : 0;

	if (r < 0 && verb != &verb_boot) {
		fail("systemctl kexec will not do: %s", why->text);
		return 0;
	}
	return r;
}

/* What people would find out too late. */
static void warn_of_next(const struct verb *verb, const struct boot_image *image)
{
	struct why why;

	if (verb == &verb_load && systemd_runs() && leaving_by_reboot("", &why))
		fail("%s", why.text);
	if (signed_policy_in_use("", image->has_pcrsig, &why))
		fail("%s", why.text);
	if (leaving_hibernation("", &why))
		fail("%s", why.text);
	if (leaving_watchdog("", &why))
		fail("%s", why.text);
}

static int load_image(const struct verb *verb, char *const *argv, const char *entry,
		      struct boot_request *request)
{
	struct pipeline p;
	char again[4096];
	const char *lost;
	struct why why;
	int r;

	/* nobody else would extend what the next kernel's log says */
	if (!commit_is_sure())
		request->measure = MEASURE_NOT;
	lost = request->way == HANDOVER_DIRECT ? option_for_code(request) : NULL;
	if (lost)
		return usage_error(verb, "--handover direct: no EFI code runs, so nothing uses %s",
				   lost);
	request->again = note_again(argv, entry, again, sizeof(again)) ? again : NULL;
	caller_set(request);
	if (check_leaving(verb, &why) < 0)
		return fail("%s", why.text);
	r = pipeline_open(&p, request, &why);
	r = r < 0 ? fail("%s", why.text) : stage(&p);
	if (r == EXIT_DONE)
		warn_of_next(verb, &p.image);
	pipeline_close(&p);
	return r;
}

/* *ret_one_shot: it is an entry that was to be booted once. */
static int load(const struct verb *verb, int argc, char **argv, bool *ret_one_shot, bool *ret_help)
{
	struct boot_request request = {
		.timeout_s = DEFAULT_TIMEOUT_S,
		.for_this_machine = true,
		.framebuffer = FRAMEBUFFER_IF_SAFE,
		.measure = MEASURE_IF_THERE,
	};
	struct why because, why;
	struct choice choice;
	int r;

	r = run_options_parse(verb, argc, argv, &request, ret_help);
	if (r || *ret_help)
		return r;
	if (way_choose(&request, &because, &why) < 0)
		return fail("%s", why.text);
	if (choice_make(&request, &choice, &why) < 0)
		return fail("%s", why.text);
	if (choice.entry)
		progress("%s: %s", choice.entry->id, choice.entry->show_title);
	r = load_image(verb, argv, choice.entry && !request.entry ? choice.entry->id : NULL,
		       &request);
	if (r == EXIT_DONE && because.text[0])
		printf("handover        file: %s\n", because.text);
	*ret_one_shot = request.one_shot_is_used;
	choice_free(&choice);
	return r;
}

static int cmd_load(int argc, char **argv)
{
	bool one_shot, help;

	return load(&verb_load, argc, argv, &one_shot, &help);
}

/* Its boot loader removes it before it boots the entry; a machine that does not let it goes on. */
static void use_one_shot(void)
{
	static const char name[] = "LoaderEntryOneShot";
	const int r = host_loader_variable_remove("", name);

	if (r < 0)
		fail("%s: %s: firmware will boot this entry once more", name, strerror(-r));
}

static int cmd_boot(int argc, char **argv)
{
	bool one_shot, help;
	struct why why;
	int r;

	r = load(&verb_boot, argc, argv, &one_shot, &help);
	if (r || help)
		return r;
	if (one_shot)
		use_one_shot();
	if (systemd_runs()) {
		execlp("systemctl", "systemctl", "kexec", NULL);
		return fail("systemctl kexec: %s", strerror(errno));
	}
	r = commit_staged(COMMIT_MUST);
	if (r)
		return r;
	handover_exec(NULL, &why);
	return fail("%s", why.text);
}

const struct verb verb_load = {
	"load",
	"[OPTIONS] [IMAGE]",
	"Run an EFI image up to ExitBootServices and stage it with kexec",
	cmd_load,
	load_options_help,
	STAGE_LOAD,
};

const struct verb verb_boot = {
	"boot",	  "[OPTIONS] [IMAGE]", "Load an EFI image, then stop all services and boot it",
	cmd_boot, load_options_help,   STAGE_LOAD,
};
