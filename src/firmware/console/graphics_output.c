// SPDX-License-Identifier: MIT
/*
 * EFI_GRAPHICS_OUTPUT_PROTOCOL (UEFI 2.10, 12.9) over the host's framebuffer: one
 * mode, described for the next kernel, which draws there. The image itself draws by
 * Blt only: the framebuffer's own address is no memory of its machine, so that what it
 * writes there is found out.
 */
#include "base/util.h"
#include "base/why.h"
#include "firmware/console/console.h"
#include "firmware/core/access.h"
#include "firmware/core/config.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum { SLOT_MODE = 3, INFO_BYTES = 36, MODE_BYTES = 40, RGBX = 0, BGRX = 1, BIT_MASK = 2 };

enum { PIXEL_BYTES = 4 };

enum blt_operation {
	BLT_VIDEO_FILL,
	BLT_VIDEO_TO_BUFFER,
	BLT_BUFFER_TO_VIDEO,
	BLT_VIDEO_TO_VIDEO,
};

static uint32_t mask(uint8_t position)
{
	return 0xffu << position;
}

static void make_info(const struct firmware_framebuffer *f, uint32_t info[static INFO_BYTES / 4])
{
	memset(info, 0, INFO_BYTES);
	info[1] = f->width;
	info[2] = f->height;
	info[3] = f->red == 0 && f->green == 8 && f->blue == 16	  ? RGBX
		  : f->blue == 0 && f->green == 8 && f->red == 16 ? BGRX
								  : BIT_MASK;
	if (info[3] == BIT_MASK) {
		info[4] = mask(f->red);
		info[5] = mask(f->green);
		info[6] = mask(f->blue);
		info[7] = ~(info[4] | info[5] | info[6]);
	}
	info[8] = f->line_bytes / 4;
}

static efi_status_t query_mode(struct call *c)
{
	uint32_t info[INFO_BYTES / 4];
	efi_status_t status;
	efi_addr_t at;

	if (c->arg[1] != 0 || !guest_write(c->fw, c->arg[2], 8) ||
	    !guest_write(c->fw, c->arg[3], 8))
		return EFI_INVALID_PARAMETER;
	status = pool_allocate(c->fw, EFI_BOOT_SERVICES_DATA, INFO_BYTES, &at);
	if (status != EFI_SUCCESS)
		return status;
	make_info(c->fw->config.framebuffer, info);
	guest_put(c->fw, at, info, sizeof(info));
	guest_put_u64(c->fw, c->arg[2], INFO_BYTES);
	guest_put_u64(c->fw, c->arg[3], at);
	return EFI_SUCCESS;
}

/* 12.9.2.2: a mode begins black. */
static efi_status_t set_mode(struct call *c)
{
	const struct firmware_framebuffer *f = c->fw->config.framebuffer;

	if (c->arg[1] != 0)
		return EFI_UNSUPPORTED;
	for (uint32_t y = 0; y < f->height; y++)
		memset(f->pixels + (size_t)y * f->line_bytes, 0, (size_t)f->width * PIXEL_BYTES);
	return EFI_SUCCESS;
}

static uint8_t *pixels_at(const struct firmware_framebuffer *f, uint64_t x, uint64_t y)
{
	return f->pixels + y * f->line_bytes + x * PIXEL_BYTES;
}

/* EFI_GRAPHICS_OUTPUT_BLT_PIXEL, blue first, to what the framebuffer has, and back. */
static void to_video(const struct firmware_framebuffer *f, uint8_t *to, const uint8_t *from,
		     uint64_t n)
{
	uint32_t v;

	for (; n > 0; n--, to += PIXEL_BYTES, from += PIXEL_BYTES) {
		v = (uint32_t)from[0] << f->blue | (uint32_t)from[1] << f->green |
		    (uint32_t)from[2] << f->red;
		memcpy(to, &v, sizeof(v));
	}
}

