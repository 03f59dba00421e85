/* SPDX-License-Identifier: MIT */
#pragma once
/* Variables (UEFI 2.10, 8.2): kept here while the image runs, handed on frozen. */
#include "base/bytes.h"
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

struct variable {
	struct variable *next;
	struct efi_guid vendor;
	uint32_t attributes;
	uint32_t name_bytes, data_bytes; /* the name with its 0 */
	bool of_host;			 /* as it was there, not changed since */
	bool in_place;			 /* of one of the host's, changed or made again */
	uint8_t *name;			 /* then data, in one allocation */
	uint8_t *data;
};

struct variables {
	struct variable *first;
	struct variable *deleted; /* the host's that are not there any more; without data */
	uint64_t host_bytes;	  /* of the store: what the host's take that the next kernel sees */
};

enum {
	VARIABLE_STORE_BYTES = 256 << 10, /* for what the next kernel sees */
	VARIABLE_MAX_BYTES = 128 << 10,	  /* name and data of one */
	VARIABLE_BOOT_BYTES = 8 << 20,	  /* for all others */
	VARIABLE_HOST_BYTES = 512 << 10,  /* for the host's own that the next kernel sees */
};

struct why;

/* Begin with the host's, before tables_open() makes room for them. */
int variables_open(struct firmware *fw, struct why *why);
void variables_free(struct firmware *fw);

/* Write the records that the runtime services read (guest/runtime_abi.h); returns their bytes. */
uint64_t variables_store(const struct firmware *fw, uint8_t *records);

/* One of ours. Unless it is to be replaced, one of that name stays as it is. */
efi_status_t variable_offer(struct firmware *fw, const struct efi_guid *vendor, const char *name,
			    uint32_t attributes, struct bytes data, bool replace);
