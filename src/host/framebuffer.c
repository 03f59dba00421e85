// SPDX-License-Identifier: MIT
#include "host/framebuffer.h"
#include "base/fd.h"
#include "base/util.h"
#include "host/file.h"
#include "host/screen_info.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A line of three numbers each: first and last address of a BAR, and what it is. */
static bool has_address(const char *resources, uint64_t addr)
{
	unsigned long long first, last;

	for (const char *line = resources; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%llx %llx", &first, &last) == 2 && first && first <= addr &&
		    addr <= last)
			return true;
	}
	return false;
}

/* 1 and a driver's name when it has this PCI device and the framebuffer lies in it, else 0. */
static int owner_of(const char *root, const char *device, uint64_t base,
		    char ret_driver[static PATH_MAX])
{
	scoped_host_file resources = { NULL, 0 };
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", device);
	if (host_file_link(root, path, target, sizeof(target)) < 0)
		return 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", device);
	if (host_file_read(root, path, &resources) < 0 || !has_address(resources.text, base))
		return 0;
	name = strrchr(target, '/');
	snprintf(ret_driver, PATH_MAX, "%s", name ? name + 1 : target);
	return 1;
}

/* A driver of the device itself sets modes as it likes; screen_info stays what it was at boot. */
static int check_owner(const char *root, const struct framebuffer *f, struct why *why)
{
	char path[PATH_MAX], driver[PATH_MAX];
	struct dirent *d;
	int r = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", root);
	dir = opendir(path);
	while (dir && r == 0 && (d = readdir(dir)))
		if (d->d_name[0] != '.' && owner_of(root, d->d_name, f->base, driver))
			r = why_set(why, -EBUSY,
				    "framebuffer at %#jx: the driver %s has that device (%s), so "
				    "the screen may show another one",
				    (uintmax_t)f->base, driver, d->d_name);
	if (dir)
		closedir(dir);
	return r;
}

int framebuffer_read(const char *root, struct framebuffer *ret_framebuffer, struct why *why)
{
	struct framebuffer f;
	int r;

	r = screen_info_read(root, &f, why);
	if (r == 0)
		r = check_owner(root, &f, why);
	if (r == 0)
		*ret_framebuffer = f;
	return r;
}

/* Drivers that show what firmware set up, and set no modes. */
static bool is_firmwares(const char *name)
{
	static const char *const drivers[] = { "EFI VGA",	 "VESA VGA",	"simple",
					       "simpledrmdrmfb", "efidrmdrmfb", "vesadrmdrmfb" };

	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(name, drivers[i]))
			return true;
	return false;
}

static bool line_is(const char *root, unsigned device, const char *file, const char *want)
{
	char path[64], line[64];

	snprintf(path, sizeof(path), "/sys/class/graphics/fb%u/%s", device, file);
	return host_file_line(root, path, line, sizeof(line)) == 0 &&
	       (want ? !strcmp(line, want) : is_firmwares(line));
}

/* Is it this framebuffer that the device shows? */
static bool shows(const char *root, unsigned device, const struct framebuffer *f)
{
	char size[32], stride[16];

	snprintf(size, sizeof(size), "%u,%u", f->width, f->height);
	snprintf(stride, sizeof(stride), "%u", f->line_bytes);
	return line_is(root, device, "name", NULL) && line_is(root, device, "virtual_size", size) &&
	       line_is(root, device, "stride", stride) &&
	       line_is(root, device, "bits_per_pixel", "32");
}

int framebuffer_map(const char *root, const struct framebuffer *f, uint8_t **ret_pixels,
		    struct why *why)
{
	enum { MAX_DEVICES = 8 };
	char path[PATH_MAX];
	scoped_fd fd = -1;
	void *p = MAP_FAILED;

	for (unsigned i = 0; i < MAX_DEVICES && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/dev/fb%u", root, i);
		if (shows(root, i, f))
			fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd >= 0)
		p = mmap(NULL, f->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		p = mmap(NULL, f->n_bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return why_errno(why, -errno, "framebuffer");
	*ret_pixels = p;
	return 0;
}

void framebuffer_unmap(uint8_t *pixels, uint64_t n_bytes)
{
	if (pixels)
		munmap(pixels, n_bytes);
}