static void from_video(const struct firmware_framebuffer *f, uint8_t *to, const uint8_t *from,
		       uint64_t n)
{
	uint32_t v;

	for (; n > 0; n--, to += PIXEL_BYTES, from += PIXEL_BYTES) {
		memcpy(&v, from, sizeof(v));
		to[0] = (uint8_t)(v >> f->blue);
		to[1] = (uint8_t)(v >> f->green);
		to[2] = (uint8_t)(v >> f->red);
		to[3] = 0;
	}
}

struct rectangle {
	uint64_t x, y, width, height;
};

static bool on_screen(const struct firmware_framebuffer *f, const struct rectangle *r)
{
	return r->width <= f->width && r->x <= f->width - r->width && r->height <= f->height &&
	       r->y <= f->height - r->height;
}

/*
 * Where each line of a rectangle in the image's buffer begins, all of them looked at before
 * the first is drawn; delta 0: the lines lie close together (12.9.2.3).
 */
static bool buffer_lines(struct call *c, const struct rectangle *r, bool writing,
			 efi_addr_t *ret_first, uint64_t *ret_delta)
{
	const uint64_t delta = c->arg[9] ? c->arg[9] : r->width * PIXEL_BYTES;
	uint64_t first, at, skipped;

	if (!c->arg[1] || __builtin_mul_overflow(r->y, delta, &skipped) ||
	    r->x > UINT64_MAX / PIXEL_BYTES ||
	    __builtin_add_overflow(skipped, r->x * PIXEL_BYTES, &skipped) ||
	    __builtin_add_overflow(c->arg[1], skipped, &first))
		return false;
	at = first;
	for (uint64_t i = 0; i < r->height; i++) {
		if (!(writing ? guest_write(c->fw, at, r->width * PIXEL_BYTES)
			      : guest_read(c->fw, at, r->width * PIXEL_BYTES)))
			return false;
		if (i + 1 < r->height && __builtin_add_overflow(at, delta, &at))
			return false;
	}
	*ret_first = first;
	*ret_delta = delta;
	return true;
}

static efi_status_t fill(struct call *c, const struct firmware_framebuffer *f,
			 const struct rectangle *to)
{
	const uint8_t *pixel = c->arg[1] ? guest_read(c->fw, c->arg[1], PIXEL_BYTES) : NULL;

	if (!pixel || !on_screen(f, to))
		return EFI_INVALID_PARAMETER;
	for (uint64_t y = 0; y < to->height; y++)
		for (uint64_t x = 0; x < to->width; x++)
			to_video(f, pixels_at(f, to->x + x, to->y + y), pixel, 1);
	return EFI_SUCCESS;
}

static efi_status_t buffer_to_video(struct call *c, const struct firmware_framebuffer *f,
				    const struct rectangle *from, const struct rectangle *to)
{
	const uint8_t *line;
	uint64_t delta;
	efi_addr_t at;

	if (!on_screen(f, to) || !buffer_lines(c, from, false, &at, &delta))
		return EFI_INVALID_PARAMETER;
	for (uint64_t i = 0; i < to->height; i++) {
		line = guest_read(c->fw, at + i * delta, to->width * PIXEL_BYTES);
		if (!line)
			return EFI_INVALID_PARAMETER;
		to_video(f, pixels_at(f, to->x, to->y + i), line, to->width);
	}
	return EFI_SUCCESS;
}

static efi_status_t video_to_buffer(struct call *c, const struct firmware_framebuffer *f,
				    const struct rectangle *from, const struct rectangle *to)
{
	uint8_t *line;
	uint64_t delta;
	efi_addr_t at;

	if (!on_screen(f, from) || !buffer_lines(c, to, true, &at, &delta))
		return EFI_INVALID_PARAMETER;
	for (uint64_t i = 0; i < from->height; i++) {
		line = guest_write(c->fw, at + i * delta, to->width * PIXEL_BYTES);
		if (!line)
			return EFI_INVALID_PARAMETER;
		from_video(f, line, pixels_at(f, from->x, from->y + i), from->width);
	}
	return EFI_SUCCESS;
}

