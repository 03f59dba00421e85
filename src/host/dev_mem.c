// SPDX-License-Identifier: MIT
#include "host/dev_mem.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Read(2) ends where the kernel's own mapping of memory does: a small PC's tables lie right
 * behind that, and what arm64 keeps for EFI never lies in it. There, mmap(2) still shows them.
 * It may be mapped as a device's, where only aligned accesses are allowed: byte by byte.
 */
static bool read_by_mapping(int fd, uint64_t addr, uint8_t *to, size_t n_bytes)
{
	const uint64_t page = align_down(addr, PAGE_BYTES);
	const volatile uint8_t *p = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)page);

	if (p == MAP_FAILED)
		return false;
	for (size_t i = 0; i < n_bytes; i++)
		to[i] = p[addr - page + i];
	munmap((void *)p, PAGE_BYTES);
	return true;
}

static bool read_in_page(int fd, uint64_t addr, uint8_t *to, size_t n_bytes)
{
	ssize_t got = pread(fd, to, n_bytes, (off_t)addr);

	/* EFAULT is /dev/mem's word alone: behind a file's end a mapping would kill us */
	if (got < 0 && errno == EFAULT)
		return read_by_mapping(fd, addr, to, n_bytes);
	return got == (ssize_t)n_bytes;
}

/* Page by page: /dev/mem refuses a read as a whole that touches a page it hides. */
bool dev_mem_read(void *context, uint64_t addr, void *to, size_t n_bytes)
{
	int fd = *(int *)context;
	uint8_t *p = to;
	size_t step;

	if (fd < 0 || n_bytes > INT64_MAX || addr > INT64_MAX - n_bytes)
		return false;
	while (n_bytes) {
		step = min_u64(n_bytes, PAGE_BYTES - addr % PAGE_BYTES);
		if (!read_in_page(fd, addr, p, step))
			return false;
		p += step;
		addr += step;
		n_bytes -= step;
	}
	return true;
}

int dev_mem_open(const char *root)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/dev/mem", root) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}
