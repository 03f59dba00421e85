// SPDX-License-Identifier: MIT
#include "random/detector.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "random/vmclock.h"
#include "random/vmgenid.h"

/*
 * What a detector that has fewer words looks at instead. Not zero: that is what was seen by
 * a state that was wiped. Not constant: it lies where a child finds it without a page fault.
 */
static volatile uint64_t nothing = 1;

struct detector detector = { .word = { &nothing, &nothing, &nothing } };

/*
 * The daemon's page has one address for the life of the process: a page of zeros
 * is replaced by the daemon's, that one by its successor's, all with MAP_FIXED.
 * So no draw can follow a pointer to something unmapped.
 */
static struct {
	const char *path;
	bool elsewhere; /* a test's page: our own, not root's */
	const volatile struct published *page;
	bool mapped; /* the daemon's, not zeros */
} published = { .path = PUBLISHED_PATH };

/* -------------------------------------------------------- published page */

bool published_alive(const volatile struct published *page)
{
	uint32_t v = page->liveness;

	return (v & LIVENESS_TID) != 0 && !(v & LIVENESS_DIED);
}

/* Only what root alone can write is believed, or what is our own in a test. */
static bool trustworthy(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= PAGE_BYTES &&
	       (st.st_uid == 0 || published.elsewhere) && (st.st_mode & 022) == 0;
}

static bool published_valid(const volatile struct published *page)
{
	return memcmp((const void *)page->magic, PUBLISHED_MAGIC, PUBLISHED_MAGIC_BYTES) == 0 &&
	       page->version == PUBLISHED_VERSION && page->bytes >= sizeof(*page);
}

/* Map whatever is at the path now over what was there. */
static bool published_remap(void)
{
	scoped_fd fd = open(published.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	void *p;

	if (fd < 0 || !trustworthy(fd))
		return false;
	p = mmap((void *)published.page, PAGE_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	if (p == MAP_FAILED)
		return false;
	published.mapped = published_valid(published.page);
	return published.mapped;
}

static bool published_open(void)
{
	void *zeros;

	if (!published.page) {
		zeros = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (zeros == MAP_FAILED)
			return false;
		published.page = zeros;
	}
	return published_remap();
}

/* Also without a daemon that lives: a later one takes the page over. */
static bool use_published(bool filtered)
{
	if (!published_open())
		return false;
	detector.word[0] = &published.page->generation;
	/* two 32-bit words read as one: a daemon that dies changes it */
	detector.word[1] = (const volatile void *)&published.page->liveness;
	detector.word[2] = &published.page->reseeds;
	return true;
}

const volatile struct published *detector_published(void)
{
	return published.mapped ? published.page : NULL;
}

void detector_look_for_daemon(void)
{
	published_open();
}

void detector_published_at(const char *path)
{
	published.path = path;
	published.elsewhere = true;
}

/* ------------------------------------------------------------- detectors */

/* VMGENID and vmclock say nothing of the kernel's reseeds; a daemon that lives does. */
static void follow_reseeds(void)
{
	if (published.mapped)
		detector.word[2] = &published.page->reseeds;
}

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
	bool ask = published_open() && published_alive(published.page) && !filtered;
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
	unsigned i;

	for (i = 0; i < DETECTOR_WORDS; i++)
		detector.word[i] = &nothing;
	return true;
}

static const struct {
	enum guard kind;
	const char *name;
	bool (*use)(bool filtered);
} guards[] = {
	/* in the order of what they promise; GUARD_BLIND is never found, only asked for */
	{ GUARD_VMGENID, "vmgenid", use_vmgenid },	 { GUARD_VMCLOCK, "vmclock", use_vmclock },
	{ GUARD_PUBLISHED, "published", use_published }, { GUARD_NONE, "none", use_nothing },
	{ GUARD_BLIND, "blind", use_nothing },
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

	if (kind == GUARD_PUBLISHED && !(published.mapped && published_alive(published.page)))
		return GUARD_NONE;
	return kind;
}

/* The daemon's identity, if it was made after this generation began. */
static bool published_identity(bool of_clock, uint64_t ret_identity[2])
{
	const volatile struct published *page = detector_published();

	if (!page || !published_alive(page))
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
