/* SPDX-License-Identifier: MIT */
#pragma once
/* The page, from the side of its writer. */
#include "base/util.h"
#include "base/why.h"
#include "random/published.h"

/*
 * Create or take over the page in the folder and show nothing yet: readers see a
 * daemon that is dead. What a predecessor published is still in it; all is zero where
 * there was none. Returns 0 or a negative errno, -EBUSY when another daemon holds it.
 */
must_check int page_open(const char *folder, struct published **ret_page, struct why *why);

/*
 * From now on alive: the kernel itself takes it back when this thread ends, however that
 * happens. The source is an enum guard.
 */
must_check int page_live(struct published *page, uint32_t source, struct why *why);
/* Readers do without us until we are alive again. */
void page_rest(struct published *page);

/* We run: more often than BEAT_SECONDS_MOST. */
void page_beat(struct published *page);

/* A new generation; identity first, as published.h says. */
void page_duplicated(struct published *page, uint64_t generation, const uint64_t identity[2],
		     uint64_t clock);
