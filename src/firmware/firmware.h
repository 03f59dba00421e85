/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * UEFI as boot code sees it, written on guest memory only. Everything it needs
 * of the outside comes in through struct firmware_config: memory to describe,
 * files to offer, a terminal, random numbers, and the machine to run on.
 */
#include "base/bytes.h"
#include "base/why.h"
#include "efi/types.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A piece of the physical address space, as the memory map is to show it. */
struct firmware_memory {
	uint64_t start, end; /* page aligned */
	enum efi_memory_type type;
	bool backed;	     /* ConventionalMemory only: the image may have it */
	const uint8_t *copy; /* of what lies there, end - start bytes, or NULL: not readable */
};

struct firmware_file {
	const char *name;
	uint64_t n_bytes;
	void *context;
	/* Fill buf with [offset, offset + n); 0 or a negative errno. */
	int (*read)(void *context, uint64_t offset, void *buf, size_t n);
};

struct firmware_terminal {
	void *context;
	bool interactive; /* a person looks at it: colours and cursor movements make sense */
	unsigned columns, rows;
	void (*write)(void *context, const char *utf8, size_t n);
	/* Bytes typed so far, up to n, never waits; 0 when there are none. */
	size_t (*read)(void *context, uint8_t *buf, size_t n);
	/* Wait until something was typed or this many milliseconds went by. */
	void (*wait)(void *context, int timeout_ms);
};

struct firmware_config {
	const struct machine_ops *machine;
	const struct firmware_memory *memory; /* sorted, disjoint */
	unsigned n_memory;
	uint64_t memory_limit; /* bytes of it that the image may have */
	uint64_t resume_bytes; /* to keep free for struct frozen's resume; may be 0 */

	/* Configuration tables to start with; an address of 0 means there is none. */
	uint64_t acpi20, acpi10, smbios3, smbios;

	struct bytes image;		    /* only read until firmware_new() returns */
	const char *image_path;		    /* for LoadedImage's device path; UTF-8 */
	const char *options;		    /* LoadOptions in UTF-8, NULL for none */
	const struct firmware_file *initrd; /* offered one behind the other */
	unsigned n_initrd;

	struct firmware_terminal terminal;
	void (*random)(void *buf, size_t n);
	/*
	 * What systemd's boot loader and stub mix into their seed, kept in a variable of the
	 * machine, that no image on a disk can know; none: one that lives for this boot.
	 */
	struct bytes system_token;
	FILE *trace;	    /* NULL: none */
	unsigned timeout_s; /* of wall clock and of processor time; 0: none */
};

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
};

struct firmware;
struct frozen;

/*
 * A machine with the image loaded, ready to run. Fails with -ENOEXEC for a bad
 * image and names what is wrong with it.
 */
must_check int firmware_new(const struct firmware_config *config, struct firmware **ret_firmware,
			    struct why *why);
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
 * Erase the image's memory. Freed pages keep what was in them, and a jump into the next kernel
 * would leave them to it: seeds, and whatever else the image held.
 */
void firmware_wipe(struct firmware *fw);

void firmware_summarize(const struct firmware *fw, struct firmware_summary *ret_summary);

/* Give the machine back what no longer matters after FIRMWARE_BOOT: the sandbox. */
void firmware_stop(struct firmware *fw);

/* Names for people: "EFI_NOT_FOUND", "LoaderData"; never NULL. */
const char *firmware_status_name(efi_status_t status);
const char *firmware_memory_type_name(uint32_t type);

/* The table of services as text, for doc/baseline.md. */
void firmware_print_baseline(FILE *out);
