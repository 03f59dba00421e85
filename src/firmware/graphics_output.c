// SPDX-License-Identifier: MIT
/*
 * EFI_GRAPHICS_OUTPUT_PROTOCOL (UEFI 2.10, 12.9) over the host's framebuffer: one
 * mode, described for the next kernel, which draws there. While the image runs the
 * picture is the host's, so nothing is drawn.
 */
#include "firmware/internal.h"
#include "firmware/services.h"

#include <errno.h>
#include <string.h>

enum { SLOT_MODE = 3, INFO_BYTES = 36, MODE_BYTES = 40, RGBX = 0, BGRX = 1, BIT_MASK = 2 };

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

	if (!c->fw->config.framebuffer) /* its gate can be found without it being offered */
		return EFI_UNSUPPORTED;
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

static efi_status_t set_mode(struct call *c)
{
	return c->arg[1] == 0 ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static const struct service services[] = {
	{ "QueryMode",
	  0,
	  query_mode,
	  { ARG_THIS, ARG_U32, ARG_OUT, ARG_OUT },
	  "With --framebuffer: the one mode that the running kernel was given." },
	{ "SetMode", 1, set_mode, { ARG_THIS, ARG_U32 }, "That one." },
	{ "Blt",
	  2,
	  NULL,
	  { ARG_THIS, ARG_ADDR, ARG_U32, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE, ARG_SIZE,
	    ARG_SIZE },
	  "systemd-stub's splash and GRUB's gfxterm; the picture is the host's until the jump." },
};

const struct service_group group_graphics_output = {
	.name = "EFI_GRAPHICS_OUTPUT_PROTOCOL",
	.section = "12.9",
	.guid = &guid_graphics_output,
	.n_slots = SLOT_MODE + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

int graphics_output_open(struct firmware *fw, struct why *why)
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
