// SPDX-License-Identifier: MIT
#include "machine/ram.h"
#include "base/fd.h"
#include "base/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Ranges are mapped one by one: a stray access to a hole between them faults here as it must. */
static int map_ranges(struct ram *ram, struct why *why)
{
	const struct ram_range *r;
	void *p;

	for (r = ram->range; r < ram->range + ram->n_ranges; r++) {
		p = mmap(ram->host + r->start, r->end - r->start, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE | MAP_FIXED, ram->fd, (off_t)r->start);
		if (p == MAP_FAILED)
			return why_errno(why, -errno, "guest RAM: mapping %#jx-%#jx",
					 (uintmax_t)r->start, (uintmax_t)r->end);
	}
	return 0;
}

/* Its size is sealed: whoever shares it could cut it off below the other. */
static int make_fd(uint64_t n_bytes, struct why *why)
{
	scoped_fd fd = memfd_open("guest RAM");

	if (fd < 0)
		return why_errno(why, fd, "guest RAM: memfd_create");
	if (ftruncate(fd, (off_t)n_bytes) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return why_errno(why, -errno, "guest RAM of %#jx bytes", (uintmax_t)n_bytes);
	return fd_take(&fd);
}

/* No room among our own addresses: nothing else than a limit can be why. */
static int no_addresses(int r, uint64_t n_bytes, struct why *why)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	getrlimit(RLIMIT_AS, &l);
	if (l.rlim_cur == RLIM_INFINITY)
		return why_errno(why, r, "guest RAM: %#jx bytes of address space",
				 (uintmax_t)n_bytes);
	return why_set(why, r,
		       "guest RAM needs %ju MiB of addresses, and the limit of the address space "
		       "(ulimit -v, RLIMIT_AS, LimitAS=) is %ju MiB",
		       (uintmax_t)n_bytes >> 20, (uintmax_t)l.rlim_cur >> 20);
}

int ram_open(const struct ram_range *range, unsigned n_ranges, struct ram *ret_ram, struct why *why)
{
	struct ram ram = { .fd = -1, .range = range, .n_ranges = n_ranges };
	void *p;
	int r;

	ram.n_bytes = range[n_ranges - 1].end;
	ram.fd = make_fd(ram.n_bytes, why);
	if (ram.fd < 0)
		return ram.fd;
	p = mmap(NULL, ram.n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		r = no_addresses(-errno, ram.n_bytes, why);
		goto close_fd;
	}
	ram.host = p;
	r = map_ranges(&ram, why);
	if (r < 0)
		goto unmap;
	/* a core of ours must not carry what the image held */
	madvise(ram.host, ram.n_bytes, MADV_DONTDUMP);
	*ret_ram = ram;
	return 0;

unmap:
	munmap(ram.host, ram.n_bytes);
close_fd:
	close(ram.fd);
	return r;
}

void ram_close(struct ram *ram)
{
	if (!ram->host)
		return;
	munmap(ram->host, ram->n_bytes);
	close(ram->fd);
	*ram = (struct ram){ .fd = -1 };
}

/* A process that may not raise the limit may have one that is high enough. */
void ram_lock(struct ram *ram)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &none);
	ram->locked = true;
	for (unsigned i = 0; i < ram->n_ranges; i++)
		if (mlock2(ram->host + ram->range[i].start, ram->range[i].end - ram->range[i].start,
			   MLOCK_ONFAULT) < 0)
			ram->locked = false;
}

void ram_lock_data(const struct ram *ram)
{
	struct ram_range data;

	for (unsigned i = 0; ram->locked && i < ram->n_ranges; i++)
		for (uint64_t at = ram->range[i].start; ram_data(ram, at, ram->range[i].end, &data);
		     at = data.end)
			(void)mlock(ram->host + data.start, data.end - data.start);
}

bool ram_data(const struct ram *ram, uint64_t start, uint64_t end, struct ram_range *ret_run)
{
	off_t data, hole;

	if (start >= end)
		return false;
	data = lseek(ram->fd, (off_t)start, SEEK_DATA);
	if (data < 0 || (uint64_t)data >= end)
		return false;
	hole = lseek(ram->fd, data, SEEK_HOLE);
	if (hole < 0)
		return false;
	*ret_run = (struct ram_range){ (uint64_t)data, min_u64((uint64_t)hole, end) };
	return true;
}

void ram_wipe(const struct ram *ram, uint64_t start, uint64_t end)
{
	struct ram_range data;
	uint64_t at;

	for (at = start; ram_data(ram, at, end, &data); at = data.end)
		explicit_bzero(ram->host + data.start, data.end - data.start);
}

/* By the kernel: most pages are not in this process's tables, and each would be a fault. */
static bool write_zeros(const struct ram *ram, const struct ram_range *data)
{
	static const uint8_t zeros[1 << 16];
	uint64_t at = data->start;
	ssize_t put;

	while (at < data->end) {
		put = pwrite(ram->fd, zeros, min_u64(sizeof(zeros), data->end - at), (off_t)at);
		if (put <= 0)
			return false;
		at += (uint64_t)put;
	}
	return true;
}

void ram_wipe_all(const struct ram *ram)
{
	struct ram_range data;

	for (unsigned i = 0; i < ram->n_ranges; i++)
		for (uint64_t at = ram->range[i].start; ram_data(ram, at, ram->range[i].end, &data);
		     at = data.end)
			if (!write_zeros(ram, &data))
				ram_wipe(ram, data.start, data.end);
}

void ram_discard(const struct ram *ram, uint64_t start, uint64_t end)
{
	ram_wipe(ram, start, end);
	/* cannot fail on a memfd of ours; were it to, the bytes still have to go */
	if (fallocate(ram->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
		      (off_t)(end - start)) < 0)
		memset(ram->host + start, 0, end - start);
}
