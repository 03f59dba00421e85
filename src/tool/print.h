/* SPDX-License-Identifier: MIT */
#pragma once
/* Text of other people's on standard output: for people, and in JSON for programs. */
#include "base/bytes.h"

struct bytes bytes_of_text(const char *text);

/*
 * Text that may be anything: what could steer a terminal or is no UTF-8 is shown as a
 * question mark. Returns the columns it takes.
 */
unsigned print_safe(struct bytes text);

/*
 * One JSON object on one line. Everything between json_begin() and json_end() is a member
 * of what was opened last, or with name NULL an element of it; brackets and commas come by
 * themselves. No other object is begun meanwhile.
 */
void json_begin(void);
void json_end(void);
/* The same with a list. */
void json_begin_list(void);
void json_end_list(void);
void json_open(const char *name, char bracket); /* '[' or '{' */
void json_close(char bracket);
void json_text(const char *name, struct bytes text); /* null when its p is NULL */
void json_number(const char *name, uint64_t v);
void json_bool(const char *name, bool v);
void json_hex(const char *name, struct bytes data);
/* true, false or null, as they are written */
void json_word(const char *name, const char *word);
