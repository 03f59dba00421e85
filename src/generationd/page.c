// SPDX-License-Identifier: MIT
#include "generationd/page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "random/detector.h"

/*
 * futex(2), robust lists: at the end of a thread the kernel walks its list and
 * marks each word that still has the thread's id. The list is ours; the words are
 * in the page, futex_offset away from their nodes: these lie as far apart as those.
 */
static uint8_t nodes[sizeof(struct published)] __attribute__((aligned(8)));
static struct robust_list_head head;

static int open_in(const char *folder, const char *name, mode_t mode, struct why *why)
{
	char path[256];
	scoped_fd fd = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return why_set(why, -ENAMETOOLONG, "%s: too long", folder);
	/* writable by its owner's bits: root in a unit has no capability to pass over them */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0 || fchmod(fd, mode) < 0)
		return why_errno(why, -errno, "%s", path);
	return fd_take(&fd);
}

/*
 * A file of its own, that nobody else can open: whoever can read a file can lock it. And
 * a lock of the process: children do not hold it for us when we have ended.
 */
static int lock(const char *folder, struct why *why)
{
	struct flock whole = { .l_type = F_WRLCK };
	scoped_fd fd = open_in(folder, "lock", 0600, why);

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETLK, &whole) < 0)
		return why_errno(why, errno == EACCES || errno == EAGAIN ? -EBUSY : -errno,
				 "%s/lock", folder);
	fd_take(&fd); /* stays open: closing any descriptor of it would unlock it */
	return 0;
}

/* Readers that have it mapped must not find a hole: the file system may be full. */
static int open_page(const char *folder, struct stat *ret_file, struct why *why)
{
	scoped_fd fd = open_in(folder, "generation", 0644, why);
	int r;

	if (fd < 0)
		return fd;
	r = -posix_fallocate(fd, 0, PAGE_BYTES);
	if (r < 0 || fstat(fd, ret_file) < 0)
		return why_errno(why, r ?: -errno, "%s/generation", folder);
	return fd_take(&fd);
}

int page_open(const char *folder, struct published **ret_page, struct why *why)
{
	struct published *page;
	scoped_fd fd = -1;
	struct stat file;
	int r;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return why_errno(why, -errno, "%s", folder);
	r = lock(folder, why);
	if (r < 0)
		return r;
	fd = open_page(folder, &file, why);
	if (fd < 0)
		return fd;
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return why_errno(why, -errno, "%s/generation", folder);
	/* readers of an earlier daemon's page have it mapped: it is taken over, not replaced */
	page_rest(page);
	if (!published_valid(page, &file))
		memset(page, 0, sizeof(*page));
	memcpy(page->magic, PUBLISHED_MAGIC, sizeof(page->magic));
	page->version = PUBLISHED_VERSION;
	page->bytes = sizeof(*page);
	page->device = file.st_dev;
	page->inode = file.st_ino;
	page_beat(page);
	*ret_page = page;
	return 0;
}

void page_beat(struct published *page)
{
	__atomic_store_n(&page->beat, published_clock(), __ATOMIC_RELAXED);
}

void page_rest(struct published *page)
{
	__atomic_store_n(&page->liveness, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&page->counts, 0, __ATOMIC_SEQ_CST);
}

static struct robust_list *node_at(size_t offset)
{
	return (struct robust_list *)(nodes + offset);
}

int page_live(struct published *page, uint32_t source, struct why *why)
{
	struct robust_list *live = node_at(offsetof(struct published, liveness));
	struct robust_list *counts = node_at(offsetof(struct published, counts));
	const uint32_t tid = (uint32_t)syscall(SYS_gettid);

	page->source = source;
	head.list.next = live;
	live->next = counts;
	counts->next = &head.list;
	head.futex_offset = (long)((intptr_t)page - (intptr_t)nodes);
	if (syscall(SYS_set_robust_list, &head, sizeof(head)) < 0)
		return why_errno(why, -errno, "set_robust_list");
	__atomic_store_n(&page->counts, tid, __ATOMIC_SEQ_CST);
	__atomic_store_n(&page->liveness, tid, __ATOMIC_SEQ_CST);
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
