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

int variable_set_read(const char *root, struct variable_set *set, struct why *why)
{
	const struct host_variable *v;
	struct firmware_variable *to;
	int r = host_variables_read(root, &set->host);

	if (r == 0 && set->host.n) {
		set->variable = calloc(set->host.n, sizeof(*set->variable));
		r = set->variable ? 0 : -ENOMEM;
	}
	for (unsigned i = 0; r == 0 && i < set->host.n; i++) {
		v = &set->host.variable[i];
		if (is_of_this_boot(v) || is_left_behind_variable(v) || is_firmware_variable(v))
			continue;
		to = &set->variable[set->n++];
		*to = (struct firmware_variable){ .name = v->name,
						  .attributes = v->attributes,
						  .data = v->data };
		memcpy(&to->vendor, v->vendor, sizeof(to->vendor));
	}
	return r < 0 ? why_errno(why, r, "variables") : 0;
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

void variable_set_free(struct variable_set *set)
{
	free(set->variable);
	host_variables_free(&set->host);
	*set = (struct variable_set){ 0 };
}
