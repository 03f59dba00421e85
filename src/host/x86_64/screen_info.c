// SPDX-License-Identifier: MIT
/* struct screen_info at the start of the boot parameters (Linux, Documentation/arch/x86/boot.rst).
 */
#include "host/screen_info.h"
#include "base/bytes.h"
#include "base/util.h"
#include "host/boot_params.h"
#include "host/file.h"

#include <errno.h>
#include <string.h>

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
	NO_SCREEN = 0,
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

	if (b.n < sizeof(f->note) || !bytes_le16(b, LFB_WIDTH, &width) ||
	    !bytes_le16(b, LFB_HEIGHT, &height) || !bytes_le16(b, LFB_DEPTH, &depth) ||
	    !bytes_le32(b, LFB_BASE, &base) || !bytes_le16(b, LFB_LINE, &line) ||
	    !bytes_le32(b, LFB_CAPABILITIES, &capabilities) ||
	    !bytes_le32(b, LFB_BASE_HIGH, &high) || !colours(b, f))
		return false;
	memcpy(f->note, b.p, sizeof(f->note));
	f->base = base | (capabilities & BASE_IS_64_BIT ? (uint64_t)high << 32 : 0);
	f->width = width;
	f->height = height;
	f->line_bytes = line;
	f->bits = (uint8_t)depth;
	f->n_bytes = (uint64_t)line * height;
	return f->base && width && height && depth == 32 && line >= 4u * width && line % 4 == 0;
}

int screen_info_read(const char *root, struct framebuffer *ret_framebuffer, struct why *why)
{
	scoped_host_file file = { NULL, 0 };
	struct framebuffer f = { 0 };
	struct bytes params;
	uint8_t kind = NO_SCREEN;
	int r;

	r = host_file_read(root, BOOT_PARAMS, &file);
	if (r < 0)
		return why_errno(why, r, "framebuffer: " BOOT_PARAMS);
	params = (struct bytes){ (uint8_t *)file.text, file.n_bytes };
	if (!bytes_u8(params, IS_VGA, &kind) || kind == NO_SCREEN)
		return why_set(why, -ENOENT, "the running kernel was given no framebuffer");
	if (kind != VESA && kind != EFI)
		return why_set(
			why, -EOPNOTSUPP,
			"the running kernel was given a text screen, which EFI does not have");
	if (!parse(params, &f))
		return why_set(why, -EOPNOTSUPP,
			       "the running kernel has no framebuffer with 32 bits per pixel");
	*ret_framebuffer = f;
	return 0;
}
