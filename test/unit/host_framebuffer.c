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
	check(f.red == 16 && f.green == 8 && f.blue == 0 && f.reserved == 24);
	params[0x36] = 2;
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == 0 && f.base == 0x12e0000000);
	params[0x0f] = 1; /* a text screen */
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == -ENOENT);
	make();
	params[0x16] = 16;
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	check(framebuffer_read(t.root, &f, &why) == -ENOENT);
	tree_drop(&t);
	return tap_done();
}
