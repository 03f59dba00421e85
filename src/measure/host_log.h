/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The event log of this machine: what its kernel has of the firmware's, or what came with its
 * initrd; and behind it, as records like those, what systemd says that it has measured since.
 */
#include "measure/history.h"

/* The firmware's; root alone may read it. */
#define HOST_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"
/*
 * One that goes on from the kernel's: who booted this kernel measured it, and there was no EFI to
 * tell it by. It came in the initrd, where it lies in HOST_CARRIED_AT.
 */
#define HOST_CARRIED_LOG "/run/bardo/event-log"
#define HOST_CARRIED_AT ".extra/bardo-event-log"
/* systemd's, see cel_next() */
#define HOST_USER_LOG "/run/log/systemd/tpm2-measure.log"

/* A record of systemd's: "systemd:", what kind of thing it is, ":", what it is. */
#define USER_TAG UINT32_C(0x62617273)

struct host_log {
	struct bytes bytes;
	struct history history; /* of them */
	unsigned n_user;	/* records of systemd's; there are none in an old log */
	bool anew;		/* nothing of it is the kernel's: begin was given */
	bool carried;		/* it goes on behind the kernel's by HOST_CARRIED_LOG */
	struct why note;	/* what of it is not as it could be, for people; "": nothing */
};

/*
 * Below root. begin: of these banks is the log that begins where the kernel has none, or an old
 * one; NULL: then that is it. -ENOENT: there is none; -EBADMSG: the kernel's does not hold to its
 * end, and a record behind it would lead nowhere. systemd's that does not hold is left out, and
 * noted.
 */
must_check int host_log_read(const char *root, const struct tpm_banks *begin,
			     struct host_log *ret_log, struct why *why);
/* All zeros are fine. */
void host_log_free(struct host_log *log);
