/* SPDX-License-Identifier: MIT */
#pragma once
/* Running a firmware, and what has become of its image. */
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "efi/types.h"
#include "machine/ram.h"

#include <stdbool.h>
#include <stdint.h>

enum firmware_end {
	FIRMWARE_EXITED,    /* the image returned or called Exit: status */
	FIRMWARE_BOOT,	    /* it called ExitBootServices: frozen */
	FIRMWARE_RESET,	    /* it called ResetSystem: why says how, status is what it gave */
	FIRMWARE_VIOLATION, /* it did what no image may, or reached a limit: why */
};

struct firmware_summary {
	uint64_t entry; /* where the image was entered */
	uint64_t n_calls;
	uint64_t image_ns, service_ns;		     /* time inside the image, time in here */
	uint64_t bytes_by_type[EFI_MAX_MEMORY_TYPE]; /* in use at the end */
	bool initrd_taken;			     /* all of what was offered was read */
	/* what it would have in use, had the last pages that there were none for been there; 0 */
	uint64_t wanted_bytes;
};

struct firmware;
struct frozen;

void firmware_free(struct firmware *fw);

/*
 * Run the image until it ends one way or another. 0 and *ret_end, *ret_status
 * (FIRMWARE_EXITED) or why (FIRMWARE_VIOLATION, FIRMWARE_RESET); a negative errno when it is we who
 * failed.
 */
must_check int firmware_run(struct firmware *fw, enum firmware_end *ret_end,
			    efi_status_t *ret_status, struct why *why);

/* After FIRMWARE_BOOT; what it points to lives as long as fw. */
void firmware_frozen(struct firmware *fw, struct frozen *ret_frozen);

/*
 * After FIRMWARE_BOOT: the load options of the image that has booted, which are a kernel's
 * command line; UTF-8, as long as fw lives. -EBADMSG when they cannot be read.
 */
must_check int firmware_options(struct firmware *fw, char **ret_text, struct why *why);

/* What a Linux kernel was told by whoever started it, in the image's memory. */
struct firmware_linux {
	char *cmdline; /* UTF-8, as long as fw lives */
	struct bytes initrd;
};

/*
 * After FIRMWARE_BOOT of a Linux kernel, for who can hand a kernel on, and no machine.
 * -EBADMSG when what was left behind is not what Linux's EFI stub leaves.
 */
must_check int firmware_linux(struct firmware *fw, struct firmware_linux *ret_linux,
			      struct why *why);

/* What a Linux kernel reads when it starts, whoever started it. */
struct firmware_told {
	char *cmdline;	/* bytes as they are, as long as fw lives */
	uint32_t most;	/* it keeps so many of them */
	bool by_itself; /* its own EFI stub has made it of the load options */
};

/*
 * After FIRMWARE_BOOT. -ENOENT: no Linux kernel is seen that is about to start; -EBADMSG: its
 * command line lies outside its memory.
 */
must_check int firmware_told(struct firmware *fw, struct firmware_told *ret_told);

/* Likewise its initrd; empty where there is none, or no such kernel is seen. It may lie anywhere.
 */
struct ram_range firmware_told_initrd(struct firmware *fw);

/* Behind firmware_run(): what the image has asked for that others would have; empty: nothing. */
void firmware_missed(const struct firmware *fw, struct why *ret_missed);

void firmware_summarize(const struct firmware *fw, struct firmware_summary *ret_summary);

/* Behind firmware_run(): the sandbox ends. What is frozen stays. */
void firmware_stop(struct firmware *fw);
