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
#include "random/device_tree.h"

enum { TABLE_BYTES_MOST = 4 << 20, ENTRIES_BYTES = 2048, ID_BYTES = 16 };

#define MEMORY "/dev/mem"
#define TREE "/sys/firmware/devicetree/base"

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

	while (r != 0 && folder >= 0 &&
	       (n = getdents64(folder, (void *)entries, sizeof(entries))) > 0) {
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
static int find_in_tables(struct aml_address *ret)
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

/* Where there is no ACPI; nothing there lies in memory. */
static int find_in_tree(struct aml_address *ret)
{
	scoped_fd root = open(TREE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t address = 0;
	int r = root < 0 ? -errno : device_tree_find(root, "microsoft,vmgenid", &address);

	if (r == 0)
		*ret = (struct aml_address){ .low = { address, 0 } };
	return r;
}

/* Under lockdown an attempt gives nothing but a line in the kernel's log. */
static bool locked_down(void)
{
	scoped_fd fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	return n > 0 && !memmem(text, (size_t)n, "[none]", 6);
}

static int open_memory(void)
{
	int fd;

	if (locked_down())
		return -EPERM;
	fd = open(MEMORY, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Half of an address that the table keeps in memory: read it and let go. */
static int resolve(int fd, struct aml_half half, uint64_t *ret)
{
	const volatile void *p = NULL;
	int r;

	if (!half.memory_bytes) {
		*ret = half.value;
		return 0;
	}
	if (fd < 0)
		return fd;
	r = map_physical(fd, half.value, half.memory_bytes, &p);
	if (!p)
		return r;
	*ret = half.memory_bytes == 8	? *(const volatile uint64_t *)p
	       : half.memory_bytes == 4 ? *(const volatile uint32_t *)p
	       : half.memory_bytes == 2 ? *(const volatile uint16_t *)p
					: *(const volatile uint8_t *)p;
	munmap((void *)align_down((uintptr_t)p, PAGE_BYTES), (size_t)PAGE_BYTES);
	return 0;
}

/*
 * The tables first: /dev/mem is opened where there is something to be read in it, by each
 * process of root's that draws a number. Where it does not exist the tables are of no use.
 * ret_fd: of /dev/mem, or why it could not be opened.
 */
static int find_id(int *ret_fd, uint64_t *ret_address, struct why *why)
{
	struct aml_address where;
	uint64_t low = 0, high = 0, address;
	struct stat st;
	int r;

	if (stat(MEMORY, &st) < 0)
		return why_errno(why, -errno, MEMORY);
	r = find_in_tables(&where);
	if (r == -ENOENT)
		r = find_in_tree(&where);
	if (r < 0)
		return why_errno(why, r,
				 "no VM generation id in ACPI or a device tree that we can read");
	*ret_fd = open_memory();
	r = resolve(*ret_fd, where.low, &low);
	if (r == 0)
		r = resolve(*ret_fd, where.high, &high);
	if (r < 0)
		return why_errno(why, r, MEMORY ": address of the VM generation id");
	/* as Linux's driver has it, whatever is above the lower half */
	address = low | high << 32;
	/* what is not set yet; aligned to 8 by its specification; across pages there would be two
	 * mappings */
	if (address == 0 || address % 8 != 0 || address % PAGE_BYTES > PAGE_BYTES - ID_BYTES)
		return why_set(why, -ENOEXEC, "VM generation id at %#jx", (uintmax_t)address);
	*ret_address = address;
	return 0;
}

int vmgenid_find(uint64_t *ret_address, struct why *why)
{
	scoped_fd fd = -1;

	return find_id(&fd, ret_address, why);
}

int vmgenid_map(const volatile uint64_t **ret_id, struct why *why)
{
	const volatile void *p = NULL;
	scoped_fd fd = -1;
	uint64_t address;
	int r = find_id(&fd, &address, why);

	if (r < 0)
		return r;
	r = fd < 0 ? fd : map_physical(fd, address, ID_BYTES, &p);
	if (r < 0)
		return why_errno(why, r, MEMORY ": VM generation id at %#jx", (uintmax_t)address);
	*ret_id = p;
	return 0;
}

void vmgenid_unmap(const volatile uint64_t *id)
{
	munmap((void *)align_down((uintptr_t)id, PAGE_BYTES), (size_t)PAGE_BYTES);
}
