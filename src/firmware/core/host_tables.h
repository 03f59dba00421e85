/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Configuration tables of the machine (UEFI 2.10, 4.6): which of them an image and the next kernel
 * find, and why not the others. One row is one kind of table.
 */
#include "efi/types.h"

#include <stddef.h>

struct firmware;
struct why;

struct host_table {
	const char *name, *answer, *note;
	/* What is put in: the address or the bytes of it, as a member of struct firmware_config. */
	const struct efi_guid *guid; /* NULL: nothing, or somebody else does */
	size_t address, copy;	     /* one of them is 0 */
};

extern const struct host_table host_table[];
extern const unsigned n_host_tables;

int host_tables_open(struct firmware *fw, struct why *why);
