// SPDX-License-Identifier: MIT
#include "firmware/core/boot_image.h"
#include "base/text.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/image.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

#include <errno.h>
#include <string.h>

enum { NODE_HEAD = 4 };

static const uint8_t path_end[NODE_HEAD] = { 0x7f, 0xff, 4, 0 };

/* MEDIA_FILEPATH_DP (10.3.5.4) behind the device, in memory of ours; 0: no room, or no UTF-8. */
static efi_addr_t path_of(struct firmware *fw, const char *path)
{
	const struct bytes from = device_path_at(fw, fw->boot_path);
	const uint64_t device = from.n ? from.n - NODE_HEAD : 0;
	const uint64_t room = strlen(path) + 1;
	const uint64_t n = device + NODE_HEAD + 2 * room + sizeof(path_end);
	uint64_t used, node;
	efi_addr_t at;
	uint8_t *p, *text;

	if (n > UINT16_MAX || pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return 0;
	p = guest_write(fw, at, n);
	if (!p)
		return 0;
	if (device)
		memcpy(p, from.p, device);
	p += device;
	text = p + NODE_HEAD;
	if (!text_from_utf8(path, text, room, &used)) {
		pool_free(fw, at);
		return 0;
	}
	for (uint64_t i = 0; i < used; i++)
		if (text_char(text, i) == '/')
			text[2 * i] = '\\';
	node = NODE_HEAD + 2 * (used + 1);
	memcpy(p, (uint8_t[NODE_HEAD]){ 4, 4, (uint8_t)node, (uint8_t)(node >> 8) }, NODE_HEAD);
	memcpy(p + node, path_end, sizeof(path_end));
	return at;
}

/* LoadOptions: the command line in UTF-16, its 0 included. */
static int set_options(struct firmware *fw, const struct image *image, struct why *why)
{
	const char *text = fw->config.options ? fw->config.options : "";
	const uint64_t n = 2 * (strlen(text) + 1);
	efi_addr_t at;
	uint16_t *out;
	uint64_t used;

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return why_set(why, -ENOMEM, "no room for the command line");
	out = guest_write(fw, at, n);
	if (!out || !text_from_utf8(text, out, n / 2, &used))
		return why_set(why, -EILSEQ, "the command line is not valid UTF-8");
	/*
	 * 9.1: LoadOptionsSize at 48, LoadOptions at 56. Without options the size is 0, but
	 * memtest86+ 7 and later read the text all the same: on a PC address 0 can be read.
	 */
	guest_put_u32(fw, image->loaded_image + 48,
		      fw->config.options ? (uint32_t)(2 * (used + 1)) : 0);
	guest_put_u64(fw, image->loaded_image + 56, at);
	return 0;
}

int boot_image_load(struct firmware *fw, struct why *why)
{
	efi_addr_t path = path_of(fw, fw->config.image_path);
	struct image *image;
	efi_status_t status;

	why_set(why, 0, "no memory to load it"); /* where nobody below knows more */
	status = image_load(fw, 0, path, fw->config.image, &image, why);
	if (status != EFI_SUCCESS)
		return status == EFI_OUT_OF_RESOURCES ? -ENOMEM : -ENOEXEC;
	if (!image->entry)
		return why_set(why, -ENOEXEC, "has no entry point");
	fw->summary.entry = image->entry;
	return set_options(fw, image, why);
}
