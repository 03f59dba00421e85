// SPDX-License-Identifier: MIT
#include "generationd/page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/*
 * futex(2), robust lists: at the end of a thread the kernel walks its list and
 * marks each word that still has the thread's id. The list is ours; the word is
 * in the page, futex_offset away.
 */
static struct robust_list node;
static struct robust_list_head head;

static int open_file(const char *folder, struct why *why)
{
	char path[256];
	scoped_fd fd = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s/generation", folder) >= sizeof(path))
		return why_set(why, -ENAMETOOLONG, "%s: too long", folder);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return why_errno(why, -errno, "%s", folder);
	/* writable by its owner's bits: root in a unit has no capability to pass over them */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return why_errno(why, -errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return why_errno(why, errno == EWOULDBLOCK ? -EBUSY : -errno, "%s", path);
	if (fchmod(fd, 0644) < 0 || ftruncate(fd, PAGE_BYTES) < 0)
		return why_errno(why, -errno, "%s", path);
	return fd_take(&fd);
}

int page_open(const char *folder, struct published **ret_page, struct why *why)
{
	int fd = open_file(folder, why); /* stays open: it holds the lock */
	struct published *page;

	if (fd < 0)
		return fd;
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return why_errno(why, -errno, "%s/generation", folder);
	/* readers of an earlier daemon's page have it mapped: it is taken over, not replaced */
	__atomic_store_n(&page->liveness, 0, __ATOMIC_SEQ_CST);
	memcpy(page->magic, PUBLISHED_MAGIC, sizeof(page->magic));
	page->version = PUBLISHED_VERSION;
	page->bytes = sizeof(*page);
	*ret_page = page;
	return 0;
}

int page_live(struct published *page, uint32_t source, struct why *why)
{
	page->source = source;
	node.next = &head.list;
	head.list.next = &node;
	head.futex_offset = (long)((intptr_t)&page->liveness - (intptr_t)&node);
	if (syscall(SYS_set_robust_list, &head, sizeof(head)) < 0)
		return why_errno(why, -errno, "set_robust_list");
	__atomic_store_n(&page->liveness, (uint32_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	return 0;
}

void page_duplicated(struct published *page, uint64_t generation, const uint64_t identity[2],
		     uint64_t clock)
{
	__atomic_store_n(&page->identity[0], identity[0], __ATOMIC_RELAXED);
	__atomic_store_n(&page->identity[1], identity[1], __ATOMIC_RELAXED);
	__atomic_store_n(&page->clock, clock, __ATOMIC_RELEASE);
	__atomic_store_n(&page->generation, generation, __ATOMIC_SEQ_CST);
}
