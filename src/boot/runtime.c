// SPDX-License-Identifier: MIT
#include "boot/runtime.h"
#include "handover/firmware_record.h"
#include "host/runtime_services.h"

#include <errno.h>

static void convert(const struct host_runtime *from, struct runtime_firmware *to)
{
	*to = (struct runtime_firmware){
		.system_table = from->system_table,
		.version = RUNTIME_FIRMWARE_VERSION,
	};
	for (; to->n < from->n; to->n++)
		to->region[to->n] = (struct runtime_region){
			.physical = from->region[to->n].physical,
			.virtual = from->region[to->n].virtual,
			.n_pages = from->region[to->n].n_pages,
			.attribute = from->region[to->n].attribute,
			.type = from->region[to->n].type,
		};
}

/*
 * The last boot's note comes first: to a kernel that bardo booted, bardo is the firmware. Where
 * variables cannot be read nobody knows whose firmware it is.
 */
static int find(const char *root, const struct host_variables *variables,
		struct host_runtime *runtime, struct why *why)
{
	int r = firmware_record_read(variables, runtime, why);

	if (r)
		return r < 0 ? r : 0;
	r = host_runtime_read(root, runtime, why);
	return r == 0 && !variables->n
		       ? why_set(why, -ENOENT, "no variables (does the kernel have efivarfs?)")
		       : r;
}

static int look(const char *root, const struct host_variables *variables,
		const struct memory_map *map, struct runtime_view *view, struct why *why)
{
	struct host_runtime runtime;
	const char *fault;
	uint64_t addr;
	int r = find(root, variables, &runtime, why);

	if (r < 0)
		return r;
	if (host_runtime_in_ram(&runtime, map, &addr))
		return why_set(why, -ENOENT, "its memory at %#jx is RAM", (uintmax_t)addr);
	convert(&runtime, &view->firmware);
	/* to a kernel that bardo booted bardo says it, and has it from the one before */
	view->supported = host_runtime_supported(root);
	fault = runtime_firmware_fault(&view->firmware);
	return fault ? why_set(why, -ENOENT, "%s", fault) : 0;
}

void runtime_view_without(const char *why, struct runtime_view *ret_view)
{
	*ret_view = (struct runtime_view){ 0 };
	why_set(&ret_view->frozen, -ENOENT, "%s", why);
}

void runtime_view_read(const char *root, const struct host_variables *variables,
		       const struct memory_map *map, struct runtime_view *ret_view)
{
	struct runtime_view view = { 0 };

	if (look(root, variables, map, &view, &view.frozen) < 0)
		view.firmware = (struct runtime_firmware){ 0 };
	*ret_view = view;
}

void runtime_view_here(struct runtime_view *ret_view)
{
	struct host_variables variables = { 0 };
	struct memory_map map = { 0 };
	struct why why;
	int r = host_variables_read("", &variables);

	if (r < 0)
		why_errno(&why, r, "variables");
	else
		r = memory_map_read(&map, &why);
	if (r < 0)
		runtime_view_without(why.text, ret_view);
	else
		runtime_view_read("", &variables, &map, ret_view);
	memory_map_free(&map);
	host_variables_free(&variables);
}

void runtime_view_leave_out(struct runtime_view *view, unsigned i)
{
	struct runtime_firmware *f = &view->firmware;

	if (i >= f->n)
		return;
	for (f->n--; i < f->n; i++)
		f->region[i] = f->region[i + 1];
}

const char *runtime_view_lacks(const struct runtime_view *view, unsigned *bit)
{
	/* in the order of EFI_RT_SUPPORTED_* */
	static const char *const name[] = {
		"GetTime",
		"SetTime",
		"GetWakeupTime",
		"SetWakeupTime",
		"GetVariable",
		"GetNextVariableName",
		"SetVariable",
		NULL,
		NULL,
		"GetNextHighMonotonicCount",
		NULL,
		"UpdateCapsule",
		"QueryCapsuleCapabilities",
		"QueryVariableInfo",
	};

	static_assert(EFI_RT_SUPPORTED_ALL >> ARRAY_SIZE(name) == 0, "a name for each");
	while (view->firmware.n && *bit < ARRAY_SIZE(name)) {
		const unsigned i = (*bit)++;

		if (name[i] && !(view->supported >> i & 1))
			return name[i];
	}
	return NULL;
}

static struct runtime_write write_of(const struct acpi_write *w)
{
	return (struct runtime_write){ .address = w->addr,
				       .value = w->value,
				       .keep = w->keep,
				       .space = w->space,
				       .n_bytes = w->n_bytes };
}

static_assert((int)RUNTIME_MEMORY == (int)ACPI_MEMORY && (int)RUNTIME_IO == (int)ACPI_IO &&
		      (int)RUNTIME_PCI == (int)ACPI_PCI,
	      "address spaces");

struct runtime_power runtime_power_of(const struct acpi_power *power)
{
	return (struct runtime_power){
		.reset = write_of(&power->reset),
		.off = { write_of(&power->off[0]), write_of(&power->off[1]) },
	};
}