/* The two may overlap: downwards the last line goes first. */
static efi_status_t video_to_video(const struct firmware_framebuffer *f,
				   const struct rectangle *from, const struct rectangle *to)
{
	uint64_t line;

	if (!on_screen(f, from) || !on_screen(f, to))
		return EFI_INVALID_PARAMETER;
	for (uint64_t i = 0; i < to->height; i++) {
		line = to->y > from->y ? to->height - 1 - i : i;
		memmove(pixels_at(f, to->x, to->y + line), pixels_at(f, from->x, from->y + line),
			to->width * PIXEL_BYTES);
	}
	return EFI_SUCCESS;
}

static efi_status_t blt(struct call *c)
{
	const struct firmware_framebuffer *f = c->fw->config.framebuffer;
	const struct rectangle from = { c->arg[3], c->arg[4], c->arg[7], c->arg[8] },
			       to = { c->arg[5], c->arg[6], c->arg[7], c->arg[8] };

	if (!to.width || !to.height)
		return EFI_INVALID_PARAMETER;
	switch (c->arg[2]) {
	case BLT_VIDEO_FILL:
		return fill(c, f, &to);
	case BLT_VIDEO_TO_BUFFER:
		return video_to_buffer(c, f, &from, &to);
	case BLT_BUFFER_TO_VIDEO:
		return buffer_to_video(c, f, &from, &to);
	case BLT_VIDEO_TO_VIDEO:
		return video_to_video(f, &from, &to);
	default:
		return EFI_INVALID_PARAMETER;
	}
}

static const struct service services[] = {
	{ "QueryMode",
	  0,
	  query_mode,
	  { ARG_THIS, ARG_U32, ARG_OUT, ARG_OUT },
	  "Where there is a framebuffer to give: the one mode that the running kernel was given." },
	{ "SetMode", 1, set_mode, { ARG_THIS, ARG_U32 }, "That one." },
	{ "Blt",
	  2,
	  blt,
	  { ARG_THIS, ARG_ADDR, ARG_U32, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE,
	    ARG_SIZE },
	  "On the host's screen, where its framebuffer device is the one that firmware left." },
};

static const struct service_group group_graphics_output = {
	.name = "EFI_GRAPHICS_OUTPUT_PROTOCOL",
	.section = "12.9",
	.guid = &guid_graphics_output,
	.n_slots = SLOT_MODE + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int graphics_output_open(struct firmware *fw, struct why *why)
{
	const struct firmware_framebuffer *f = fw->config.framebuffer;
	uint32_t info[INFO_BYTES / 4];
	efi_handle_t handle = 0;
	efi_addr_t at;
	int r;

	if (!f)
		return 0;
	r = protocol_offer(fw, &handle, &group_graphics_output, NULL, why);
	if (r < 0)
		return r;
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, MODE_BYTES + INFO_BYTES, &at) != EFI_SUCCESS)
		return why_errno(why, -ENOMEM, "framebuffer");
	make_info(f, info);
	guest_put_u32(fw, at, 1);
	guest_put_u32(fw, at + 4, 0);
	guest_put_u64(fw, at + 8, at + MODE_BYTES);
	guest_put_u64(fw, at + 16, INFO_BYTES);
	guest_put_u64(fw, at + 24, f->base);
	guest_put_u64(fw, at + 32, f->n_bytes);
	guest_put(fw, at + MODE_BYTES, info, sizeof(info));
	guest_put_u64(fw,
		      handle_protocol(handle_find(fw, handle), &guid_graphics_output)->interface +
			      8 * SLOT_MODE,
		      at);
	return 0;
}

const struct part part_graphics_output = {
	.groups = { &group_graphics_output },
	.open = graphics_output_open,
};
