/* SPDX-License-Identifier: MIT */
#pragma once
/* The host's framebuffer, as an image is offered it. */
#include "firmware/firmware.h"

/* As files below root tell of it, mapped to be drawn on. All zeros: none. */
must_check int framebuffer_offer(const char *root, struct firmware_framebuffer *ret_offered,
				 struct why *why);
void framebuffer_withdraw(struct firmware_framebuffer *offered);
