// SPDX-License-Identifier: MIT
#include "host/framebuffer.h"
#include "tap.h"
#include "unit/tree.h"

#include <errno.h>
#include <string.h>

static uint8_t params[4096];

static void make(void)
{
	static const uint8_t colours[] = { 8, 16, 8, 8, 8, 0, 8, 24 };

	memset(params, 0, sizeof(params));
	params[0x0f] = 0x70;
	memcpy(params + 0x12, (uint16_t[]){ 1024, 768, 32 }, 6);
	memcpy(params + 0x18, (uint32_t[]){ 0xe0000000 }, 4);
	memcpy(params + 0x24, (uint16_t[]){ 4096 + 64 }, 2);
	memcpy(params + 0x26, colours, sizeof(colours));
	memcpy(params + 0x3a, (uint32_t[]){ 0x12 }, 4);
}

#define GPU "/sys/bus/pci/devices/0000:00:02.0"

/* A driver that has the device with the framebuffer in it, and others that have not. */
static void test_owner(struct tree *t)
{
	struct framebuffer f;
	struct why why;

	make();
	tree_put_bytes(t, "/sys/kernel/boot_params/data", params, sizeof(params));
	tree_put(t, GPU "/resource",
		 "0x00000000fd000000 0x00000000fdffffff 0x0000000000040200\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x00000000e0000000 0x00000000efffffff 0x0000000000140204\n");
	check(framebuffer_read(t->root, &f, &why) == 0); /* nobody has it */
	tree_link(t, GPU "/driver", "../../../bus/pci/drivers/i915");
	check(framebuffer_read(t->root, &f, &why) == -EBUSY && strstr(why.text, " i915 ") &&
	      strstr(why.text, "0000:00:02.0"));
	tree_put(t, GPU "/resource", "0x00000000e0000001 0x00000000efffffff 0x0000000000140204\n");
	check(framebuffer_read(t->root, &f, &why) == 0);
	tree_put(t, GPU "/resource", "0x00000000d0000000 0x00000000dfffffff 0x0000000000140204\n");
	check(framebuffer_read(t->root, &f, &why) == 0);
}

static bool is_mapped(struct tree *t, const struct framebuffer *f)
{
	uint8_t *pixels = NULL, byte = 0;
	struct why why;
	int fd;

	check(framebuffer_map(t->root, f, &pixels, &why) == 0 && pixels);
	pixels[5] = 0x5a;
	framebuffer_unmap(pixels, f->n_bytes);
	fd = open(tree_path(t, "/dev/fb1"), O_RDWR | O_CLOEXEC);
	require(fd >= 0 && pread(fd, &byte, 1, 5) == 1);
	require(pwrite(fd, "", 1, 5) == 1);
	close(fd);
	return byte == 0x5a;
}

/* Drawn on the device that shows it, and on no other. */
static void test_map(struct tree *t)
{
	static uint8_t pixels[4160 * 768];
	struct framebuffer f = { 0 };
	struct why why;

	require(framebuffer_read(t->root, &f, &why) == 0);
	tree_put_bytes(t, "/dev/fb1", pixels, sizeof(pixels));
	tree_put(t, "/sys/class/graphics/fb1/name", "simpledrmdrmfb\n");
	tree_put(t, "/sys/class/graphics/fb1/virtual_size", "1024,768\n");
	tree_put(t, "/sys/class/graphics/fb1/stride", "4160\n");
	tree_put(t, "/sys/class/graphics/fb1/bits_per_pixel", "32\n");
	check(is_mapped(t, &f));
	tree_put(t, "/sys/class/graphics/fb1/stride", "4096\n");
	check(!is_mapped(t, &f));
	tree_put(t, "/sys/class/graphics/fb1/stride", "4160\n");
	tree_put(t, "/sys/class/graphics/fb1/name", "i915drmfb\n");
	check(!is_mapped(t, &f));
}

int main(void)
{
	struct tree t = tree_new();
	struct framebuffer f;
	struct why why;

	check(framebuffer_read(t.root, &f, &why) == -ENOENT);
	make();
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == 0);
	check(f.base == 0xe0000000 && f.width == 1024 && f.height == 768 && f.bits == 32);
	check(f.line_bytes == 4160 && f.n_bytes == 4160 * 768);
	check(!memcmp(f.note, params, sizeof(f.note)));
	check(f.red == 16 && f.green == 8 && f.blue == 0 && f.reserved == 24);
	params[0x36] = 2;
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == 0 && f.base == 0x12e0000000);
	params[0x0f] = 1; /* a text screen */
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == -EOPNOTSUPP && strstr(why.text, "text screen"));
	params[0x0f] = 0; /* none at all */
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == -ENOENT);
	make();
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, 0x3e);
	check(framebuffer_read(t.root, &f, &why) == -EOPNOTSUPP);
	params[0x16] = 16;
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == -EOPNOTSUPP && strstr(why.text, "32 bits"));
	test_owner(&t);
	test_map(&t);
	tree_drop(&t);
	return tap_done();
}
