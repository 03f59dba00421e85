/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What was given on the command line has to arrive. A stub that does not know a kind of file, or a
 * kernel that asks for no initrd, drops it without a word; then the next kernel would come up
 * without it. So nothing is staged that did not take all it was given.
 */
#include "boot/image.h"
#include "boot/request.h"
#include "boot/run.h"

/* Before it runs: would image's stub take these addons? */
must_check int check_addons(const struct boot_image *image, const struct esp_options *options,
			    struct why *why);
/*
 * Behind the run of an image with this version of systemd-stub (0: none): has it taken all, and
 * will the kernel that it started?
 */
must_check int check_taken(const struct boot_request *request, unsigned stub,
			   const struct sources *sources, const struct run_result *run,
			   struct why *why);
