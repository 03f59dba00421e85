// SPDX-License-Identifier: MIT
#include "random/vmgenid.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "random/aml.h"

enum { TABLE_BYTES_MOST = 4 << 20, ENTRIES_BYTES = 2048, ID_BYTES = 16 };

#define TABLES "/sys/firmware/acpi/tables"

/* where tables of code are, and how their names begin */
static const struct place {
	const char *folder, *prefix;
} places[] = {
	{ TABLES, "SSDT" },
	{ TABLES, "DSDT" },
	{ TABLES "/dynamic", "" },
};

/* sysfs tells no size before it is read */
static int read_table(int folder, const char *name, uint8_t *p, size_t *ret_n)
{
	scoped_fd fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
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

/* A table that lies is passed over, and remembered unless a later one is better. */
static int search_table(int folder, const char *name, uint8_t *p, int before,
			struct aml_address *ret)
{
	size_t n = 0;
	int r = read_table(folder, name, p, &n);

	if (r == 0)
		r = aml_vmgenid((struct bytes){ p, n }, ret);
	return r == -ENOENT ? before : r;
}

/* The folder's tables, up to the first that has the device. */
static int search(const struct place *place, uint8_t *p, int before, struct aml_address *ret)
{
	scoped_fd folder = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint8_t entries[ENTRIES_BYTES] __attribute__((aligned(8)));
	ssize_t n, at;
	int r = before;

	while (r != 0 && folder >= 0 && (n = getdents64(folder, entries, sizeof(entries))) > 0) {
		for (at = 0; r != 0 && at < n;) {
			const struct dirent64 *e = (const void *)(entries + at);

			if (e->d_name[0] != '.' &&
			    strncmp(e->d_name, place->prefix, strlen(place->prefix)) == 0)
				r = search_table(folder, e->d_name, p, r, ret);
			at += e->d_reclen;
		}
	}
	return r;
}

/*
 * No glob(), no opendir(), nothing that allocates: a process's first draw may come in
 * a handler that interrupted malloc().
 */
static int find_address(struct aml_address *ret)
{
	uint8_t *p = mmap(NULL, TABLE_BYTES_MOST, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r = -ENOENT;
	size_t i;

	if (p == MAP_FAILED)
		return -errno;
	for (i = 0; r != 0 && i < ARRAY_SIZE(places); i++)
		r = search(&places[i], p, r, ret);
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
