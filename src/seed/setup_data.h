/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Lists of setup_data as the x86 boot protocol has them: 64-bit next address, 32-bit
 * type, 32-bit length, data; the list's first address is a field of the boot
 * parameters. For whoever puts a kernel into memory: image loaders, boot loaders,
 * VMMs. Pure: bytes in the caller's memory, nothing else is read or written.
 */
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"

enum {
	SETUP_DATA_HEADER_BYTES = 16,
	SETUP_DATA_MAX_ENTRIES = 64, /* longer lists are taken for broken ones */
	SETUP_DATA_E820_EXT = 1,
	SETUP_DATA_RNG_SEED = 9,
	SETUP_DATA_MAX_SEED = 1024, /* of one entry */
};
#define SETUP_DATA_INDIRECT UINT32_C(0x80000000)

/* Where a kernel image and struct boot_params alike have their setup header's fields. */
enum {
	BOOT_PARAMS_MAGIC = 0x202, /* "HdrS" */
	BOOT_PARAMS_VERSION = 0x206,
	BOOT_PARAMS_SETUP_DATA = 0x250,
	BOOT_PARAMS_LEAST_BYTES = 0x258,
	BOOT_PROTOCOL_SETUP_DATA = 0x209, /* the first version with a list */
};

/* A piece of the future machine's memory: all that is ever followed. */
struct setup_memory {
	uint8_t *p;
	uint64_t addr; /* of p[0] over there */
	size_t n;
};

struct setup_entry {
	uint64_t addr, next;
	uint32_t type, n_bytes;
	uint8_t *data;
};

struct setup_list {
	struct setup_entry entry[SETUP_DATA_MAX_ENTRIES];
	unsigned n;
};

/*
 * Take the list at first apart. -EFAULT when an entry, header or data, is not inside
 * of memory, or memory does not end at 2^64 - 1 at the latest; -ELOOP when an entry comes
 * twice; -EBADMSG when two overlap, or an indirect one is too short to be one; -E2BIG when
 * there are too many. What SETUP_INDIRECT points to is not followed; types that nobody
 * knows are entries like others.
 */
must_check int setup_list_read(uint64_t first, const struct setup_memory *memory,
			       struct setup_list *ret_list, struct why *why);

/*
 * Put an entry at offset of memory and link it in as the list's last one. *first is the
 * list's first address, changed when the list is empty. Nothing is changed on failure: those of
 * setup_list_read(), and -EFAULT when it does not fit, -EBADMSG when it would
 * overlap another.
 */
must_check int setup_list_append(uint64_t *first, const struct setup_memory *memory,
				 uint64_t offset, uint32_t type, struct bytes data,
				 struct why *why);

/*
 * Hand the first seed that is not used up on to ret_seed and erase it in the list, its length too.
 * Returns how many bytes; -ENOENT when there is none, -EMSGSIZE when
 * it is longer than any that we would write.
 */
must_check int setup_list_consume_seed(uint64_t first, const struct setup_memory *memory,
				       uint8_t ret_seed[static SETUP_DATA_MAX_SEED],
				       struct why *why);

/*
 * The list's first address in boot parameters or in a kernel image that begins with
 * them. -EBADMSG when it is neither or too old for a list.
 */
must_check int boot_params_first(struct bytes boot, uint64_t *ret_first, struct why *why);
/* Of what boot_params_first() took. */
void boot_params_set_first(uint8_t *boot, uint64_t first);
