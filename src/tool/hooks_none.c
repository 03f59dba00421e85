// SPDX-License-Identifier: MIT
#include "tool/tool.h"

void hooks_set(struct handover_options *options)
{
}

void (*hooks_random(void))(void *buf, size_t n)
{
	return tool_random;
}

const char *hooks_framebuffer(void)
{
	return "";
}
