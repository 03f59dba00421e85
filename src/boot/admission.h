/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Whether an image may run, and what it loads: the machine's lists, read once, and the verdict on
 * the bytes that lie in memory and are then run. Nobody reads its file a second time.
 */
#include "boot/image.h"
#include "boot/judged.h"
#include "boot/request.h"
#include "trust/machine/machine.h"
#include "trust/verdict.h"

struct admission {
	const struct boot_request *request;
	struct machine_trust trust;
	bool judges;   /* images are looked at, */
	bool enforces; /* and those that are denied do not run */
	/* where images are looked at: on this one, with the kernel's digest in it */
	bool is_judged;
	struct verdict verdict;
	struct judgements *judgements; /* on what it loads */
};

/*
 * Judge image by the request's policy. 0; or -EACCES and a reason, when it is denied and that
 * counts. In any case to be closed.
 */
must_check int admission_open(const struct boot_request *request, const struct boot_image *image,
			      struct admission *ret, struct why *why);
void admission_close(struct admission *admission);

/* What is asked about file, by this machine's lists. */
struct trust_question admission_question(const struct admission *admission, struct bytes file);

/*
 * firmware_config's permit(), for what the image loads, in the firmware process: an addon that is
 * denied is left out, as firmware would leave it out. The kernel in the image needs no signature of
 * its own: a stub that has it loaded has checked nothing that the image's signature does not cover.
 */
must_check int admission_permit(void *admission, struct bytes file, struct why *why);
