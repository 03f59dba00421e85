// SPDX-License-Identifier: MIT
/*
 * restage: what was staged before this machine was cloned, made anew. Its random
 * numbers are the other clones' too: the image runs again and draws its own.
 */
#include "handover/handover.h"
#include "tool/tool.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 256 };

enum generation_match staged_generation(const struct record *record)
{
	struct generation now;

	generation_read(&now);
	return generation_compare(record->generation, now.text);
}

/* The folder, then the words of the command line, as load_again() noted them. */
static void __attribute__((noreturn)) run_again(char **word)
{
	const char *at = word[0];

	if (chdir(at) == 0) {
		at = "/proc/self/exe";
		execv(at, word + 1);
	}
	fail("%s: %s", at, strerror(errno));
	_exit(EXIT_FAILED);
}

/* The option that comes first, behind the verb; NULL: none. */
static int restage_with(const struct record *record, char *option)
{
	char line[sizeof(record->again)], *word[MAX_WORDS + 2] = { NULL };
	const pid_t self = getpid();
	int status = -1; /* stays so where SIGCHLD is ignored: then nobody knows */
	pid_t child;
	unsigned n;

	memcpy(line, record->again, sizeof(line));
	n = record_words(line, word, MAX_WORDS);
	if (n < 3)
		return fail("%s: how it was staged is not on record: stage it again yourself",
			    record->image);
	if (option) {
		memmove(&word[4], &word[3], (n - 3) * sizeof(*word));
		word[3] = option;
	}
	if (staged_generation(record) == GENERATION_OTHER)
		fprintf(stderr,
			"bardo: %s was staged before this machine was cloned: staging it again\n",
			record->image);
	child = fork();
	if (child < 0)
		return fail("fork: %s", strerror(errno));
	if (child == 0) {
		/* what is not waited for any more is not to be staged */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == self)
			run_again(word);
		_exit(EXIT_FAILED);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return EXIT_DONE;
	/* one that came to its end has said why */
	return WIFEXITED(status) ? EXIT_FAILED
				 : fail("%s: staging it again was interrupted", record->image);
}

int restage(const struct record *record)
{
	return restage_with(record, NULL);
}

int restage_unmeasured(const struct record *record)
{
	static char option[] = "--no-measure";

	return restage_with(record, option);
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
	return staged_generation(&record) == GENERATION_OTHER ? restage(&record) : EXIT_DONE;
}

const struct verb verb_restage = {
	"restage",
	"",
	"Stage the staged image again, if this machine was cloned",
	cmd_restage,
	"  --help           this text\n",
	STAGE_RENEW,
};
