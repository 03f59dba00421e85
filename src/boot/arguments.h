/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What an image gets besides its own code, and whose word each of it is: the image's signature
 * covers it, a signature of its own does, or it is the word of the caller and of who can write to
 * the ESP.
 */
#include "boot/judged.h"
#include "boot/request.h"
#include "trust/policy.h"
#include "trust/verdict.h"

enum voucher {
	VOUCHER_IMAGE,	/* it lies in the image, which is allowed */
	VOUCHER_ITSELF, /* an addon that is allowed */
	VOUCHER_CALLER,
	VOUCHER_NOBODY, /* it lies in an image that is denied, or is an addon that is */
};

struct argument {
	const char *kind;   /* "command line" */
	char *path;	    /* of a file in the tree that the image comes from; else NULL */
	const char *option; /* by which it is given; else NULL */
	enum voucher by;
	struct verdict_entry allowed_by; /* VOUCHER_ITSELF */
	struct why why;			 /* VOUCHER_NOBODY */
};

struct arguments {
	struct argument *argument;
	unsigned n;
};

/*
 * For an image with this verdict by question's lists, and this version of systemd-stub. esp may be
 * NULL: nothing is read there. What nobody gives is listed too, as the caller's: so it would be.
 * judgements: what was said of addons as they were loaded, behind a run; NULL: there was none, and
 * those that lie there now are judged.
 */
must_check int arguments_find(const struct boot_request *request,
			      const struct trust_question *question, const struct verdict *verdict,
			      unsigned stub, const struct esp *esp,
			      const struct judgements *judgements, struct arguments *ret,
			      struct why *why);
void arguments_free(struct arguments *arguments);
/* "sealed in the image" */
const char *voucher_text(enum voucher voucher);
/* "image", for programs */
const char *voucher_name(enum voucher voucher);
