// SPDX-License-Identifier: MIT
#include "boot/framebuffer.h"

#include <errno.h>

static const char *root_of(const struct boot_request *request)
{
	return request->hooks.framebuffer_root ? request->hooks.framebuffer_root : "";
}

int framebuffer_find(const struct boot_request *request, struct framebuffer *ret_framebuffer,
		     struct why *why)
{
	struct why inner;
	int r;

	/* a kernel that the running one loads is given its screen by that */
	if (request->framebuffer == FRAMEBUFFER_NONE ||
	    (request->framebuffer == FRAMEBUFFER_IF_SAFE && request->way == HANDOVER_FILE))
		return 0;
	r = framebuffer_read(root_of(request), ret_framebuffer, &inner);
	if (r == 0)
		return 1;
	if (request->framebuffer == FRAMEBUFFER_SURELY)
		return why_set(why, r, "%s", inner.text);
	/* nobody misses a screen that this machine has not */
	if (r != -ENOENT && request->caller.warn)
		request->caller.warn("the next kernel is given no framebuffer: %s", inner.text);
	return 0;
}

int framebuffer_offer(const struct boot_request *request, struct firmware_framebuffer *ret_offered,
		      struct why *why)
{
	struct framebuffer f;
	uint8_t *pixels;
	int r;

	r = framebuffer_find(request, &f, why);
	if (r <= 0)
		return r;
	r = framebuffer_map(root_of(request), &f, &pixels, why);
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
