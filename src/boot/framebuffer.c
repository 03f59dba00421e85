// SPDX-License-Identifier: MIT
#include "boot/framebuffer.h"
#include "host/framebuffer.h"

int framebuffer_offer(const char *root, struct firmware_framebuffer *ret_offered, struct why *why)
{
	struct framebuffer f;
	uint8_t *pixels;
	int r;

	r = framebuffer_read(root, &f, why);
	if (r == 0)
		r = framebuffer_map(root, &f, &pixels, why);
	if (r < 0)
		return r;
	*ret_offered = (struct firmware_framebuffer){
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

void framebuffer_withdraw(struct firmware_framebuffer *offered)
{
	framebuffer_unmap(offered->pixels, offered->n_bytes);
	*offered = (struct firmware_framebuffer){ 0 };
}
