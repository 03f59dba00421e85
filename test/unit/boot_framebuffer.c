// SPDX-License-Identifier: MIT
/* Who gets a framebuffer, and who is told that there is none: by request and by host. */
#include "boot/framebuffer.h"
#include "tap.h"
#include "unit/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char said[512];
static unsigned n_said;

static void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	n_said++;
}

enum host { HOST_GOOD, HOST_NONE, HOST_TEXT, HOST_DRIVEN };

#define GPU "/sys/bus/pci/devices/0000:00:02.0"

static void host_make(struct tree *t, enum host host)
{
	static const uint8_t colours[] = { 8, 16, 8, 8, 8, 0, 8, 24 };
	uint8_t params[4096] = { 0 };

	params[0x0f] = host == HOST_NONE ? 0 : host == HOST_TEXT ? 1 : 0x70;
	memcpy(params + 0x12, (uint16_t[]){ 640, 480, 32 }, 6);
	memcpy(params + 0x18, (uint32_t[]){ 0xe0000000 }, 4);
	memcpy(params + 0x24, (uint16_t[]){ 2560 }, 2);
	memcpy(params + 0x26, colours, sizeof(colours));
	tree_put_bytes(t, "/sys/kernel/boot_params/data", params, sizeof(params));
	tree_put(t, GPU "/resource", "0x00000000e0000000 0x00000000efffffff 0x0000000000140204\n");
	if (host == HOST_DRIVEN)
		tree_link(t, GPU "/driver", "../../../bus/pci/drivers/i915");
}

static const struct {
	enum framebuffer_wish wish;
	enum handover_way way;
	enum host host;
	int want;
	unsigned lines;
} rows[] = {
	{ FRAMEBUFFER_NONE, HANDOVER_FREEZE, HOST_GOOD, 0, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FREEZE, HOST_GOOD, 1, 0 },
	{ FRAMEBUFFER_SURELY, HANDOVER_FREEZE, HOST_GOOD, 1, 0 },
	{ FRAMEBUFFER_NONE, HANDOVER_FREEZE, HOST_NONE, 0, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FREEZE, HOST_NONE, 0, 0 },
	{ FRAMEBUFFER_SURELY, HANDOVER_FREEZE, HOST_NONE, -ENOENT, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FREEZE, HOST_TEXT, 0, 1 },
	{ FRAMEBUFFER_SURELY, HANDOVER_FREEZE, HOST_TEXT, -EOPNOTSUPP, 0 },
	{ FRAMEBUFFER_NONE, HANDOVER_FREEZE, HOST_DRIVEN, 0, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FREEZE, HOST_DRIVEN, 0, 1 },
	{ FRAMEBUFFER_SURELY, HANDOVER_FREEZE, HOST_DRIVEN, -EBUSY, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_DIRECT, HOST_GOOD, 1, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FILE, HOST_GOOD, 0, 0 },
	{ FRAMEBUFFER_IF_SAFE, HANDOVER_FILE, HOST_DRIVEN, 0, 0 },
};

int main(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t = tree_new();
		const struct boot_request request = {
			.framebuffer = rows[i].wish,
			.way = rows[i].way,
			.hooks.framebuffer_root = t.root,
			.caller.warn = warn,
		};
		struct firmware_framebuffer offered = { 0 };
		struct framebuffer f;
		struct why why;

		host_make(&t, rows[i].host);
		n_said = 0;
		check_msg(framebuffer_find(&request, &f, &why) == rows[i].want &&
				  n_said == rows[i].lines,
			  "row %u", i);
		check(framebuffer_offer(&request, &offered, &why) ==
		      (rows[i].want < 0 ? rows[i].want : 0));
		check(!offered.pixels == (rows[i].want != 1));
		framebuffer_withdraw(&offered);
		check(!offered.pixels);
		tree_drop(&t);
	}
	check(strstr(said, "the next kernel is given no framebuffer: ") == said);
	check(strstr(said, " i915 ") != NULL);
	return tap_done();
}
