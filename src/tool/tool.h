/* SPDX-License-Identifier: MIT */
#pragma once
/* What the verbs share: words on the command line, errors on stderr. Only tool/ prints and exits.
 */
#include "boot/request.h"
#include "handover/record.h"
#include "random/generation.h"
#include "tool/rights.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct verb {
	const char *name, *usage, *about;
	int (*run)(int argc, char **argv);
	const char *help; /* options, for --help */
	enum stage stage; /* that it begins with */
};

extern const struct verb verb_run, verb_load, verb_boot, verb_exec, verb_unload, verb_status,
	verb_list, verb_inspect, verb_log, verb_predict, verb_seed, verb_restage, verb_generationd,
	verb_verify;
extern const char run_options_help[], predict_options_help[], load_options_help[];

/* "bardo: ..." on stderr. */
void complain(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
/* The same; returns EXIT_FAILED. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same with the usage behind it; returns EXIT_USAGE. */
int usage_error(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What --help prints. */
void print_verb_help(const struct verb *verb);
/* Kernel random numbers; there is no failing. */
void tool_random(void *buf, size_t n);
/* What goes on, when somebody watches stderr. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * 0, or an exit status: EXIT_USAGE, or EXIT_DONE behind --help, which *ret_help says.
 */
int run_options_parse(const struct verb *verb, int argc, char **argv,
		      struct boot_request *ret_request, bool *ret_help);
/* Which of words, up to a NULL, this is; -1: none. */
int word_number(const char *word, const char *const *words);
/* For verbs without operands: --help, and --json where json is not NULL. */
int plain_options_parse(const struct verb *verb, int argc, char **argv, bool *ret_json,
			bool *ret_help);

/* Where the image's terminal, random numbers and our words are: behind run_options_parse(). */
void caller_set(struct boot_request *request);

static inline double mib(uint64_t n_bytes)
{
	return (double)n_bytes / (1 << 20);
}

/* cmd_restage.c: is it of this clone; stage it again: 0 or an exit status. */
enum generation_match staged_generation(const struct record *record);
int restage(const struct record *record);
/* The same, and the image sees no TPM. */
int restage_unmeasured(const struct record *record);

/* commit.c: what was measured when the staged image ran is extended, the last step before the jump.
 */
#define COMMIT_HOOK "/usr/lib/systemd/system-shutdown/bardo"
enum commit_way { COMMIT_MUST, COMMIT_BEST_EFFORT, COMMIT_NOT };
/* Is there somebody who does that, whoever ends this system? */
bool commit_is_sure(void);
/* 0 or an exit status: then the image is not to be booted, and is staged no more. */
int commit_staged(enum commit_way way);
/* sd_booted(3): is systemd the init that runs? */
bool systemd_runs(void);

/*
 * What the VM tests need besides, hooks.c of their program; hooks_none.c, the installed
 * program's, has none of it.
 */
void hooks_set(struct boot_request *request);

/*
 * terminal.c: written to and read by the firmware's process, changed by this one, in which
 * tty_running() and tty_want_keys() are called.
 */
struct firmware_terminal tty_open(void);
void tty_want_keys(void);
void tty_running(pid_t firmware);
void tty_close(void);
/*
 * What the image says is not to stand among what is read of us: it goes to stderr, until our own
 * output is restored. 0 or an exit status.
 */
int output_divert(int *ret_output);
void output_restore(int output);
/* errno of output of the image's that was lost, or 0. */
int tty_lost(void);
