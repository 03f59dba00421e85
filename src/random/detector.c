// SPDX-License-Identifier: MIT
#include "random/detector.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/fd.h"
#include "random/vmclock.h"
#include "random/vmgenid.h"

enum { TMPFS = 0x01021994 }; /* linux/magic.h, which musl does without */

/*
 * What a detector that has fewer words looks at instead. Not zero: that is what was seen by
 * a state that was wiped. Not constant: it lies where a child finds it without a page fault.
 */
static volatile uint64_t nothing = 1;
/* And in the place of who counts the kernel's reseeds: one that died. */
static volatile uint64_t nobody = LIVENESS_DIED;

struct detector detector = { .word = { &nothing, &nothing, &nobody } };

/*
 * The daemon's page has one address for the life of the process: zeros of our own are
 * replaced by the daemon's page, that one by its successor's, all with MAP_FIXED. So no
 * draw can follow a pointer to something unmapped, and threads that map at once map the
 * same.
 */
static uint8_t room[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static const volatile struct published *const page = (const volatile void *)room;

static struct {
	const char *path;
	bool elsewhere; /* a test's page: our own, not root's */
	bool mapped;	/* the daemon's, not zeros */
} published = { .path = PUBLISHED_PATH };

/* -------------------------------------------------------- published page */

bool published_alive(const volatile struct published *p)
{
	return detector_owned(p->liveness);
}

bool published_valid(const volatile struct published *p, const struct stat *file)
{
	return memcmp((const void *)p->magic, PUBLISHED_MAGIC, PUBLISHED_MAGIC_BYTES) == 0 &&
	       p->version == PUBLISHED_VERSION && p->bytes >= sizeof(*p) &&
	       p->device == file->st_dev && p->inode == file->st_ino;
}

/* Of a clock that no namespace shifts. */
uint64_t published_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (uint64_t)t.tv_sec;
}

/* One that is stopped lives and notices nothing: who begins now does better without it. */
static bool beats(void)
{
	uint64_t age = published_clock() - page->beat;

	return age <= BEAT_SECONDS_MOST || -age <= BEAT_SECONDS_MOST;
}

/*
 * Only what root alone can write is believed, or what is our own in a test. A file with a
 * hole in the place of the page would end us when the file system is full.
 */
static bool trustworthy(int fd, struct stat *ret_file)
{
	struct statfs fs;

	if (fstat(fd, ret_file) < 0 || fstatfs(fd, &fs) < 0 || !S_ISREG(ret_file->st_mode) ||
	    ret_file->st_size < PAGE_BYTES || ret_file->st_blocks * 512 < PAGE_BYTES)
		return false;
	if (published.elsewhere)
		return true;
	return ret_file->st_uid == 0 && (ret_file->st_mode & 022) == 0 && fs.f_type == TMPFS;
}

/* The file's page, or zeros without one, over what was there. */
static bool map_over(int fd)
{
	const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	const void *p = mmap(room, PAGE_BYTES, PROT_READ, flags | MAP_FIXED, fd, 0);

	return p == room;
}

