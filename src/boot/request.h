/* SPDX-License-Identifier: MIT */
#pragma once
/* What somebody wants done with an image, as data: all of boot/ knows of its caller by this. */
#include "boot/esp.h"
#include "firmware/firmware.h"
#include "handover/handover.h"

#include <stdio.h>
#include <sys/types.h>

enum { MAX_INITRDS = 64, MAX_DISKS = 16 };

enum handover_way {
	HANDOVER_FREEZE, /* the image's EFI code runs, and goes on where it stopped */
	HANDOVER_DIRECT, /* a kernel at its own entry, no EFI code is run */
	HANDOVER_FILE,	 /* a kernel, for the running one to load */
	HANDOVER_AUTO, /* freeze, or file where the running kernel takes nothing else: boot/way.h */
};

/* The next kernel's screen: the one that this kernel was given. */
enum framebuffer_wish {
	FRAMEBUFFER_NONE,
	FRAMEBUFFER_IF_SAFE, /* else a line says why not */
	FRAMEBUFFER_SURELY,  /* else nothing happens */
};

/* Whether what boots is measured into this machine's TPM. */
enum boot_measure {
	MEASURE_NOT,	  /* the image sees no TPM */
	MEASURE_IF_THERE, /* where there is none, it does without */
	MEASURE_MUST,	  /* and without one nothing runs */
};

/* Whose signature an image needs, and what of what is given to it. */
enum boot_policy {
	POLICY_HOST,	/* one that this machine trusts, where it insists on that */
	POLICY_ENFORCE, /* everywhere */
	POLICY_REPORT,	/* nowhere; what would be denied is said */
	POLICY_SEALED,	/* everywhere, and nothing runs that no signature covers */
};

/* What the image and the pipeline reach of the caller's. Words come without a newline. */
struct boot_caller {
	/*
	 * The firmware's process uses the terminal; this one alone changes it: makes keys come one
	 * by one when the image is about to read some, and knows who is to stop when it does.
	 */
	struct firmware_terminal terminal;
	void (*want_keys)(void);
	void (*running)(pid_t firmware); /* 0: it has ended */
	/* in both processes: the image has written its last, the terminal is the caller's again */
	void (*stopped)(void);
	void (*random)(void *buf, size_t n);
	FILE *trace;		  /* NULL: none */
	const char *trace_filter; /* as in struct firmware_config, and the next one */
	FILE *summary;
	bool json; /* for the caller itself: what it says of a run is for programs */
	/* what goes on; NULL: nobody watches */
	void (*progress)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
	/* what the next kernel will not have, and that the image stands still, this in the other
	 * process; NULL: nobody wants to know */
	void (*warn)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
	/* why something is not as it could be, beside the trace; NULL: nobody wants to know */
	void (*note)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
	/* in both processes: what is denied, and runs all the same or is left out; may be NULL */
	void (*judged)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
};

/* For tests alone; all of it 0 is what users get. */
struct boot_hooks {
	const char *framebuffer_root; /* of the files that tell of it; NULL: the machine's */
	const char *trust_root;	      /* the same for what is trusted */
	/* hears what is to be found nowhere behind the jump */
	void (*tell)(const char *what, const void *secret, size_t n_bytes);
	uint32_t seed_flags; /* PURGATORY_SEED_* */
	unsigned left_out;   /* a region of the machine's firmware, counted from 1; 0: none */
	enum handover_flip flip;
};

/* IMAGE and its options, as given. */
struct boot_request {
	const char *image; /* NULL: one of the boot menu */
	const char *entry; /* its id there; NULL: the default one */
	const char *cmdline;
	const char *profile;
	struct esp_options esp;
	const char *initrd[MAX_INITRDS];
	unsigned n_initrds;
	const char *disk[MAX_DISKS];
	unsigned n_disks;
	bool disk_writable;
	bool disk_forced; /* even what is in use */
	bool no_disks;	  /* none but those, though the machine has some */
	enum framebuffer_wish framebuffer;
	bool reuse_cmdline;    /* cmdline is the running kernel's */
	bool one_shot_is_used; /* LoaderEntryOneShot has done its work: the image sees none */
	bool no_firmware;      /* the next kernel is not to call this machine's firmware */
	enum handover_way way;
	enum boot_measure measure;
	enum boot_policy policy;
	unsigned timeout_s;
	uint64_t memory;       /* 0: not given */
	bool for_this_machine; /* its real memory, tables and limits, or made-up ones */
	bool as_if_booted;     /* on made-up ones, judged and given what one is that boots here */
	const char *again;     /* for the record: how to ask this again; NULL: cannot be noted */
	struct {
		bool json, pcrlock;
		const char *log; /* a file for the event log; NULL: none */
	} output;		 /* of predict */
	struct boot_caller caller;
	struct boot_hooks hooks;
};

/* Bytes that an image may have where nobody says how many, and that a file may have. */
uint64_t default_memory_limit(void);
/* Bytes that this one may have. */
uint64_t request_memory_limit(const struct boot_request *request);
/* Does it boot here, or is it asked what would come of that? */
bool request_boots(const struct boot_request *request);
