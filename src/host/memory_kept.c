// SPDX-License-Identifier: MIT
#include "host/memory_kept.h"
#include "base/fd.h"
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst: 64 bits a page, this one where the hardware failed. */
enum { KPF_HWPOISON = 19, FLAGS_AT_ONCE = 4096 };

struct list {
	struct memory_range *range;
	unsigned n, cap;
};

static int append(struct list *list, uint64_t start, uint64_t end, enum memory_kind kind)
{
	struct memory_range *last = list->n ? &list->range[list->n - 1] : NULL, *more;

	if (last && last->kind == kind && last->end == start) {
		last->end = end;
		return 0;
	}
	if (list->n == list->cap) {
		more = reallocarray(list->range, list->cap + 64, sizeof(*more));
		if (!more)
			return -ENOMEM;
		list->range = more;
		list->cap += 64;
	}
	list->range[list->n++] = (struct memory_range){ start, end, kind };
	return 0;
}

static int list_tables(const struct host_tables *tables, struct list *list)
{
	int r = 0;

	for (unsigned i = 0; i < tables->n_copies && r == 0; i++)
		r = append(list, tables->copy[i].addr,
			   tables->copy[i].addr + tables->copy[i].n_bytes, MEMORY_ACPI_RECLAIM);
	return r;
}

/* Is any page known to be bad? That is one line to read; which ones are megabytes of flags. */
static bool any_poisoned(const char *root)
{
	scoped_host_file meminfo = { NULL, 0 };
	const char *line;

	if (host_file_read(root, "/proc/meminfo", &meminfo) < 0)
		return false;
	line = strstr(meminfo.text, "HardwareCorrupted:");
	return line && strtoull(line + strlen("HardwareCorrupted:"), NULL, 10) > 0;
}

static int list_poisoned_in(int fd, const struct memory_range *ram, struct list *list)
{
	uint64_t flags[FLAGS_AT_ONCE], page = ram->start >> PAGE_SHIFT;
	const uint64_t end = ram->end >> PAGE_SHIFT;
	ssize_t got;
	int r = 0;

	while (page < end && r == 0) {
		got = pread(fd, flags, 8 * min_u64(end - page, FLAGS_AT_ONCE), (off_t)(8 * page));
		if (got < 8)
			return got < 0 ? -errno : 0; /* behind the last page that the kernel has */
		for (unsigned i = 0; i < got / 8 && r == 0; i++, page++)
			if (flags[i] >> KPF_HWPOISON & 1)
				r = append(list, page << PAGE_SHIFT, (page + 1) << PAGE_SHIFT,
					   MEMORY_UNUSABLE);
	}
	return r;
}

static int list_poisoned(const struct memory_map *map, const char *root, struct list *list,
			 struct why *why)
{
	scoped_fd fd = -1;
	char path[PATH_MAX];
	int r = 0;

	if (!any_poisoned(root))
		return 0;
	snprintf(path, sizeof(path), "%s/proc/kpageflags", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* a page that cannot be left out stops the machine when it is read, behind the jump */
	if (fd < 0)
		return why_errno(why, -errno,
				 "/proc/meminfo knows of pages with hardware errors, which "
				 "/proc/kpageflags should name");
	for (unsigned i = 0; i < map->n && r == 0; i++)
		if (map->range[i].kind == MEMORY_RAM)
			r = list_poisoned_in(fd, &map->range[i], list);
	return r < 0 ? why_errno(why, r, "/proc/kpageflags") : 0;
}

int memory_map_keep(struct memory_map *map, const char *root, const struct host_tables *tables,
		    struct why *why)
{
	struct list list = { NULL, 0, 0 };
	int r = list_tables(tables, &list);

	if (r < 0)
		why_errno(why, r, "memory map");
	if (r == 0)
		r = list_poisoned(map, root, &list, why);
	if (r == 0) {
		r = memory_map_lay_over(map, list.range, list.n);
		if (r < 0)
			why_errno(why, r, "memory map");
	}
	free(list.range);
	return r;
}

int memory_map_now(struct memory_map *ret_map, uint64_t *ret_fingerprint, struct why *why)
{
	const struct host_tables none = { 0 };
	struct memory_map map;
	int r = memory_map_read(&map, why);

	if (r < 0)
		return r;
	r = memory_map_keep(&map, "", &none, why);
	if (r == 0)
		*ret_fingerprint = memory_map_fingerprint(&map);
	if (r < 0 || !ret_map)
		memory_map_free(&map);
	else
		*ret_map = map;
	return r;
}
