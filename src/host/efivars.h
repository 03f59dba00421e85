/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware variables of the running machine, as efivarfs shows them. */
#include "base/bytes.h"
#include "base/util.h"

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
 * All that can be read; none where the machine has no EFI or efivarfs is not
 * mounted. Only lack of memory fails.
 */
must_check int host_variables_read(const char *root, struct host_variables *ret_variables);
void host_variables_free(struct host_variables *variables);
