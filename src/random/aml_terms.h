/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Terms of ACPI's machine language (ACPI specification 6.5, chapter 20), as far as an
 * address is made of them. Nothing runs: what a name or a local stands for is looked for.
 */
#include "random/aml.h"

enum {
	NAME_OP = 0x08,
	STRING_PREFIX = 0x0d,
	METHOD_OP = 0x14,
	EXT_OP_PREFIX = 0x5b,
	STORE_OP = 0x70,
	INDEX_OP = 0x88,
	RETURN_OP = 0xa4,
	/* after EXT_OP_PREFIX */
	DEVICE_OP = 0x82,
};

enum { NAME_BYTES = 4 };

struct aml_context {
	struct bytes table; /* names are looked for in all of it */
	struct bytes body;  /* of the method: its locals */
	uint64_t left;	    /* bytes to look at: any table comes to its end */
};

/* A place among bytes: every step checks that it stays inside. */
struct aml_cursor {
	struct bytes b;
	uint64_t at;
};

/* Move on only when true. */
bool aml_u8(struct aml_cursor *c, uint8_t *ret);
bool aml_take(struct aml_cursor *c, uint8_t wanted);
/* 20.2.4: the length counts itself; ret_body is what follows up to its end. */
bool aml_length(struct aml_cursor *c, struct bytes *ret_body);
/* 20.2.2: a name with its path; the last segment is what we look for it by. */
bool aml_name(struct aml_cursor *c, struct bytes *ret_segment);
/* 20.2.3: with its prefix; ret_text without the 0 at its end. */
bool aml_string(struct aml_cursor *c, struct bytes *ret_text);
/* The two kinds of package: its number of elements, and those that are given a value. */
bool aml_package(struct aml_cursor *c, uint64_t *ret_n, struct bytes *ret_elements);

/* Where text stands in b from *at on; *at moves there. */
bool aml_find(struct aml_context *x, struct bytes b, const void *text, size_t n, uint64_t *at);

bool aml_is_local(uint8_t op);

/* Store (number, target), or an operation that has one: what is stored. The target comes next. */
bool aml_assigned(struct aml_context *x, struct aml_cursor *c, struct aml_half *ret);

/* A number: a constant, a name's, a local's, or made of two of them. */
bool aml_number(struct aml_context *x, struct aml_cursor *c, struct aml_half *ret);
