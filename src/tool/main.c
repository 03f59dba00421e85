// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct verb *const verbs[] = {
	&verb_run,    &verb_load, &verb_exec,	 &verb_boot,	    &verb_unload,
	&verb_status, &verb_list, &verb_seed,	 &verb_restage,	    &verb_inspect,
	&verb_verify, &verb_log,  &verb_predict, &verb_generationd,
};

/*
 * What a message quotes (a file's name, a title, a field of an image) may come from somebody who
 * would like to write to this terminal. That memory ran out can be said without memory.
 */
static void put_clean(const char *fmt, va_list ap)
{
	char text[8192];

	vsnprintf(text, sizeof(text), fmt, ap);
	text_clean(text);
	fputs(text, stderr);
}

void complain(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("bardo: ", stderr);
	put_clean(fmt, ap);
	fputc('\n', stderr);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	return EXIT_FAILED;
}

int usage_error(const struct verb *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bardo %s: ", verb->name);
	va_start(ap, fmt);
	put_clean(fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: bardo %s%s%s\n", verb->name, verb->usage[0] ? " " : "",
		verb->usage);
	return EXIT_USAGE;
}

void progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("bardo: ", stderr);
	va_start(ap, fmt);
	put_clean(fmt, ap);
	va_end(ap);
	fputs(" ...\n", stderr);
}

static void print_help(FILE *out)
{
	fputs("Boot EFI images from a running Linux.\n\nusage: bardo VERB [OPTIONS]\n\n", out);
	for (unsigned i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-11s %s\n", verbs[i]->name, verbs[i]->about);
	fputs("\nbardo VERB --help tells more; so does bardo(1).\n", out);
}

/* What was printed has to have arrived, or it is no success. */
static int finish(int status)
{
	if (status != EXIT_DONE)
		return status;
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail("standard output: %s", strerror(errno));
	return tty_lost() ? fail("standard output: %s", strerror(tty_lost())) : EXIT_DONE;
}

/* More than twice what bardo and the processes that it starts were seen to use. */
enum { STACK_BYTES = 512 << 10 };

static __attribute__((noinline)) void stack_touch(void)
{
	volatile char room[STACK_BYTES];

	room[0] = 0; /* its far end: the stack grows down to it */
	(void)room[0];
}

/*
 * A stack that cannot grow, because the address space is limited, is no error that could be told:
 * the process is killed. So it grows now, as far as it ever will, and only if there is room for it.
 * Where its own limit is so low (ulimit -s), it gets what that allows, as it needs it.
 */
static bool stack_reserve(void)
{
	struct rlimit most;
	void *room;

	if (getrlimit(RLIMIT_STACK, &most) == 0 && most.rlim_cur < 2 * STACK_BYTES)
		return true;
	room = mmap(NULL, STACK_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return false;
	munmap(room, STACK_BYTES);
	stack_touch();
	return true;
}

int main(int argc, char **argv)
{
	if (!stack_reserve())
		return fail("a stack of %d KiB: %s", STACK_BYTES >> 10, strerror(errno));
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return finish(EXIT_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("bardo " BARDO_VERSION);
		return finish(EXIT_DONE);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(argv[1], verbs[i]->name)) {
			stage_enter(verbs[i]->stage);
			return finish(verbs[i]->run(argc - 1, argv + 1));
		}
	fail("there is no verb '%s'; bardo --help lists them", argv[1]);
	return EXIT_USAGE;
}
