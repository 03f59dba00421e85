/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What goes on in the firmware process: the image's whole run, and what is told of it. Only
 * inside.c knows the firmware.
 */
#include "boot/sources.h"
#include "keeper/inside.h"
#include "keeper/message.h"

/* A copy of what the keeper has opened. */
struct inside_work {
	const struct boot_request *request;
	struct boot_image *image;
	struct sources *sources;
	const struct ram *ram;
};

/* keeper_config's work(), with a struct inside_work. */
must_check int inside_run(void *context, struct inside *inside, struct report *report,
			  struct why *why);

/* Ends, as the report and its terms count them. */
enum { INSIDE_ENDS = FIRMWARE_VIOLATION + 1 };
