// SPDX-License-Identifier: MIT
#include "boot/run.h"
#include "boot/inside.h"
#include "handover/handover.h"
#include "host/kernel.h"
#include "host/sandbox_gate.h"
#include "keeper/keeper.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* What a firmware that works may take longer than its time limit. */
	GRACE_S = 15,
};

/* The largest file that there can be on FAT. */
#define MOST_ON_ESP (UINT64_C(1) << 32)

/* What the keeper calls back with. */
struct outside {
	struct inside_work work; /* in front: the firmware process takes it from there */
	bool started;
};

static void began(void *context, const struct walls *walls, pid_t pid)
{
	struct outside *o = context;
	const struct boot_caller *caller = &o->work.request->caller;
	struct why why;

	boot_image_close(
		o->work.image); /* the other process has it; its memory is worth having back */
	if (caller->running)
		caller->running(pid);
	for (unsigned i = 0; caller->note && i < N_WALLS; i++)
		if (walls->error[i]) {
			wall_describe(i, walls->error[i], &why);
			if (i == WALL_USER)
				namespace_gate_explain("", &why);
			caller->note("the firmware's process has %s", why.text);
		}
}

static void starts(void *context)
{
	struct outside *o = context;
	const struct boot_caller *caller = &o->work.request->caller;

	o->started = true;
	if (caller->progress)
		caller->progress("running %s", o->work.request->image);
}

static void want_keys(void *context)
{
	const struct outside *o = context;

	if (o->work.request->caller.want_keys)
		o->work.request->caller.want_keys();
}

static int mount_volume(void *context, unsigned number, struct why *why)
{
	const struct outside *o = context;

	return volume_mount(o->work.sources->disks.volumes, number, why);
}

static int add_tree(struct keeper_config *k, struct host_tree *tree, struct why *why)
{
	if (k->n_trees == KEEPER_MOST_TREES)
		return why_set(why, -E2BIG, "more than %d folder trees", KEEPER_MOST_TREES);
	k->tree[k->n_trees++] = (struct keeper_tree){ &tree->fd, tree->files.writable };
	return 0;
}

static void add_fd(struct keeper_config *k, int fd)
{
	if (fd >= 0)
		k->fd[k->n_fds++] = fd;
}

static_assert(TREE_MAX_EXTRAS + MAX_INITRDS + MAX_DISKS <= KEEPER_MOST_FDS, "descriptors");

/* All that the firmware process goes on having open. */
static int list_open(struct sources *s, struct keeper_config *k, struct why *why)
{
	int r = add_tree(k, &s->esp.tree, why);

	for (struct volume *v = s->disks.volumes; v && r == 0; v = v->next) {
		k->n_volumes++;
		if (v->tree.fd >= 0)
			r = add_tree(k, &v->tree, why);
	}
	for (unsigned i = 0; i < s->esp.tree.n_extras; i++)
		add_fd(k, s->esp.tree.extra[i].fd);
	for (unsigned i = 0; i < s->initrds.n_open; i++)
		add_fd(k, s->initrds.fd[i]);
	k->most_written = MOST_ON_ESP;
	for (unsigned i = 0; i < s->disks.n; i++) {
		add_fd(k, s->disks.fd[i]);
		k->most_written = max_u64(k->most_written, s->disks.disk[i].n_bytes);
	}
	return r;
}

static int open_ram(const struct memory_description *m, struct run_result *result, struct why *why)
{
	unsigned n;
	int r;

	result->ram_range = calloc(m->n + 1, sizeof(*result->ram_range));
	if (!result->ram_range)
		return why_errno(why, -ENOMEM, "guest RAM");
	n = firmware_list_ram(m->memory, m->n, false, result->ram_range);
	if (!n)
		return why_set(why, -EINVAL, "no memory to give to the image");
	r = ram_open(result->ram_range, n, &result->ram, why);
	/* credentials, the boot secret and seeds will be in it */
	if (r == 0 && host_swaps(""))
		ram_lock(&result->ram);
	return r;
}

