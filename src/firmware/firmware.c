// SPDX-License-Identifier: MIT
/* What a firmware is put together from. */
#include "firmware/firmware.h"
#include "firmware/console/console.h"
#include "firmware/core/groups.h"
#include "firmware/core/life.h"
#include "firmware/core/state.h"
#include "firmware/device_path/protocols/protocols.h"
#include "firmware/hardware/hardware.h"
#include "firmware/hii/hii.h"
#include "firmware/media/media.h"
#include "firmware/parts.h"
#include "firmware/tcg2/tcg2.h"
#include "firmware/trace/filter.h"
#include "firmware/trace/trace.h"

/* In the order in which their handles are made and their services are written down. */
const struct parts firmware_parts = { {
	&part_trace,
	&part_terminal,
	&part_text_output,
	&part_text_input,
	&part_rng,
	&part_seed,
	&part_memory_attribute,
	&part_device_path_to_text,
	&part_device_path_from_text,
	&part_initrd,
	&part_files,
	&part_device,
	&part_disks,
	&part_unicode_collation,
	&part_device_path_utilities,
	&part_hii_database,
	&part_hii_string,
	&part_graphics_output,
	&part_serial_io,
	&part_tcg2,
	&part_smbios,
	&part_dt_fixup,
} };

int firmware_new(const struct firmware_config *config, struct firmware **ret_firmware,
		 struct why *why)
{
	return core_new(config, &firmware_parts, ret_firmware, why);
}

void firmware_explain(struct firmware *fw)
{
	if (fw->failed)
		trace_explain(fw);
	trace_summarize(fw);
}

int firmware_trace_filter(const char *text, struct why *why)
{
	struct groups all;

	groups_list(&firmware_parts, &all);
	return filter_read(&all, text, NULL, why);
}

void firmware_print_baseline(FILE *out)
{
	struct groups all;

	groups_list(&firmware_parts, &all);
	baseline_print(&all, out);
}
