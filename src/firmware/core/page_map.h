/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Who has which page: sorted, disjoint regions, neighbours that are alike
 * merged. Pure; what it allocates is the list itself.
 */
#include "efi/types.h"
#include "base/heap.h"
#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>

enum region_owner {
	REGION_FREE,  /* ConventionalMemory, for whoever asks */
	REGION_IMAGE, /* allocated: by the image, or by us for it; goes with the frozen state */
	REGION_HOST,  /* only described; what lies there stays as it is */
};

struct region {
	uint64_t start, end; /* page aligned, end exclusive */
	uint32_t type;	     /* enum efi_memory_type, or an OEM's or loader's above 0x70000000 */
	uint8_t owner;
	uint8_t prot; /* MACHINE_* bits: what the image may do there */
};

struct page_map {
	struct heap *heap;
	struct region *region;
	unsigned n, room;
	uint64_t key;	      /* another one after each change of what GetMemoryMap shows */
	uint64_t image_pages; /* of REGION_IMAGE */
};

void page_map_free(struct page_map *map);

/* Describe a range that lies behind all the others so far. 0 or -ENOMEM. */
must_check int page_map_append(struct page_map *map, const struct region *region);

/* The region that addr is in, or NULL. */
const struct region *page_map_find(const struct page_map *map, uint64_t addr);

/* The first region that ends behind addr, or NULL. */
const struct region *page_map_behind(const struct page_map *map, uint64_t addr);

/* Is all of [start, end) in regions of this owner? */
bool page_map_owned(const struct page_map *map, uint64_t start, uint64_t end,
		    enum region_owner owner);

/* Give [to->start, to->end), all of it described before, the properties of *to. 0 or -ENOMEM. */
must_check int page_map_set(struct page_map *map, const struct region *to);

/* What becomes of permissions: those that are kept, and those that there are from now on. */
struct permission {
	uint8_t keep, add;
	bool only; /* of who has just has */
	uint8_t has;
};

/*
 * The same in one go for all that the image has of [start, end), whatever else it is: it may be in
 * as many pieces as there can be. 0 or -ENOMEM.
 */
must_check int page_map_permit(struct page_map *map, uint64_t start, uint64_t end,
			       const struct permission *permission);

/*
 * Room for n pages in free memory, as high as possible, from lowest up and ending at most at end.
 * Returns the address, or 0 when there is none.
 */
uint64_t page_map_search(const struct page_map *map, uint64_t n_pages, uint64_t align,
			 uint64_t lowest, uint64_t end);
