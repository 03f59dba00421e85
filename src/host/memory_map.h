/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The machine's physical memory as the running kernel tells it: what the
 * firmware gave (/sys/firmware/memmap), cut down to what the kernel calls System
 * RAM (/proc/iomem), the crash kernel's part taken out.
 */
#include "base/why.h"

#include <stdint.h>

enum memory_kind {
	MEMORY_RAM,	     /* ours to give to the next kernel, and a place for kexec */
	MEMORY_RESERVED,     /* also what neither kernel nor we know by name */
	MEMORY_MMIO,	     /* devices that the firmware lists, its flash for one */
	MEMORY_ACPI_RECLAIM, /* ACPI tables */
	MEMORY_ACPI_NVS,
	MEMORY_UNUSABLE,
	MEMORY_PERSISTENT,
	MEMORY_SPECIAL, /* "Soft Reserved": RAM for one purpose, a driver's to use (CXL, HBM) */
	MEMORY_CRASH_KERNEL, /* RAM, but kept for a crash kernel: neither given nor used */
	MEMORY_LEFT_BEHIND,  /* RAM for the next kernel, in use until this one ends */
	MEMORY_HOTPLUGGED, /* RAM of this kernel that a driver brought: the next one begins without
			    */
};

struct memory_range {
	uint64_t start, end; /* end exclusive; RAM is page aligned (inwards), the rest outwards */
	enum memory_kind kind;
};

struct memory_map {
	struct memory_range *range; /* sorted, disjoint, neighbours of one kind merged */
	unsigned n;
	uint64_t top_of_address_space; /* end of the last thing in /proc/iomem, devices included */
};

/* Of this machine; needs root (/proc/iomem hides addresses from others: -EPERM). */
must_check int memory_map_read(struct memory_map *ret_map, struct why *why);

/* Where the parts come from; a folder that is NULL, missing or empty is none: not every kernel has
 * it. */
struct memory_sources {
	const char *iomem;    /* the text of /proc/iomem */
	const char *firmware; /* /sys/firmware/memmap, or a copy: a folder of numbered folders */
	const char *runtime;  /* /sys/firmware/efi/runtime-map likewise */
	const char *root;     /* of a kernel that was told of EFI's map (host/efi_map.h) */
	/*
	 * What is "reserved" inside RAM is the running kernel's own: on arm64, where all else
	 * that is to be kept stands in EFI's map or in the device tree.
	 */
	bool reserved_is_kernels;
};

must_check int memory_map_from(const struct memory_sources *from, struct memory_map *ret_map,
			       struct why *why);

/*
 * A plain machine with n_bytes of RAM, for runs that end on this side: a PC, whose
 * devices lie between 3 and 4 GiB. -EINVAL when it is less than 2 MiB.
 */
must_check int memory_map_synthetic(uint64_t n_bytes, struct memory_map *ret_map, struct why *why);

/*
 * What else is known of n ranges, in any order and overlapping as they like: where the map has
 * something weaker, they are it, to the page. RAM becomes anything, what is reserved only a device.
 * 0 or -ENOMEM, and the map as it was.
 */
must_check int memory_map_lay_over(struct memory_map *map, const struct memory_range *range,
				   unsigned n);

/*
 * A number that is another one where memory is: two machines, or one before and behind a change.
 * Not of what drivers bring and take away, which the next kernel is told nothing of. Never 0.
 */
uint64_t memory_map_fingerprint(const struct memory_map *map);

void memory_map_free(struct memory_map *map);
