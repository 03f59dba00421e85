/* SPDX-License-Identifier: MIT */
#pragma once
/* The page, from the side of its writer. */
#include "base/util.h"
#include "base/why.h"
#include "random/published.h"

/*
 * Create or take over the page in the folder and show nothing yet: readers see a
 * daemon that is dead. Returns 0 or a negative errno, -EBUSY when another one
 * holds it.
 */
must_check int page_open(const char *folder, struct published **ret_page, struct why *why);

/* From now on alive: the kernel itself takes it back when this thread ends, however that happens.
 */
must_check int page_live(struct published *page, uint32_t source, struct why *why);

/* A new generation; identity first, as published.h says. */
void page_duplicated(struct published *page, uint64_t generation, const uint64_t identity[2],
		     uint64_t clock);
