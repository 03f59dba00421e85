// SPDX-License-Identifier: MIT
/*
 * What the code in front of a Linux kernel has put together for it: the load options of
 * the image that called ExitBootServices, and the initrd that its stub has loaded and
 * noted in a configuration table of Linux's own, 64-bit address and length. Stubs before Linux 6.1
 * have no such table, and note it where the kernel itself looks.
 */
#include "base/bytes.h"
#include "base/text.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/result.h"
#include "firmware/core/state.h"
#include "firmware/core/tables.h"

#include <errno.h>
#include <string.h>

enum {
	OPTIONS_BYTES_OFFSET = 48, /* 9.1 EFI_LOADED_IMAGE_PROTOCOL */
	OPTIONS_OFFSET = 56,
	MOST_UNITS = 1 << 16,
	UTF8_BYTES = 4, /* of one unit, at most */
};

/*
 * A stub that starts its kernel by itself leaves them in its own EFI_LOADED_IMAGE_PROTOCOL.
 * A loader may count the 0 at the end or not.
 */
int firmware_options(struct firmware *fw, char **ret_text, struct why *why)
{
	const struct image *image = image_find(fw, fw->booted);
	const efi_addr_t li = image ? image->loaded_image : 0;
	uint32_t n_bytes = 0;
	efi_addr_t at = 0;
	const uint8_t *units;
	size_t n, used, to = 0;
	char *text;

	if (!guest_get(fw, li + OPTIONS_BYTES_OFFSET, &n_bytes, sizeof(n_bytes)) ||
	    !guest_get_u64(fw, li + OPTIONS_OFFSET, &at) || n_bytes / 2 > MOST_UNITS)
		return why_set(why, -EBADMSG, "its load options cannot be read");
	n = at ? n_bytes / 2 : 0;
	units = guest_read(fw, at, 2 * n);
	if (n && !units)
		return why_set(why, -EBADMSG, "its load options lie outside its memory (%#jx)",
			       (uintmax_t)at);
	heap_free(NULL, fw->options);
	text = fw->options = heap_new(NULL, UTF8_BYTES * n + 1);
	if (!text)
		return why_errno(why, -ENOMEM, "load options");
	for (; n; units += 2 * used, n -= used)
		to += text_to_utf8(units, n, text + to, &used);
	text[to] = 0;
	*ret_text = text;
	return 0;
}

static int read_initrd(struct firmware *fw, struct bytes *ret_initrd, struct why *why)
{
	const efi_addr_t table = table_find(fw, &guid_linux_initrd_media);
	uint64_t at = 0, n = 0;
	struct ram_range told;
	const void *p;

	*ret_initrd = (struct bytes){ 0 };
	if (!table) {
		told = firmware_told_initrd(fw);
		at = told.start;
		n = told.end - told.start;
	} else if (!guest_get_u64(fw, table, &at) || !guest_get_u64(fw, table + 8, &n)) {
		return why_set(why, -EBADMSG, "its initrd's table cannot be read (%#jx)",
			       (uintmax_t)table);
	}
	p = guest_read(fw, at, n);
	if (n && !p)
		return why_set(why, -EBADMSG,
			       "its initrd lies outside its memory (%#jx, %#jx bytes)",
			       (uintmax_t)at, (uintmax_t)n);
	if (n)
		*ret_initrd = (struct bytes){ p, n };
	return 0;
}

int firmware_linux(struct firmware *fw, struct firmware_linux *ret_linux, struct why *why)
{
	struct firmware_linux l = { 0 };
	int r;

	r = read_initrd(fw, &l.initrd, why);
	if (r == 0)
		r = firmware_options(fw, &l.cmdline, why);
	if (r == 0)
		*ret_linux = l;
	return r;
}
