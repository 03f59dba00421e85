/* SPDX-License-Identifier: MIT */
#pragma once
/* What a trace of thousands of lines comes to: the last calls, and what was asked for in vain. */
#include "base/util.h"
#include "efi/types.h"

#include <stdint.h>
#include <stdio.h>

enum {
	EXPLAIN_CALLS = 12,    /* the last ones that are kept */
	EXPLAIN_FAILURES = 48, /* different ones; of more, the latest */
	EXPLAIN_BYTES = 200,   /* of a line; what is longer is cut */
};

struct explained_call {
	uint64_t number;
	char text[EXPLAIN_BYTES], result[EXPLAIN_BYTES];
};

struct explained_failure {
	uint64_t times, last; /* number of its last call */
	efi_status_t status;
	char text[EXPLAIN_BYTES];
};

struct explain {
	struct explained_call call[EXPLAIN_CALLS]; /* call n is number n % EXPLAIN_CALLS */
	struct explained_failure failure[EXPLAIN_FAILURES];
	unsigned n_failures;
};

/* A call begins, the number-th; n bytes of text say what it asks for. */
void explain_call(struct explain *e, uint64_t number, const char *text, size_t n);

/* It came back, which may be long after, with n bytes of text as its result. */
void explain_result(struct explain *e, uint64_t number, const char *text, size_t n);

/* It failed; text says what was asked for, without what differs from one try to the next. */
void explain_failure(struct explain *e, uint64_t number, efi_status_t status, const char *text,
		     size_t n);

/* All of it, n_calls having been made. */
void explain_print(const struct explain *e, uint64_t n_calls, FILE *out);
