/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware variables of the running machine, as efivarfs shows them, mounted or not. */
#include "base/bytes.h"
#include "base/util.h"

/* The vendor of what systemd-boot, systemd-stub and others like them tell the system, as EFI has
 * it. */
extern const uint8_t host_loader_vendor[16];

struct host_variable {
	char *name; /* UTF-8 */
	uint8_t vendor[16];
	uint32_t attributes;
	struct bytes data; /* in the memory of content */
	char *content;
};

struct host_variables {
	struct host_variable *variable;
	unsigned n;
};

/*
 * All that can be read; none where the machine has no EFI, or efivarfs is neither mounted nor ours
 * to mount. Only lack of memory fails.
 */
must_check int host_variables_read(const char *root, struct host_variables *ret_variables);
void host_variables_free(struct host_variables *variables);

/*
 * Remove one of host_loader_vendor's, in the firmware. 0, also where there is none, or a negative
 * errno.
 */
must_check int host_loader_variable_remove(const char *root, const char *name);
