/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An image from its file to what is staged. Nothing here prints or ends the program: a step
 * returns 0, or a negative errno and why, and what it made is for the next one or the caller to
 * read.
 */
#include "boot/arguments.h"
#include "boot/image.h"
#include "boot/request.h"
#include "boot/run.h"
#include "boot/sources.h"
#include "boot/stage_file.h"
#include "handover/handover.h"
#include "host/framebuffer.h"
#include "random/generation.h"

/* What the steps leave for each other. */
struct pipeline {
	const struct boot_request *request;
	struct generation generation; /* from before the first random number was drawn */
	struct boot_image image;      /* until it runs */
	int kernel;		      /* HANDOVER_FILE: what was in it, else -1 */
	struct framebuffer screen;    /* HANDOVER_DIRECT: the next kernel's, */
	bool has_screen;	      /* if it gets one */
	struct admission admission;
	struct sources sources;
	struct run_result run;
	struct bytes by_hand; /* what is measured of a kernel that nobody runs */
	uint8_t *commit;      /* what is kept to be extended at the jump; NULL: nothing */
	size_t n_commit;
	int initrd; /* its initrd, with the event log behind it; -1: as it was given */
};

/* What is it? pipeline_close() is called in any case. */
must_check int pipeline_open(struct pipeline *p, const struct boot_request *request,
			     struct why *why);
void pipeline_close(struct pipeline *p);

/*
 * Whose word each thing is that the image gets, for people; nothing where nobody's signature is
 * looked at. Behind the steps below.
 */
must_check int pipeline_arguments(const struct pipeline *p, struct arguments *ret, struct why *why);

/* Run the image to its end, if what it made could be staged: p->run says which one that was. */
must_check int pipeline_run(struct pipeline *p, struct why *why);

/*
 * Behind an end that is not FIRMWARE_BOOT: ": 387 MiB of memory needed, 120 MiB free" where there
 * was no room for what the image asked for last, or that it found no disk, which may be why; else
 * "".
 */
enum { PIPELINE_WANTED_BYTES = 256 + 2 };
void pipeline_wanted(const struct pipeline *p, char ret_text[static PIPELINE_WANTED_BYTES]);

/*
 * Instead of it, where no EFI code is to run: a kernel at its own entry, or for the running one.
 * What is staged of the machine and its files is read here, so that staging needs no right to.
 */
must_check int pipeline_open_direct(struct pipeline *p, struct why *why);
must_check int pipeline_open_plain(struct pipeline *p, struct why *why);

/* What is to be extended at the jump, for measured_next(), behind the steps above. */
struct bytes pipeline_measured(const struct pipeline *p);

/*
 * Each of these stages; behind pipeline_run() and FIRMWARE_BOOT the frozen machine, or the kernel
 * in a unified kernel image,
 */
must_check int pipeline_stage(struct pipeline *p, struct handover_report *ret_report,
			      struct why *why);
must_check int pipeline_stage_unified(struct pipeline *p, struct file_report *ret_report,
				      struct why *why);
/* and what the other two have opened. */
must_check int pipeline_stage_direct(struct pipeline *p, struct handover_report *ret_report,
				     struct why *why);
must_check int pipeline_stage_plain(struct pipeline *p, struct file_report *ret_report,
				    struct why *why);
