// SPDX-License-Identifier: MIT
/*
 * restage: what was staged before this machine was cloned, made anew. Its random
 * numbers are the other clones' too: the image runs again and draws its own.
 */
#include "tool/tool.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 256 };

bool staged_is_stale(const struct record *record)
{
	struct generation now;

	generation_read(&now);
	/* one that is not known cannot be compared, and does not differ */
	return record->generation[0] && now.text[0] && strcmp(record->generation, now.text) != 0;
}

/* The folder, then the words of the command line, as load_again() noted them. */
static void __attribute__((noreturn)) run_again(char **word)
{
	if (chdir(word[0]) == 0)
		execv("/proc/self/exe", word + 1);
	_exit(127);
}

int restage(const struct record *record)
{
	char line[sizeof(record->again)], *word[MAX_WORDS + 1] = { NULL };
	int status = 0;
	pid_t child;

	memcpy(line, record->again, sizeof(line));
	if (record_words(line, word, MAX_WORDS) < 3)
		return fail("%s: how it was staged is not on record: stage it again yourself",
			    record->image);
	if (staged_is_stale(record))
		fprintf(stderr,
			"bardo: %s was staged before this machine was cloned: staging it again\n",
			record->image);
	child = fork();
	if (child < 0)
		return fail("fork: %s", strerror(errno));
	if (child == 0)
		run_again(word);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		return fail("%s: staging it again failed", record->image);
	return EXIT_DONE;
}

static int cmd_restage(int argc, char **argv)
{
	struct record record;
	struct why why;
	bool help;
	int r;

	r = plain_options_parse(&verb_restage, argc, argv, NULL, &help);
	if (r || help)
		return r;
	r = handover_staged(NULL, &record, &why);
	if (r == -ENOENT)
		return EXIT_DONE;
	if (r < 0)
		return fail("%s", why.text);
	return staged_is_stale(&record) ? restage(&record) : EXIT_DONE;
}

const struct verb verb_restage = {
	"restage",
	"",
	"Stage again what was staged before this machine was cloned, if it was",
	cmd_restage,
	"  --help           this text\n",
};
