// SPDX-License-Identifier: MIT
/* From an image that has run, or a kernel that needs not, to what kexec holds. */
#include "handover/direct.h"
#include "host/console.h"
#include "machine/frozen.h"
#include "tool/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool boot_note_again(const struct boot *b, char *line, size_t room)
{
	const char *word[128] = { NULL, "bardo", "load" };
	char folder[4096];
	unsigned n = 3, i;

	if (!b->options->argv || !getcwd(folder, sizeof(folder)))
		return false;
	word[0] = folder;
	for (i = 1; b->options->argv[i] && n < ARRAY_SIZE(word); i++)
		word[n++] = b->options->argv[i];
	return !b->options->argv[i] && record_join(word, n, line, room);
}

static int stage_frozen(struct boot *b, const struct frozen *frozen,
			struct handover_report *ret_report)
{
	char again[4096];
	struct handover_options options = {
		.generation = b->generation.text,
		.again = boot_note_again(b, again, sizeof(again)) ? again : NULL,
		.image = b->options->image,
		.vmgenid = b->generation.vmgenid,
		.vmclock = b->generation.vmclock,
		.console = host_console(""),
	};

	hooks_set(&options);
	return handover_stage(frozen, &b->map, &options, ret_report, &b->why);
}

static void print_report(const struct handover_report *report)
{
	printf("staged          %8.1f MiB in %u segments\n", mib(report->staged_bytes),
	       report->n_segments);
	printf("cleared         %8.1f MiB at the jump\n", mib(report->zero_bytes));
	printf("time to stage   plan %.1f ms, digest %.1f ms, kexec_load %.1f ms\n",
	       (double)report->plan_ns / 1e6, (double)report->digest_ns / 1e6,
	       (double)report->kexec_load_ns / 1e6);
	fflush(stdout);
}

int boot_stage(struct boot *b)
{
	struct handover_report report;
	struct frozen frozen;
	int r;

	firmware_frozen(b->firmware, &frozen);
	progress("staging");
	r = stage_frozen(b, &frozen, &report);
	firmware_wipe(b->firmware);
	if (r < 0)
		return fail("%s: %s", b->options->image, b->why.text);
	boot_print_summary(b);
	print_report(&report);
	return 0;
}

static int fill_initrd(struct boot *b, uint8_t *to)
{
	for (unsigned i = 0; i < b->options->n_initrds; i++) {
		const struct firmware_file *f = &b->initrd[i];
		const int r = f->read(f->context, 0, to, f->n_bytes);

		if (r < 0)
			return why_errno(&b->why, r, "%s", f->name);
		/* one behind the other, each where the kernel looks for the next */
		to += align_up(f->n_bytes, 4);
	}
	return 0;
}

int boot_stage_kernel(struct boot *b)
{
	struct direct_config config = {
		.kernel = b->image,
		.cmdline = b->options->cmdline,
		.resume_bytes = handover_resume_bytes(&b->map),
		.acpi_rsdp = b->tables.acpi20 ? b->tables.acpi20 : b->tables.acpi10,
		.map = &b->map,
	};
	struct handover_report report;
	struct direct direct;
	struct why why;
	int r;

	for (unsigned i = 0; i < b->options->n_initrds; i++)
		config.initrd_bytes += align_up(b->initrd[i].n_bytes, 4);
	hooks_random()(config.seed, sizeof(config.seed));
	r = direct_build(&config, &direct, &why);
	explicit_bzero(config.seed, sizeof(config.seed));
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->options->image, why.text);
	r = fill_initrd(b, direct.initrd);
	if (r == 0)
		r = stage_frozen(b, &direct.frozen, &report);
	direct_free(&direct);
	if (r == 0)
		print_report(&report);
	return r;
}
