// SPDX-License-Identifier: MIT
#include "random/vmgenid.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "random/aml.h"

#define TABLES "/sys/firmware/acpi/tables/"

enum { TABLE_BYTES_MOST = 4 << 20, ID_BYTES = 16 };

static const char *const patterns[] = { TABLES "SSDT*", TABLES "DSDT", TABLES "dynamic/*" };

/* sysfs tells no size before it is read */
static int read_table(const char *path, uint8_t *p, size_t *ret_n)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, p + n, TABLE_BYTES_MOST - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		return -errno;
	*ret_n = n;
	return 0;
}

/* The first table of the pattern that has the device. A table that lies is passed over. */
static int search(const char *pattern, uint8_t *p, struct aml_address *ret)
{
	int r = -ENOENT, latest;
	glob_t g;
	size_t i, n = 0;

	if (glob(pattern, 0, NULL, &g) != 0)
		return -ENOENT;
	for (i = 0; r != 0 && i < g.gl_pathc; i++) {
		latest = read_table(g.gl_pathv[i], p, &n);
		if (latest == 0)
			latest = aml_vmgenid((struct bytes){ p, n }, ret);
		if (latest != -ENOENT)
			r = latest;
	}
	globfree(&g);
	return r;
}

static int find_address(struct aml_address *ret)
{
	uint8_t *p = mmap(NULL, TABLE_BYTES_MOST, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r = -ENOENT;
	size_t i;

	if (p == MAP_FAILED)
		return -errno;
	for (i = 0; r != 0 && i < ARRAY_SIZE(patterns); i++) {
		int latest = search(patterns[i], p, ret);

		if (latest != -ENOENT)
			r = latest;
	}
	munmap(p, TABLE_BYTES_MOST);
	return r;
}

static int map_physical(int fd, uint64_t address, size_t n, const volatile void **ret)
{
	uint64_t page = align_down(address, PAGE_BYTES);
	uint8_t *p;

	if (address > INT64_MAX - n)
		return -EFBIG;
	p = mmap(NULL, address - page + n, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (p == MAP_FAILED)
		return -errno;
	*ret = p + (address - page);
	return 0;
}

/* Half of an address that the table keeps in memory: read it and let go. */
static int resolve(int fd, struct aml_half half, uint64_t *ret)
{
	const volatile void *p = NULL;
	int r;

	if (!half.in_memory) {
		*ret = half.value;
		return 0;
	}
	r = map_physical(fd, half.value, 4, &p);
	if (!p)
		return r;
	*ret = *(const volatile uint32_t *)p;
	munmap((void *)align_down((uintptr_t)p, PAGE_BYTES), (size_t)PAGE_BYTES);
	return 0;
}

/* fd: of /dev/mem */
static int find_id(int fd, uint64_t *ret_address, struct why *why)
{
	struct aml_address where;
	uint64_t low = 0, high = 0, address;
	int r = find_address(&where);

	if (r < 0)
		return why_errno(why, r, "ACPI: no VM_Gen_Counter that we can read");
	if (fd < 0)
		return why_errno(why, fd, "/dev/mem");
	r = resolve(fd, where.low, &low);
	if (r == 0)
		r = resolve(fd, where.high, &high);
	if (r < 0)
		return why_errno(why, r, "/dev/mem: address of the VM generation id");
	/* aligned to 8 by its specification; across pages there would be two mappings */
	address = (high << 32) + (uint32_t)low;
	if (address % 8 != 0 || address % PAGE_BYTES > PAGE_BYTES - ID_BYTES)
		return why_set(why, -ENOEXEC, "ACPI: VM generation id at %#jx", (uintmax_t)address);
	*ret_address = address;
	return 0;
}

static int open_memory(void)
{
	const int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int vmgenid_find(uint64_t *ret_address, struct why *why)
{
	scoped_fd fd = open_memory();

	return find_id(fd, ret_address, why);
}

int vmgenid_map(const volatile uint64_t **ret_id, struct why *why)
{
	scoped_fd fd = open_memory();
	const volatile void *p;
	uint64_t address;
	int r = find_id(fd, &address, why);

	if (r < 0)
		return r;
	r = map_physical(fd, address, ID_BYTES, &p);
	if (r < 0)
		return why_errno(why, r, "/dev/mem: VM generation id at %#jx", (uintmax_t)address);
	*ret_id = p;
	return 0;
}

void vmgenid_unmap(const volatile uint64_t *id)
{
	munmap((void *)align_down((uintptr_t)id, PAGE_BYTES), (size_t)PAGE_BYTES);
}
