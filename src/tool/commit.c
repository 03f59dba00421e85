// SPDX-License-Identifier: MIT
#include "measure/commit.h"
#include "measure/device.h"
#include "handover/handover.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRIES = 3 };

bool systemd_runs(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

bool commit_is_sure(void)
{
	return !systemd_runs() || access(COMMIT_HOOK, X_OK) == 0;
}

/* 1: extended; 0: the PCRs are others than the image went on from; or a negative errno. */
static int try(const struct record *record, struct why *why)
{
	struct commit *commit = calloc(1, sizeof(*commit));
	uint8_t *bytes = NULL;
	size_t n;
	int r = commit ? record_measured_read(RECORD_DIR, record->measured, &bytes, &n, why)
		       : why_errno(why, -ENOMEM, "measurements");

	if (r == 0)
		r = commit_decode((struct bytes){ bytes, n }, commit, why);
	if (r == 0)
		r = commit_apply(TPM_DEVICE, commit, why);
	free(bytes);
	free(commit);
	return r;
}

/* Whatever is in the PCRs now: the image's log does not lead there. */
static int give_up(const struct record *record, const struct why *why)
{
	struct why other;

	if (handover_unload(NULL, &other) < 0)
		fail("%s", other.text);
	return fail("%s is not booted: %s", record->image, why->text);
}

/*
 * What is staged says that it was measured, in its log and in variables that services look at
 * (StubPcrKernelImage). One that was not is to boot as such: it runs again, and sees no TPM.
 */
static int boot_unmeasured(const struct record *record, const struct why *why)
{
	struct why other;

	if (restage_unmeasured(record) == EXIT_DONE) {
		fail("%s is booted without being measured: %s", record->image, why->text);
		return EXIT_DONE;
	}
	return handover_unload(NULL, &other) < 0 ? fail("%s", other.text) : EXIT_FAILED;
}

int commit_staged(enum commit_way way)
{
	struct record record;
	struct why why;
	int r = 0;

	for (unsigned i = 0; i < TRIES && r == 0; i++) {
		if (handover_staged(NULL, &record, &why) < 0)
			return fail("%s", why.text);
		if (!record.measured[0])
			return EXIT_DONE;
		r = way == COMMIT_NOT ? why_set(&why, -ECANCELED, "as asked for")
				      : try(&record, &why);
		/* the log that is staged has to go on from what was measured since */
		if (r == 0 && i + 1 < TRIES && restage(&record) != 0)
			return EXIT_FAILED;
	}
	if (r == 1)
		return EXIT_DONE;
	if (r == 0)
		why_set(&why, 0, "its PCRs change all the time");
	if (way == COMMIT_MUST)
		return give_up(&record, &why);
	return boot_unmeasured(&record, &why);
}
