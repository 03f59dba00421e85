/* SPDX-License-Identifier: MIT */
#pragma once
/* systemd's list of measurements made records of an event log, in a process that does only that. */
#include "base/why.h"
#include "tpm/log.h"

/*
 * Records of a log with these banks, to be freed, and how many. -EBADMSG: text is no such list;
 * -ENODATA: a record has no digest for one of the banks, so the log could not lead there.
 */
must_check int user_log_read(struct bytes text, const struct tpm_banks *banks,
			     struct bytes *ret_records, unsigned *ret_n, struct why *why);
