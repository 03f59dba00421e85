/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The page tables under which the code that stays calls the machine's own firmware: its regions
 * lie where the first kernel's SetVirtualAddressMap put them, and 1:1 besides. Made before the
 * jump, as data. The rest of the upper half is empty: each call fills in its caller's.
 */
#include "base/util.h"
#include "guest/runtime_abi.h"

#include <stdbool.h>

/* The first pages; the two roots at even ones (see runtime_forward.S). */
enum {
	RUNTIME_ROOT4, /* of 4-level paging, and the lowest table of 5-level paging */
	RUNTIME_TOP4,  /* the highest table of level 4 in 5-level paging */
	RUNTIME_ROOT5,
	RUNTIME_TOP3, /* the highest table of level 3 */
	RUNTIME_FIXED_TABLES,
};

/* Through its last-level table, any page can be looked at. The end of the lower half. */
#define RUNTIME_WINDOW (UINT64_C(255) << 39)

/* Where Linux maps firmware: -68 GiB to -4 GiB. */
#define RUNTIME_FIRMWARE_START UINT64_C(0xffffffef00000000)
#define RUNTIME_FIRMWARE_END UINT64_C(0xffffffff00000000)

/* A piece of the firmware, as its memory map and SetVirtualAddressMap have it. */
struct runtime_region {
	uint64_t physical, virtual, n_pages, attribute;
	uint32_t type;
	uint32_t reserved;
};
static_assert(sizeof(struct runtime_region) == 40, "runtime_region");

struct runtime_firmware {
	uint64_t system_table; /* physical; 0: there is none */
	uint32_t version, n;   /* version: RUNTIME_FIRMWARE_VERSION */
	struct runtime_region region[RUNTIME_MAX_REGIONS];
};
enum { RUNTIME_FIRMWARE_VERSION = 1 };

/* Of one with so many regions. */
static inline size_t runtime_firmware_bytes(uint32_t n)
{
	return offsetof(struct runtime_firmware, region) + n * sizeof(struct runtime_region);
}

/*
 * The same for whoever runs on the next kernel: a variable, struct runtime_firmware cut behind
 * region n. Its vendor is RUNTIME_RANGES_VENDOR.
 */
#define RUNTIME_FIRMWARE_VARIABLE "BardoFirmware"

/* What is mapped besides the firmware: our own, and registers that lie in memory. */
struct runtime_own {
	uint64_t code, code_bytes;
	uint64_t data, data_bytes; /* with the tables themselves */
	const struct runtime_power *power;
};

/* At that physical address. */
static inline bool runtime_region_has(const struct runtime_region *r, uint64_t addr)
{
	return addr >= r->physical && (addr - r->physical) / PAGE_BYTES < r->n_pages;
}

/*
 * Can such a firmware be called? All of it page aligned, at addresses that Linux uses, none over
 * another, the system table in it. NULL, or what is wrong, in words.
 */
const char *runtime_firmware_fault(const struct runtime_firmware *firmware);
/* Of that, where this processor has a region. It does not overflow. <processor>/runtime_tables.c */
const char *runtime_region_fault(const struct runtime_region *region);

/* As many tables as are needed at most, wherever our own code and data come to lie. */
uint64_t runtime_tables_most(const struct runtime_firmware *firmware,
			     const struct runtime_power *power);

/*
 * Make them: tables has room for n, which will lie at the physical address at, a multiple of two
 * pages. Fills in what ret says of them. Returns how many were made.
 */
uint64_t runtime_tables_make(const struct runtime_firmware *firmware, const struct runtime_own *own,
			     uint64_t at, uint8_t *tables, uint64_t n, struct runtime_forward *ret);
