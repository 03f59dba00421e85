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

/* Who is told on the way; each may be NULL. */
struct inside_events {
	void *context;
	/* the image lies in guest memory, and starts: config's copy is needed no more */
	void (*starts)(void *context);
	/* it has written its last, and what the trace explains is still to come */
	void (*stopped)(void *context);
};

/*
 * Run config's image until it ends, one way or another: 0, or a negative errno when it cannot be
 * started or it is we who failed. What the report points to is the firmware's, to be freed.
 */
must_check int inside_image(const struct firmware_config *config,
			    const struct inside_events *events, struct report *report,
			    struct firmware **ret_firmware, struct why *why);

/* And its erase(): what the image had kept goes, variables and random numbers in them too. */
void inside_erase(void *context);

/* Ends, as the report and its terms count them. */
enum { INSIDE_ENDS = FIRMWARE_VIOLATION + 1 };
