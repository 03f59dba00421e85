/* SPDX-License-Identifier: MIT */
#pragma once
/* The host's framebuffer, for an image and the kernel behind it. */
#include "boot/request.h"
#include "host/framebuffer.h"

/* 1 when request wants it and it can be had; 0: the next kernel goes without, and has been told so.
 */
must_check int framebuffer_find(const struct boot_request *request,
				struct framebuffer *ret_framebuffer, struct why *why);
/* The same, mapped to be drawn on. All zeros: none. */
must_check int framebuffer_offer(const struct boot_request *request,
				 struct firmware_framebuffer *ret_offered, struct why *why);
void framebuffer_withdraw(struct firmware_framebuffer *offered);
