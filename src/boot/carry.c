// SPDX-License-Identifier: MIT
#include "boot/carry.h"
#include "base/fd.h"
#include "base/memfd.h"
#include "boot/cpio.h"
#include "boot/output.h"
#include "measure/host_log.h"
#include "measure/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where an initrd has no systemd, but initramfs-tools, measure/init-bottom copies it. */
#define KEEP_LINE "C " HOST_CARRIED_LOG " 0400 root root - /" HOST_CARRIED_AT "\n"

bool carry_is_needed(const struct sources *sources)
{
	return sources->tpm.pcrs || sources->event_log.n;
}

static int archive(struct bytes log, struct bytes *ret_archive, struct why *why)
{
	static const struct bytes keep = { (const uint8_t *)KEEP_LINE, sizeof(KEEP_LINE) - 1 };
	const struct cpio_member members[] = {
		{ S_IFDIR | 0555, ".extra", { 0 } },
		{ S_IFREG | 0400, HOST_CARRIED_AT, log },
		{ S_IFDIR | 0755, "etc", { 0 } },
		{ S_IFDIR | 0755, "etc/tmpfiles.d", { 0 } },
		{ S_IFREG | 0444, "etc/tmpfiles.d/bardo.conf", keep },
	};
	const uint64_t n = cpio_bytes(members, ARRAY_SIZE(members));
	uint8_t *p = malloc(n);

	if (!p)
		return why_errno(why, -ENOMEM, "event log");
	cpio_write(members, ARRAY_SIZE(members), p);
	*ret_archive = (struct bytes){ p, n };
	return 0;
}

/* The log as it will be behind the jump. */
static int archive_outcome(const struct sources *sources, struct bytes measured,
			   struct bytes *ret_archive, struct why *why)
{
	struct outcome outcome;
	int r;

	if (!sources->tpm.pcrs)
		return archive(sources->event_log, ret_archive, why);
	r = outcome_make(&sources->tpm, measured, &outcome, why);
	if (r < 0)
		return r;
	r = archive(outcome.log, ret_archive, why);
	outcome_free(&outcome);
	return r;
}

int carry_behind(const struct sources *sources, struct bytes measured, struct bytes initrd,
		 struct why *why)
{
	static const uint8_t zeros[CPIO_ALIGN];
	scoped_fd fd = memfd_open("initrd");
	struct bytes more;
	int r = archive_outcome(sources, measured, &more, why);

	if (r < 0)
		return r;
	r = fd < 0 ? fd : output_append(fd, initrd.p, initrd.n);
	if (r == 0)
		r = output_append(fd, zeros, align_up(initrd.n, CPIO_ALIGN) - initrd.n);
	if (r == 0)
		r = output_append(fd, more.p, more.n);
	if (r == 0)
		r = memfd_seal(fd);
	free((void *)more.p);
	return r < 0 ? why_errno(why, r, "initrd") : fd_take(&fd);
}
