// SPDX-License-Identifier: MIT
#include "random/memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

/* linux/mman.h, since 6.11: a type of mapping, in the place of MAP_PRIVATE */
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

static bool denied, no_advice;

void memory_deny_droppable(bool deny)
{
	denied = deny;
}

void memory_deny_advice(bool deny)
{
	no_advice = deny;
}

static void *map(void *at, size_t n_bytes, int prot, int flags)
{
	void *p = mmap(at, n_bytes, prot, flags | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int advise(void *p, size_t n_bytes)
{
	if (no_advice)
		return -EPERM;
	if (madvise(p, n_bytes, MADV_WIPEONFORK) < 0 || madvise(p, n_bytes, MADV_DONTDUMP) < 0)
		return -errno;
	return 0;
}

/* A child that would find its parent's keys is worse than no memory at all. */
static void *map_wiped_on_fork(void *at, size_t n_bytes)
{
	void *p = no_advice ? NULL : map(at, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	if (p && advise(p, n_bytes) < 0) {
		munmap(p, n_bytes);
		return NULL;
	}
	return p;
}

/* Droppable memory is wiped on fork and left out of dumps by itself. */
static void *map_droppable(void *at, size_t n_bytes)
{
	return denied ? NULL : map(at, n_bytes, PROT_READ | PROT_WRITE, MAP_DROPPABLE);
}

void *memory_map(size_t n_pages, bool guarded)
{
	size_t n_bytes = n_pages * PAGE_BYTES, guard = guarded ? PAGE_BYTES : 0;
	int saved = errno;
	uint8_t *around = NULL, *p;

	if (guarded) {
		around = map(NULL, n_bytes + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
		if (!around)
			return NULL;
	}
	p = map_droppable(around ? around + guard : NULL, n_bytes);
	if (!p)
		p = map_wiped_on_fork(around ? around + guard : NULL, n_bytes);
	if (!p && around)
		munmap(around, n_bytes + 2 * guard);
	errno = saved;
	return p;
}

void *memory_map_plain(size_t n_pages)
{
	int saved = errno;
	void *p = map(NULL, n_pages * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	errno = saved;
	return p;
}

void *memory_map_kept(size_t n_pages)
{
	int saved = errno;
	void *p = map_wiped_on_fork(NULL, n_pages * PAGE_BYTES);

	if (!p && no_advice)
		p = map_droppable(NULL, n_pages * PAGE_BYTES);
	errno = saved;
	return p;
}

int memory_wipe_in_children(void *p, size_t n_bytes)
{
	int saved = errno, r = advise(p, n_bytes);

	if (r < 0 && no_advice && map_droppable(p, n_bytes))
		r = 0;
	errno = saved;
	return r;
}

bool memory_droppable(void)
{
	int saved = errno;
	void *p = map_droppable(NULL, PAGE_BYTES);

	if (p)
		munmap(p, PAGE_BYTES);
	errno = saved;
	return p != NULL;
}
