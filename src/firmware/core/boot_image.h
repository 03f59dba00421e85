/* SPDX-License-Identifier: MIT */
#pragma once
/* The image that the firmware was made for. */
struct firmware;
struct why;

/* Load it from the device at fw->boot_path, with its options: ready to be started. */
int boot_image_load(struct firmware *fw, struct why *why);
