/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What comes out of the firmware process, as bytes. It has met a hostile image, and every one of
 * them may be the image's: report_decode() takes what holds for a report of a process that works,
 * and nothing else. Pure.
 */
#include "base/bytes.h"
#include "base/why.h"
#include "machine/machine.h"
#include "tpm/measured.h"

enum {
	REPORT_TYPES = 16, /* of memory: more than there are */
	REPORT_GIVEN = 256,
	REPORT_MOST_PAGES = 1 << 16,
	REPORT_MOST_SECRETS = 64,
	REPORT_OPTIONS_BYTES = 1 << 18, /* and as many of what it was told */
};

/* What ended without a word of its own leaves this. */
struct report {
	int error; /* negative: the firmware failed, and why says how */
	uint32_t end;
	uint64_t status;
	struct why why;

	uint64_t entry, n_calls, image_ns, service_ns, wanted_bytes;
	uint64_t bytes_by_type[REPORT_TYPES];
	bool initrd_taken;
	bool was_read[REPORT_GIVEN]; /* of what was given besides: number i, to its end */

	/* From here on only when frozen. */
	bool frozen;
	int options_error; /* negative: there are none to be had, and options_why says why */
	struct why options_why;
	char *options;	     /* load options of what booted, UTF-8; else NULL */
	int told_error;	     /* negative: no Linux kernel is seen that was told something */
	char *told;	     /* the command line that it reads when it starts; else NULL */
	uint32_t told_most;  /* bytes of it that it keeps */
	bool told_by_itself; /* its own EFI stub has made it of the load options */
	int initrd_error;
	struct why initrd_why;
	struct ram_range initrd; /* bytes, inside pages, which a kernel was told of; empty: none */

	struct machine_regs regs;
	struct machine_fpu fpu;
	struct ram_range *pages, *secret;
	unsigned n_pages, n_secret;
	struct ram_range seed;	 /* bytes, inside pages; or empty */
	struct bytes measured;	 /* for measured_next(), with the banks of the terms */
	struct ram_range resume; /* as it was agreed: in no message */
};

/* What was agreed before the image was looked at. */
struct report_terms {
	const struct ram_range *ram; /* that the image may have: sorted, disjoint, none touch */
	unsigned n_ram;
	struct ram_range resume;   /* kept free */
	uint32_t n_ends, boot_end; /* kinds of end, and the one of them that is frozen */
	unsigned n_given;
	const struct tpm_banks *banks; /* of a TPM that it is shown; NULL: none */
};

/* More is not read, let alone decoded. */
size_t report_most_bytes(void);

/* All of it in one piece of memory, for the caller to free. -E2BIG: more than may be. */
must_check int report_encode(const struct report *report, uint8_t **ret_bytes, size_t *ret_n,
			     struct why *why);

/* How long the message is that begins with these bytes: 0 while they are too few to tell. */
size_t report_bytes(struct bytes begin);

/*
 * -EBADMSG and the field that is wrong; texts for people come without what a terminal would obey.
 * To be freed.
 */
must_check int report_decode(struct bytes message, const struct report_terms *terms,
			     struct report *ret_report, struct why *why);
void report_free(struct report *report);
