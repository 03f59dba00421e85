/* SPDX-License-Identifier: MIT */
#pragma once
#include "host/framebuffer.h"

/*
 * The framebuffer that the kernel below root was given, whoever has it now; -ENOENT when there
 * is none that EFI can describe. <processor>/screen_info.c
 */
must_check int screen_info_read(const char *root, struct framebuffer *ret_framebuffer,
				struct why *why);
