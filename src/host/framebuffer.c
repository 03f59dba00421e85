// SPDX-License-Identifier: MIT
/* struct screen_info at the start of the boot parameters (Linux, Documentation/arch/x86/boot.rst).
 */
#include "host/framebuffer.h"
#include "base/bytes.h"
#include "base/fd.h"
#include "base/util.h"
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	IS_VGA = 0x0f,
	LFB_WIDTH = 0x12,
	LFB_HEIGHT = 0x14,
	LFB_DEPTH = 0x16,
	LFB_BASE = 0x18,
	LFB_LINE = 0x24,
	LFB_COLOURS = 0x26, /* size and position of red, green, blue, reserved */
	LFB_CAPABILITIES = 0x36,
	LFB_BASE_HIGH = 0x3a,
	BASE_IS_64_BIT = 2,
	VESA = 0x23,
	EFI = 0x70,
};

static bool colours(struct bytes b, struct framebuffer *f)
{
	uint8_t *const position[] = { &f->red, &f->green, &f->blue, &f->reserved };
	uint8_t size;

	for (unsigned i = 0; i < ARRAY_SIZE(position); i++)
		if (!bytes_u8(b, LFB_COLOURS + 2 * i, &size) ||
		    !bytes_u8(b, LFB_COLOURS + 2 * i + 1, position[i]) ||
		    (i < 3 && (size != 8 || *position[i] % 8 || *position[i] > 24)))
			return false;
	return true;
}

static bool parse(struct bytes b, struct framebuffer *f)
{
	uint32_t base, high = 0, capabilities;
	uint16_t width, height, depth, line;
	uint8_t kind;

	if (!bytes_u8(b, IS_VGA, &kind) || (kind != VESA && kind != EFI) ||
	    !bytes_le16(b, LFB_WIDTH, &width) || !bytes_le16(b, LFB_HEIGHT, &height) ||
	    !bytes_le16(b, LFB_DEPTH, &depth) || !bytes_le32(b, LFB_BASE, &base) ||
	    !bytes_le16(b, LFB_LINE, &line) || !bytes_le32(b, LFB_CAPABILITIES, &capabilities) ||
	    !bytes_le32(b, LFB_BASE_HIGH, &high) || !colours(b, f))
		return false;
	f->base = base | (capabilities & BASE_IS_64_BIT ? (uint64_t)high << 32 : 0);
	f->width = width;
	f->height = height;
	f->line_bytes = line;
	f->bits = (uint8_t)depth;
	f->n_bytes = (uint64_t)line * height;
	return f->base && width && height && depth == 32 && line >= 4u * width && line % 4 == 0;
}

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
				    "framebuffer at %#jx: the driver %s uses this device (%s), so "
				    "the screen may show other memory",
				    (uintmax_t)f->base, driver, d->d_name);
	if (dir)
		closedir(dir);
	return r;
}

int framebuffer_read(const char *root, struct framebuffer *ret_framebuffer, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct framebuffer f = { 0 };
	int r;

	r = host_file_read(root, "/sys/kernel/boot_params/data", &file);
	if (r < 0)
		return why_errno(why, r, "framebuffer: /sys/kernel/boot_params/data");
	if (!parse((struct bytes){ (uint8_t *)file.text, file.n_bytes }, &f))
		return why_set(why, -ENOENT,
			       "the running kernel has no framebuffer with 32 bits per pixel");
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