/* Whatever is at the path now. False also of a page whose daemon is stopped. */
static bool published_open(void)
{
	scoped_fd fd = open(published.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat file;

	if (fd < 0 || !trustworthy(fd, &file))
		return false;
	if (!map_over(fd)) {
		/* before Linux 6.12 that may leave a hole */
		published.mapped = false;
		map_over(-1);
		return false;
	}
	published.mapped = published_valid(page, &file);
	return published.mapped && (beats() || !published_alive(page));
}

/* VMGENID and vmclock say nothing of the kernel's reseeds; a daemon that lives does. */
static void follow_reseeds(void)
{
	if (published.mapped)
		detector.word[RESEEDS_WORD] = (const volatile void *)&page->counts;
}

/*
 * Also without a daemon that lives: a later one takes the page over. Whether to believe the page
 * takes a call that the dynamic loader does not make.
 */
static bool use_published(bool filtered)
{
	if (filtered || !published_open())
		return false;
	detector.word[0] = &page->generation;
	/* two 32-bit words read as one: a daemon that dies changes it */
	detector.word[1] = (const volatile void *)&page->liveness;
	follow_reseeds();
	return true;
}

const volatile struct published *detector_published(void)
{
	return published.mapped ? page : NULL;
}

bool detector_look_for_daemon(void)
{
	return published_open();
}

void detector_published_at(const char *path)
{
	published.path = path;
	published.elsewhere = true;
}

/* ------------------------------------------------------------- detectors */

static bool use_vmgenid(bool filtered)
{
	const volatile uint64_t *id;

	/* it takes sysfs's folders, which the dynamic loader does not read */
	if (filtered || vmgenid_map(&id, NULL) < 0)
		return false;
	detector.word[0] = &id[0];
	detector.word[1] = &id[1];
	published_open();
	follow_reseeds();
	return true;
}

static bool use_vmclock(bool filtered)
{
	/* who does not live does not answer; a filter may not know sockets */
	bool ask = !filtered && published_open() && published_alive(page);
	scoped_fd fd = vmclock_open(ask);
	struct vmclock clock;

	if (fd < 0 || vmclock_map(fd, &clock, NULL) < 0)
		return false;
	detector.word[0] = clock.count;
	detector.marker = clock.marker;
	follow_reseeds();
	return true;
}

static bool use_nothing(bool filtered)
{
	detector.word[0] = detector.word[1] = &nothing;
	detector.word[RESEEDS_WORD] = &nobody;
	return true;
}

/* As if somebody told of everything, and nothing ever happened. */
static bool use_blind(bool filtered)
{
	use_nothing(filtered);
	detector.word[RESEEDS_WORD] = &nothing;
	return true;
}

static const struct {
	enum guard kind;
	const char *name;
	bool (*use)(bool filtered);
} guards[] = {
	/* in the order of what they promise; GUARD_BLIND is never found, only asked for */
	{ GUARD_VMGENID, "vmgenid", use_vmgenid },
	{ GUARD_VMCLOCK, "vmclock", use_vmclock },
	{ GUARD_PUBLISHED, "published", use_published },
	{ GUARD_NONE, "none", use_nothing },
	{ GUARD_BLIND, "blind", use_blind },
};

static bool use(enum guard kind, bool filtered)
{
	size_t i = 0;

	while (guards[i].kind != kind)
		i++;
	if (!guards[i].use(filtered))
		return false;
	__atomic_store_n(&detector.kind, kind, __ATOMIC_RELEASE);
	return true;
}

bool detector_use(enum guard kind)
{
	return use(kind, false);
}

void detector_find(bool filtered)
{
	size_t i = 0;

	while (!use(guards[i].kind, filtered))
		i++;
}

const char *guard_name(enum guard kind)
{
	size_t i = 0;

	while (guards[i].kind != kind)
		i++;
	return guards[i].name;
}

enum guard detector_level(void)
{
	enum guard kind = __atomic_load_n(&detector.kind, __ATOMIC_ACQUIRE);

	if (kind == GUARD_PUBLISHED && !(published.mapped && published_alive(page)))
		return GUARD_NONE;
	return kind;
}

/* The daemon's identity, if it was made after this generation began. */
static bool published_identity(bool of_clock, uint64_t ret_identity[2])
{
	if (!published.mapped || !published_alive(page))
		return false;
	if (of_clock && page->clock != *detector.word[0])
		return false;
	/* written before the clock and the generation that were read: read after them */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	ret_identity[0] = page->identity[0];
	ret_identity[1] = page->identity[1];
	return true;
}

bool detector_identity(uint64_t ret_identity[2])
{
	switch (detector_level()) {
	case GUARD_VMGENID:
		ret_identity[0] = *detector.word[0];
		ret_identity[1] = *detector.word[1];
		return true;
	case GUARD_VMCLOCK:
		return published_identity(true, ret_identity);
	case GUARD_PUBLISHED:
		return published_identity(false, ret_identity);
	case GUARD_NONE:
	case GUARD_BLIND:
		break;
	}
	return false;
}
