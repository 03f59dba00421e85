/* SPDX-License-Identifier: MIT */
#pragma once
/* One run of bardo, seen from outside: what it wrote, how it ended, what it left behind. */
#include <stdbool.h>
#include <stdint.h>

struct result {
	int status; /* exit status, 128 + signal, or -1: was killed at the limit */
	char *out, *err;
	bool child_left;
	unsigned ms, most_kib; /* it took; of memory in use at a time */
};

/* The programs' own needs; not what is tested. */
void need(bool ok, const char *what);

/* Orphans of what runs come to us from here on. */
void runner_begin(void);

/* argv[0] is the program; input is what is typed, or NULL for none. */
struct result runner_run(char *const argv[], const char *input, int limit_ms);
void result_free(struct result *r);

/* What no run may do, whatever it ran: NULL when it did not. */
const char *result_broken(const struct result *r);

unsigned count_lines(const char *text, const char *start);
bool one_line(const char *err);
void show(const char *what, const char *text);
char kexec_loaded(void);
