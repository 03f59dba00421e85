/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One run of an image, from its file to its end, in a process of its own: what comes of it here is
 * data, and all of it was looked at.
 */
#include "base/why.h"
#include "boot/sources.h"
#include "keeper/message.h"
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
	 * The command line that a Linux kernel reads when it starts, of which it keeps so many
	 * bytes, and whether its own EFI stub has made it of the options; NULL: no such kernel is
	 * seen, or, -EBADMSG, what it would read cannot be.
	 */
	struct run_text told;
	uint32_t told_most;
	bool told_by_itself;
	int told_error;
	/*
	 * Of a Linux kernel: these options and this initrd, in frozen's memory, are what it was
	 * given; or false, and why that cannot be told.
	 */
	bool has_linux;
	struct bytes initrd;
	struct why linux_why;
	/* What it measured, looked at: for measured_next(), with the banks of the sources' TPM. */
	struct bytes measured;

	/* run.c's own: what frozen points to */
	struct ram ram;
	struct ram_range *ram_range;
	struct report report;
};

/*
 * Run image until it ends, one way or another: 0, or a negative errno when it cannot be started or
 * it is we who failed. image is closed once it lies in guest memory. ret_result stays where it is.
 */
must_check int run_image(const struct boot_request *request, struct boot_image *image,
			 struct sources *sources, struct run_result *ret_result, struct why *why);
/*
 * Erase the image's memory, and what was read out of it. Freed pages keep what was in them, and a
 * jump into the next kernel would leave them to it: seeds, and whatever else the image held.
 */
void run_wipe(struct run_result *result);
/* All zeros are fine. */
void run_release(struct run_result *result);
