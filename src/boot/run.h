/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One run of an image, from its file to its end. Only run.c knows the firmware that it runs on:
 * everybody else reads what is in the result.
 */
#include "base/why.h"
#include "firmware/firmware.h"
#include "machine/frozen.h"

/* Text out of the image's memory: where it cannot be read, NULL and why. */
struct run_text {
	char *text;
	struct why why;
};

struct run_result {
	enum firmware_end end;
	efi_status_t status;
	struct why why; /* of FIRMWARE_VIOLATION and FIRMWARE_RESET */
	struct firmware_summary summary;

	/* The rest is there behind FIRMWARE_BOOT. */
	struct frozen frozen; /* lives until run_release() */
	struct run_text
		options; /* load options of what has booted: of a kernel, its command line */
	/*
	 * Of a Linux kernel: these options and this initrd, in frozen's memory, are what it was
	 * given; or false, and why that cannot be told.
	 */
	bool has_linux;
	struct bytes initrd;
	struct why linux_why;

	struct firmware *firmware; /* run.c's own: what frozen points to */
};

/* Who is told on the way; each may be NULL. */
struct run_events {
	void *context;
	/* the image lies in guest memory, and starts: config's copy is needed no more */
	void (*starts)(void *context);
	/* it has written its last, and what the trace explains is still to come */
	void (*stopped)(void *context);
};

/*
 * Run config's image until it ends, one way or another: 0, or a negative errno when it cannot be
 * started or it is we who failed. What config points to outlives the result.
 */
must_check int run_image(const struct firmware_config *config, const struct run_events *events,
			 struct run_result *ret_result, struct why *why);
/* Erase the image's memory, and what was read out of it: firmware_wipe() says why. */
void run_wipe(struct run_result *result);
/* All zeros are fine. */
void run_release(struct run_result *result);
