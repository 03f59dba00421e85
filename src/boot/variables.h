/* SPDX-License-Identifier: MIT */
#pragma once
/* The machine's variables, as an image that begins on it is to find them. */
#include "firmware/firmware.h"
#include "host/efivars.h"

struct variable_set {
	struct host_variables host;
	struct firmware_variable *variable; /* points into host */
	unsigned n;
};

/* Those below root. */
must_check int variable_set_read(const char *root, struct variable_set *set, struct why *why);
/* Also this one of host_loader_vendor's, if the machine has it: has it? */
bool variable_set_keep(struct variable_set *set, const char *name);
/* As if there were no such one of host_loader_vendor's. */
void variable_set_drop(struct variable_set *set, const char *name);
/* Does it say that Secure Boot is on, as a stub reads it? */
bool variable_set_secure_boot(const struct variable_set *set);
void variable_set_free(struct variable_set *set);
