// SPDX-License-Identifier: MIT
#include "random/kernel.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* ------------------------------------------------------------ system call */

static int read_all(int fd, uint8_t *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

/* /dev/urandom never waits, /dev/random does: poll the one, read the other. */
static int device_random(void *buf, size_t n, unsigned flags)
{
	scoped_fd ready = open("/dev/random", O_RDONLY | O_CLOEXEC);
	scoped_fd fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = ready, .events = POLLIN };
	int r;

	if (ready < 0 || fd < 0)
		return -errno;
	do
		r = poll(&p, 1, flags & GRND_NONBLOCK ? 0 : -1);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -EAGAIN;
	return read_all(fd, buf, n);
}

static int call_random(uint8_t *p, size_t n, unsigned flags)
{
	while (n) {
		ssize_t got = kernel_random_once(p, n, flags);

		if (got == -EINTR)
			continue;
		if (got < 0)
			return (int)got;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

/* open(2) and its like are cancellation points, and we are none. */
static int device_random_uncancelled(void *buf, size_t n, unsigned flags)
{
	int saved = errno, state, r;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = device_random(buf, n, flags);
	pthread_setcancelstate(state, NULL);
	errno = saved;
	return r;
}

#ifndef __GLIBC__
#define strerrordesc_np strerror /* musl's allocates nothing either */
#endif

int kernel_random(void *buf, size_t n, unsigned flags)
{
	int r = call_random(buf, n, flags);

	/* a filter may give any error for its refusal */
	return r < 0 && r != -EAGAIN ? device_random_uncancelled(buf, n, flags) : r;
}

/* Not write(3), where a thread may be cancelled: then nothing would have ended. */
static void say(const char *text)
{
	syscall(SYS_write, STDERR_FILENO, text, strlen(text));
}

void kernel_random_absent(int r)
{
	say("vgetrandom: the kernel gives no random numbers: ");
	say(strerrordesc_np(-r) ?: "unknown error");
	say("\n");
	abort();
}

/* ------------------------------------------------------------------- vDSO */

struct vdso vdso;

/* What vgetrandom's vDSO function tells of itself when asked with a size of all ones. */
struct vdso_params {
	uint32_t state_bytes;
	uint32_t mmap_prot;
	uint32_t mmap_flags;
	uint32_t reserved[13];
};

struct image {
	uintptr_t base; /* what to add to an address in the file */
	const ElfW(Sym) * symbols;
	const char *names;
	const uint32_t *hash; /* DT_GNU_HASH */
};

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	while (*name)
		h = h * 33 + (uint8_t)*name++;
	return h;
}

/* The System V gABI's GNU hash table: buckets of chains, a chain ends with bit 0 set. */
static const ElfW(Sym) * image_symbol(const struct image *im, const char *name)
{
	uint32_t n_buckets = im->hash[0], first = im->hash[1], n_bloom = im->hash[2];
	const uint32_t *buckets = im->hash + 4 + n_bloom * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chains = buckets + n_buckets;
	uint32_t wanted = gnu_hash(name), i = n_buckets ? buckets[wanted % n_buckets] : 0;

	if (i < first)
		return NULL;
	for (;; i++) {
		if ((chains[i - first] | 1) == (wanted | 1) &&
		    strcmp(im->names + im->symbols[i].st_name, name) == 0)
			return &im->symbols[i];
		if (chains[i - first] & 1)
			return NULL;
	}
}

static void image_read_dynamic(struct image *im, const ElfW(Dyn) * d)
{
	for (; d->d_tag != DT_NULL; d++) {
		const void *p = (const void *)(im->base + d->d_un.d_ptr);

		if (d->d_tag == DT_SYMTAB)
			im->symbols = p;
		else if (d->d_tag == DT_STRTAB)
			im->names = p;
		else if (d->d_tag == DT_GNU_HASH)
			im->hash = p;
	}
}

/* The kernel mapped it, so it is trusted to be the ELF that it says it is. */
static bool image_open(uintptr_t address, struct image *im)
{
	const ElfW(Ehdr) *e = (const void *)address;
	const ElfW(Phdr) *ph = (const void *)(address + e->e_phoff);
	const ElfW(Dyn) *dynamic = NULL;
	bool loaded = false;
	unsigned i;

	for (i = 0; i < e->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && !loaded) {
			im->base = address + ph[i].p_offset - ph[i].p_vaddr;
			loaded = true;
		} else if (ph[i].p_type == PT_DYNAMIC) {
			dynamic = (const void *)(address + ph[i].p_offset);
		}
	}
	if (!loaded || !dynamic)
		return false;
	image_read_dynamic(im, dynamic);
	return im->symbols && im->names && im->hash;
}

void kernel_vdso_find(void)
{
	uintptr_t address = getauxval(AT_SYSINFO_EHDR);
	struct vdso_params params = { 0 };
	struct image im = { 0 };
	const ElfW(Sym) * sym;
	vdso_getrandom_fn *fn;

	if (!address || !image_open(address, &im))
		return;
	sym = image_symbol(&im, kernel_vdso_getrandom);
	if (!sym)
		return;
	fn = (vdso_getrandom_fn *)(im.base + sym->st_value);
	if (fn(NULL, 0, 0, &params, ~(size_t)0) != 0 || params.state_bytes > VDSO_STATE_MOST)
		return;
	vdso.state_bytes = params.state_bytes;
	vdso.fn = fn;
}

/* ------------------------------------------------------------------ probe */

/* What a copy of the state gives next; the state itself stays as it is. */
static bool draw(const struct probe *probe, uint8_t ret_next[PROBE_BYTES])
{
	/* aligned to its size: the vDSO refuses a state across the end of a page */
	uint64_t copy[ARRAY_SIZE(probe->state)] __attribute__((aligned(VDSO_STATE_MOST)));
	bool ok;

	memcpy(copy, probe->state, sizeof(copy));
	ok = kernel_vdso(ret_next, PROBE_BYTES, GRND_NONBLOCK, copy) == PROBE_BYTES;
	explicit_bzero(copy, sizeof(copy));
	return ok;
}

bool probe_changed(const struct probe *probe)
{
	uint8_t next[PROBE_BYTES];

	return !draw(probe, next) || memcmp(next, probe->next, sizeof(next)) != 0;
}

bool probe_take(struct probe *ret_probe)
{
	uint8_t first[PROBE_BYTES];

	if (!vdso.fn)
		return false;
	memset(ret_probe, 0, sizeof(*ret_probe));
	/* the first draw gives the state its key; before the kernel is ready there is none */
	return kernel_vdso(first, sizeof(first), GRND_NONBLOCK, ret_probe->state) == PROBE_BYTES &&
	       draw(ret_probe, ret_probe->next) && !probe_changed(ret_probe);
}
