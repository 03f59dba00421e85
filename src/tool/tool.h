/* SPDX-License-Identifier: MIT */
#pragma once
/* What the verbs share: words on the command line, errors on stderr. Only tool/ prints and exits.
 */
#include "base/why.h"
#include "firmware/firmware.h"
#include "handover/handover.h"
#include "host/efivars.h"
#include "host/memory_map.h"
#include "host/tables.h"
#include "boot/secret.h"
#include "boot/esp.h"
#include "random/generation.h"

#include <stdbool.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct verb {
	const char *name, *usage, *about;
	int (*run)(int argc, char **argv);
	const char *help; /* options, for --help */
};

extern const struct verb verb_run, verb_load, verb_boot, verb_exec, verb_unload, verb_status,
	verb_inspect, verb_seed, verb_restage, verb_generationd;
extern const char run_options_help[], load_options_help[];

/* "bardo: ..." on stderr; returns EXIT_FAILED. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same with the usage behind it; returns EXIT_USAGE. */
int usage_error(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What --help prints. */
void print_verb_help(const struct verb *verb);
/* Kernel random numbers; there is no failing. */
void tool_random(void *buf, size_t n);
/* Bytes that an image may have where nobody says how many. */
uint64_t default_memory_limit(void);
/* What goes on, when somebody watches stderr. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

enum { MAX_INITRDS = 64, MAX_DISKS = 16 };

enum handover_way {
	HANDOVER_FREEZE, /* the image's EFI code runs, and goes on where it stopped */
	HANDOVER_DIRECT, /* a kernel at its own entry, no EFI code is run */
	HANDOVER_FILE,	 /* a kernel, for the running one to load */
};

/* IMAGE and its options, as given. */
struct run_options {
	const char *image;
	const char *cmdline;
	const char *profile;
	struct esp_options esp;
	const char *initrd[MAX_INITRDS];
	unsigned n_initrds;
	const char *disk[MAX_DISKS];
	unsigned n_disks;
	bool disk_writable;
	bool framebuffer;
	char *const *argv; /* all of it, for who does the same again */
	enum handover_way way;
	bool trace;
	unsigned timeout_s;
	uint64_t memory; /* 0: not given */
};

/*
 * 0, or an exit status: EXIT_USAGE, or EXIT_DONE behind --help, which *ret_help says.
 */
int run_options_parse(const struct verb *verb, int argc, char **argv,
		      struct run_options *ret_options, bool *ret_help);
/* For verbs without operands: --help, and --json where json is not NULL. */
int plain_options_parse(const struct verb *verb, int argc, char **argv, bool *ret_json,
			bool *ret_help);

/* An image on its way: everything that is opened for it. */
struct boot {
	const struct run_options *options;
	bool for_this_machine; /* its real memory, tables and limits, or made-up ones */
	struct why why;
	struct generation generation; /* from before the first random number was drawn */

	struct bytes image; /* all of its file */
	int kernel_fd;	    /* HANDOVER_FILE: what was in it, else -1 */
	unsigned stub;	    /* the version of systemd-stub in it, 0: none */
	char *load_options; /* the command line behind a profile's number */
	struct esp esp;
	struct firmware_file initrd[MAX_INITRDS + 1]; /* and the boot secret */
	unsigned n_initrds;
	struct firmware_file secret;
	int initrd_fd[MAX_INITRDS];
	struct host_variables host_variables;
	struct firmware_variable *variables;
	unsigned n_variables;
	struct firmware_disk disk[MAX_DISKS];
	struct firmware_partition *partitions[MAX_DISKS]; /* of each disk */
	int disk_fd[MAX_DISKS];
	struct volume *volumes; /* on them */
	struct firmware_framebuffer framebuffer;
	struct memory_map map;
	struct host_tables tables;
	struct firmware_memory *memory;
	unsigned n_memory;
	uint8_t **page; /* what firmware_memory's copies point to */
	unsigned n_pages;
	struct firmware *firmware;
	enum firmware_end end;
	efi_status_t status;
};

/*
 * All of these return 0, or an exit status after having said why.
 * boot_open(): may it be staged at all, and what is it? boot_close() is called in any case.
 */
int boot_open(struct boot *boot, const struct run_options *options, bool for_this_machine);
void boot_close(struct boot *boot);
/* Run the image to its end. */
int boot_run(struct boot *boot);
void boot_print_summary(const struct boot *boot);
/* The frozen machine, staged. */
int boot_stage(struct boot *boot);
/* Its last stage. */
int boot_stage_kernel(struct boot *boot);

static inline double mib(uint64_t n_bytes)
{
	return (double)n_bytes / (1 << 20);
}

/* Without boot_run(): a kernel, staged at its own entry. */
int boot_stage_direct(struct boot *boot);

/*
 * The same by kexec_file_load(2), for a kernel; and stage_file.c's: the kernel out of a unified
 * kernel image, which has to run first, and that staged behind its end.
 */
int boot_stage_file(struct boot *boot);
bool boot_is_unified(const struct boot *boot);
int boot_keep_kernel(struct boot *boot);
int boot_stage_unified(struct boot *boot);
int boot_stage_plain(struct boot *boot);
/* How to do this again, for the record: the folder, then the words of a `load`. */
bool boot_note_again(const struct boot *boot, char *line, size_t room);

/* disk.c: those of --disk, opened and closed */
int boot_open_disks(struct boot *boot);
void boot_close_disks(struct boot *boot);
/* disk_files.c: and what is on them; behind esp_open(), for that may be there too */
int boot_find_disk_files(struct boot *boot);

/* framebuffer.c: that of --framebuffer, when it is given */
int boot_open_framebuffer(struct boot *boot);
void boot_close_framebuffer(struct boot *boot);

/* taken.c: what was given with the image, before it runs and behind */
int boot_check_addons(struct boot *boot);
int boot_check_taken(struct boot *boot);

/* memory.c: what the image is told of memory, made of boot->map and boot->tables. */
int boot_describe_memory(struct boot *boot);

/* cmd_restage.c: is it of this clone; stage it again: 0 or an exit status. */
enum generation_match staged_generation(const struct record *record);
int restage(const struct record *record);

/*
 * What the VM tests need besides, hooks.c of their program; hooks_none.c, the installed
 * program's, has none of it. hooks_random(): where images' random numbers come from.
 * hooks_framebuffer(): the root of the files that tell of the framebuffer.
 */
void hooks_set(struct handover_options *options);
const char *hooks_framebuffer(void);
void (*hooks_random(void))(void *buf, size_t n);

/* terminal.c */
struct firmware_terminal tty_open(void);
void tty_close(void);
/* errno of output of the image's that was lost, or 0. */
int tty_lost(void);
