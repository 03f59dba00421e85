// SPDX-License-Identifier: MIT
#include "boot/stage.h"
#include "boot/input.h"
#include "boot/output.h"
#include "handover/direct.h"
#include "host/console.h"

#include <string.h>

void stage_options(const struct boot_request *request, const struct generation *generation,
		   const struct host_view *host, struct handover_options *ret_options)
{
	*ret_options = (struct handover_options){
		.generation = generation->text,
		.memory = host ? host->fingerprint : 0,
		.again = request->again,
		.image = request->image,
		.vmgenid = generation->vmgenid,
		.vmclock = generation->vmclock,
		.console = host_console(""),
		.variables = host ? host->variables : (struct kernel_data){ 0 },
		.tell = request->hooks.tell,
		.seed_flags = request->hooks.seed_flags,
		.flip = request->hooks.flip,
	};
}

int stage_frozen(struct run_result *run, const struct memory_map *map,
		 const struct handover_options *options, struct handover_report *ret_report,
		 struct why *why)
{
	int r = handover_stage(&run->frozen, map, options, ret_report, why);

	run_wipe(run);
	return r;
}

int stage_direct(const struct boot_image *image, const struct direct_start *start,
		 const struct memory_map *map, const struct host_tables *tables,
		 const struct handover_options *options, struct handover_report *ret_report,
		 struct why *why)
{
	const bool as_they_are = start->initrd < 0;
	int initrd = start->initrd;
	struct direct_config config = {
		.kernel = image->file,
		.cmdline = start->cmdline,
		.initrd_bytes =
			as_they_are ? initrd_set_bytes(start->initrds) : output_bytes(initrd),
		.resume_bytes = handover_resume_bytes(map),
		.screen = start->screen,
		.acpi_rsdp = tables->acpi20 ? tables->acpi20 : tables->acpi10,
		.map = map,
	};
	struct direct direct;
	struct why inner;
	int r;

	/* a copy of ours, and the kernel's */
	r = handover_memory_check(2 * (config.initrd_bytes + config.kernel.n), why);
	if (r < 0)
		return r;
	start->random(config.seed, sizeof(config.seed));
	r = direct_build(&config, &direct, &inner);
	explicit_bzero(config.seed, sizeof(config.seed));
	if (r < 0)
		return why_set(why, r, "%s: %s", image->path, inner.text);
	if (as_they_are)
		r = initrd_set_fill(start->initrds, direct.initrd, why);
	else if ((r = input_read_at(&initrd, 0, direct.initrd, config.initrd_bytes)) < 0)
		why_errno(why, r, "initrd");
	if (r == 0)
		r = handover_stage(&direct.frozen, map, options, ret_report, why);
	direct_free(&direct);
	return r;
}