static void take_frozen(struct run_result *result, struct ram_range resume)
{
	struct report *r = &result->report;

	result->frozen = (struct frozen){
		.regs = r->regs,
		.ram = &result->ram,
		.pages = r->pages,
		.n_pages = r->n_pages,
		.resume = resume,
		.seed = r->seed,
		.secret = r->secret,
		.n_secret = r->n_secret,
	};
	result->frozen.fpu = r->fpu;
	result->options = (struct run_text){ r->options, r->options_why };
	result->told.text = r->told;
	result->told_most = r->told_most;
	result->told_by_itself = r->told_by_itself;
	result->told_error = r->told_error;
	result->has_linux = r->initrd_error == 0;
	result->linux_why = r->initrd_why;
	result->measured = r->measured;
	if (r->initrd.end)
		result->initrd = (struct bytes){ result->ram.host + r->initrd.start,
						 r->initrd.end - r->initrd.start };
}

static void take_report(struct run_result *result, struct sources *sources, struct ram_range resume)
{
	const struct report *r = &result->report;
	struct firmware_summary *s = &result->summary;

	result->end = r->end;
	result->status = r->status;
	result->why = r->why;
	*s = (struct firmware_summary){
		.entry = r->entry,
		.n_calls = r->n_calls,
		.image_ns = r->image_ns,
		.service_ns = r->service_ns,
		.wanted_bytes = r->wanted_bytes,
		.initrd_taken = r->initrd_taken,
	};
	memcpy(s->bytes_by_type, r->bytes_by_type, sizeof(s->bytes_by_type));
	for (unsigned i = 0; i < sources->esp.tree.n_extras; i++)
		sources->esp.tree.extra[i].read = r->was_read[i];
	if (r->frozen)
		take_frozen(result, resume);
}

static int run_kept(struct outside *o, struct run_result *result, struct why *why)
{
	const struct boot_request *request = o->work.request;
	const struct host_view *host = &o->work.sources->host;
	struct ram_range *backed = calloc(host->memory.n + 1, sizeof(*backed));
	struct report_terms terms = {
		.ram = backed,
		.n_ends = INSIDE_ENDS,
		.boot_end = FIRMWARE_BOOT,
		.n_given = o->work.sources->esp.tree.n_extras,
		.banks = o->work.sources->tpm.pcrs ? &o->work.sources->tpm.pcrs->banks : NULL,
	};
	struct keeper_config *k = calloc(1, sizeof(*k)); /* its lists are too much for a stack */
	int r = -ENOMEM;

	if (!backed || !k) {
		why_errno(why, r, "keeper");
	} else {
		/* what is frozen may reach over two ranges that touch: they are one here too */
		terms.n_ram = firmware_list_ram(host->memory.memory, host->memory.n, true, backed);
		*k = (struct keeper_config){
			.ram = &result->ram,
			.terms = &terms,
			.resume_bytes = sources_resume_bytes(request, o->work.sources),
			.limit_s = request->timeout_s ? request->timeout_s + GRACE_S : 0,
			.work = inside_run,
			.erase = inside_erase,
			.began = began,
			.starts = starts,
			.want_keys = want_keys,
			.volume = mount_volume,
			.context = o,
		};
		r = list_open(o->work.sources, k, why);
	}
	if (r == 0)
		r = keeper_run(k, &result->report, why);
	ram_lock_data(&result->ram);
	if (r == 0)
		take_report(result, o->work.sources, result->report.resume);
	free(backed);
	free(k);
	return r;
}

int run_image(const struct boot_request *request, struct boot_image *image, struct sources *sources,
	      struct run_result *result, struct why *why)
{
	struct outside o = { { request, image, sources, &result->ram } };
	int r;

	*result = (struct run_result){ .ram.fd = -1 };
	r = open_ram(&sources->host.memory, result, why);
	if (r == 0)
		r = run_kept(&o, result, why);
	/* whatever became of the other process: the terminal is ours again */
	if (request->caller.running)
		request->caller.running(0);
	if (o.started && request->caller.stopped)
		request->caller.stopped();
	if (r == 0 && result->report.error) {
		r = result->report.error;
		*why = result->report.why;
	}
	return r < 0 ? sandbox_gate_explain("", r, why) : 0;
}

static void wipe_text(const struct run_text *text)
{
	if (text->text)
		explicit_bzero(text->text, strlen(text->text));
}

void run_wipe(struct run_result *result)
{
	ram_wipe_all(&result->ram);
	wipe_text(&result->options);
	wipe_text(&result->told);
}

void run_release(struct run_result *result)
{
	wipe_text(&result->options);
	wipe_text(&result->told);
	report_free(&result->report);
	ram_close(&result->ram);
	free(result->ram_range);
	*result = (struct run_result){ .ram.fd = -1 };
}
