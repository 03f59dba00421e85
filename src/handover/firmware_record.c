// SPDX-License-Identifier: MIT
#include "handover/firmware_record.h"
#include "guest/runtime_tables.h"
#include "handover/left_behind.h"

#include <errno.h>
#include <string.h>

static_assert((int)HOST_RUNTIME_REGIONS == (int)RUNTIME_MAX_REGIONS, "regions");

/* One that survives a reset is not of this boot, and somebody else's. */
bool is_firmware_variable(const struct host_variable *v)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;

	return !(v->attributes & EFI_VARIABLE_NON_VOLATILE) &&
	       !memcmp(v->vendor, &vendor, sizeof(vendor)) &&
	       !strcmp(v->name, RUNTIME_FIRMWARE_VARIABLE);
}

static int parse(struct bytes data, struct host_runtime *ret_runtime, struct why *why)
{
	struct runtime_firmware f = { 0 };
	struct host_runtime to = { 0 };

	if (data.n < runtime_firmware_bytes(0) || data.n > sizeof(f))
		return why_set(why, -ENOENT, "the note of the last boot has a length of %zu",
			       data.n);
	memcpy(&f, data.p, data.n);
	if (f.version != RUNTIME_FIRMWARE_VERSION)
		return why_set(why, -ENOENT, "the note of the last boot is of version %u",
			       f.version);
	if (f.n > RUNTIME_MAX_REGIONS || data.n != runtime_firmware_bytes(f.n))
		return why_set(why, -ENOENT,
			       "the note of the last boot has %u regions in %zu bytes", f.n,
			       data.n);
	to.system_table = f.system_table;
	for (; to.n < f.n; to.n++)
		to.region[to.n] = (struct host_runtime_region){
			f.region[to.n].physical,  f.region[to.n].virtual, f.region[to.n].n_pages,
			f.region[to.n].attribute, f.region[to.n].type,
		};
	*ret_runtime = to;
	return 0;
}

int firmware_record_read(const struct host_variables *variables, struct host_runtime *ret_runtime,
			 struct why *why)
{
	bool booted_by_us = false;
	int r;

	for (unsigned i = 0; i < variables->n; i++) {
		const struct host_variable *v = &variables->variable[i];

		if (is_firmware_variable(v)) {
			r = parse(v->data, ret_runtime, why);
			return r < 0 ? r : 1;
		}
		booted_by_us |= is_left_behind_variable(v);
	}
	return booted_by_us ? why_set(why, -ENOENT, "this kernel was booted without it") : 0;
}
