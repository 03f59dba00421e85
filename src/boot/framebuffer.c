// SPDX-License-Identifier: MIT
/* What --framebuffer offers: the host's framebuffer, and where the image's drawing goes. */
#include "host/framebuffer.h"
#include "tool/tool.h"

int boot_open_framebuffer(struct boot *b)
{
	const char *root = hooks_framebuffer();
	struct framebuffer f;
	uint8_t *pixels;
	int r;

	if (!b->options->framebuffer)
		return 0;
	r = framebuffer_read(root, &f, &b->why);
	if (r == 0)
		r = framebuffer_map(root, &f, &pixels, &b->why);
	if (r < 0)
		return r;
	b->framebuffer = (struct firmware_framebuffer){
		.base = f.base,
		.n_bytes = f.n_bytes,
		.width = f.width,
		.height = f.height,
		.line_bytes = f.line_bytes,
		.red = f.red,
		.green = f.green,
		.blue = f.blue,
		.pixels = pixels,
	};
	return 0;
}

void boot_close_framebuffer(struct boot *b)
{
	framebuffer_unmap(b->framebuffer.pixels, b->framebuffer.n_bytes);
	b->framebuffer = (struct firmware_framebuffer){ 0 };
}
