// SPDX-License-Identifier: MIT
#include "boot/variables.h"
#include "handover/firmware_record.h"
#include "handover/left_behind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * systemd's loader and stub say in volatile variables how the boot went that they
 * were part of. That is not the one that is about to begin, and where they find
 * such a variable they leave it as it is: so those are left out.
 */
static bool is_of_this_boot(const struct host_variable *v)
{
	return !memcmp(v->vendor, host_loader_vendor, sizeof(v->vendor)) &&
	       !(v->attributes & EFI_VARIABLE_NON_VOLATILE);
}

/* There is room for all of host's. */
static void add(struct variable_set *set, const struct host_variable *v)
{
	struct firmware_variable *to = &set->variable[set->n++];

	*to = (struct firmware_variable){ .name = v->name,
					  .attributes = v->attributes,
					  .data = v->data };
	memcpy(&to->vendor, v->vendor, sizeof(to->vendor));
}

int variable_set_read(const char *root, struct variable_set *set, struct why *why)
{
	const struct host_variable *v;
	int r = host_variables_read(root, &set->host);

	if (r == 0 && set->host.n) {
		set->variable = calloc(set->host.n, sizeof(*set->variable));
		r = set->variable ? 0 : -ENOMEM;
	}
	for (unsigned i = 0; r == 0 && i < set->host.n; i++) {
		v = &set->host.variable[i];
		if (is_of_this_boot(v) || is_left_behind_variable(v) || is_firmware_variable(v))
			continue;
		add(set, v);
	}
	return r < 0 ? why_errno(why, r, "variables") : 0;
}

bool variable_set_keep(struct variable_set *set, const char *name)
{
	const unsigned n = set->n;

	for (unsigned i = 0; i < set->host.n; i++) {
		const struct host_variable *v = &set->host.variable[i];

		if (is_of_this_boot(v) && !strcmp(v->name, name))
			add(set, v);
	}
	return set->n > n;
}

void variable_set_drop(struct variable_set *set, const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < set->n; i++)
		if (memcmp(&set->variable[i].vendor, host_loader_vendor,
			   sizeof(host_loader_vendor)) ||
		    strcmp(set->variable[i].name, name) != 0)
			set->variable[n++] = set->variable[i];
	set->n = n;
}

bool variable_set_secure_boot(const struct variable_set *set)
{
	static const struct efi_guid global = EFI_GUID(0x8be4df61, 0x93ca, 0x11d2, 0xaa, 0x0d, 0x00,
						       0xe0, 0x98, 0x03, 0x2b, 0x8c);

	for (unsigned i = 0; i < set->n; i++) {
		const struct firmware_variable *v = &set->variable[i];

		if (!strcmp(v->name, "SecureBoot") && !memcmp(&v->vendor, &global, sizeof(global)))
			return v->data.n == 1 && v->data.p[0] == 1;
	}
	return false;
}

void variable_set_free(struct variable_set *set)
{
	free(set->variable);
	host_variables_free(&set->host);
	*set = (struct variable_set){ 0 };
}
