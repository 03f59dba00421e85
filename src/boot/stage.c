// SPDX-License-Identifier: MIT
/* From an image that has run, or a kernel that needs not, to what kexec holds. */
#include "handover/direct.h"
#include "host/file.h"
#include "machine/frozen.h"
#include "tool/tool.h"

#include <stdio.h>
#include <string.h>

/* The port of the serial line that the running kernel has its console on; 0 when it has none. */
static uint16_t console_port(void)
{
	static const uint16_t port[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	scoped_host_file cmdline = { NULL, 0 };
	const char *at;

	if (host_file_read("", "/proc/cmdline", &cmdline) < 0)
		return 0;
	at = strstr(cmdline.text, "console=ttyS");
	at = at ? at + strlen("console=ttyS") : NULL;
	return at && *at >= '0' && *at <= '3' ? port[*at - '0'] : 0;
}

static int stage_frozen(struct boot *b, const struct frozen *frozen,
			struct handover_report *ret_report)
{
	struct handover_options options = {
		.generation = b->generation.text,
		.again = b->request->again,
		.image = b->request->image,
		.vmgenid = b->generation.vmgenid,
		.vmclock = b->generation.vmclock,
		.console_port = console_port(),
		.tell = b->request->hooks.tell,
		.seed_flags = b->request->hooks.seed_flags,
		.flip_bit = b->request->hooks.flip_bit,
	};

	return handover_stage(frozen, &b->sources.host.map, &options, ret_report, &b->why);
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
	int r;

	progress("staging");
	r = stage_frozen(b, &b->run.frozen, &report);
	run_wipe(&b->run);
	if (r < 0)
		return fail("%s: %s", b->request->image, b->why.text);
	boot_print_summary(b);
	print_report(&report);
	return 0;
}

int boot_stage_kernel(struct boot *b)
{
	struct direct_config config = {
		.kernel = b->image.file,
		.cmdline = b->request->cmdline,
		.resume_bytes = handover_resume_bytes(&b->sources.host.map),
		.acpi_rsdp = b->sources.host.tables.acpi20 ? b->sources.host.tables.acpi20
							   : b->sources.host.tables.acpi10,
		.map = &b->sources.host.map,
	};
	struct handover_report report;
	struct direct direct;
	struct why why;
	int r;

	config.initrd_bytes = initrd_set_bytes(&b->sources.initrds);
	b->request->caller.random(config.seed, sizeof(config.seed));
	r = direct_build(&config, &direct, &why);
	explicit_bzero(config.seed, sizeof(config.seed));
	if (r < 0)
		return why_set(&b->why, r, "%s: %s", b->request->image, why.text);
	r = initrd_set_fill(&b->sources.initrds, direct.initrd, &b->why);
	if (r == 0)
		r = stage_frozen(b, &direct.frozen, &report);
	direct_free(&direct);
	if (r == 0)
		print_report(&report);
	return r;
}
