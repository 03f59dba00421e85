/* SPDX-License-Identifier: MIT */
#pragma once
/* What a firmware is made from: all that it needs of the outside. */
#include "base/bytes.h"
#include "base/why.h"
#include "efi/types.h"
#include "guest/runtime_tables.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A piece of the physical address space, as the memory map is to show it. */
struct firmware_memory {
	uint64_t start, end; /* page aligned */
	enum efi_memory_type type;
	/* ConventionalMemory only: the image may have it. Else that has EFI_MEMORY_SP. */
	bool backed;
	const uint8_t *copy; /* of what lies there, end - start bytes, or NULL: not readable */
};

struct firmware_file {
	const char *name;
	uint64_t n_bytes;
	void *context;
	/* Fill buf with [offset, offset + n); 0 or a negative errno. */
	int (*read)(void *context, uint64_t offset, void *buf, size_t n);
};

/* What the next kernel may draw on: 32 bits a pixel, each colour 8 of them from a bit on. */
struct firmware_framebuffer {
	uint64_t base, n_bytes;
	uint32_t width, height, line_bytes;
	uint8_t red, green, blue;
	uint8_t *pixels; /* n_bytes of ours, where the image's drawing goes */
};

/* Where the machine's SMBIOS records lie, in memory that the image can read; no bytes: nowhere. */
struct firmware_smbios {
	uint64_t start;
	uint32_t n_bytes;
	uint8_t major, minor; /* of the specification */
};

struct firmware_file_system;
struct firmware_tpm; /* firmware/tcg2/tcg2.h */
struct heap;

/* The numbers are HARDDRIVE_DEVICE_PATH's MBRType and SignatureType (10.3.5.1). */
enum firmware_scheme { FIRMWARE_SCHEME_NONE, FIRMWARE_SCHEME_MBR, FIRMWARE_SCHEME_GPT };

struct firmware_partition {
	uint32_t number;
	uint64_t start, n_blocks; /* on the disk */
	uint8_t id[16];		  /* GPT: its GUID; MBR: the disk's signature, then 0 */
	bool is_esp;
	struct firmware_file_system *files; /* NULL: none that can be read */
};

/* A disk, by bytes, and what is known of them. */
struct firmware_disk {
	const char *name;
	uint64_t n_bytes;
	uint32_t block_bytes;
	enum firmware_scheme scheme;
	const struct firmware_partition *partition;
	unsigned n_partitions;
	struct firmware_file_system *files; /* of all of it */
	void *context;
	/* 0 or a negative errno; all of [offset, offset + n) or nothing */
	int (*read)(void *context, uint64_t offset, void *buf, size_t n);
	int (*write)(void *context, uint64_t offset, const void *buf,
		     size_t n); /* NULL: read only */
};

/* A file or folder, as its file system knows it. */
struct firmware_node {
	char name[1024]; /* UTF-8, of a name that is at most 255 UTF-16 units; "": the root */
	uint64_t n_bytes, allocated;
	int64_t created, accessed, modified; /* seconds since 1970 */
	bool folder, read_only;
};

enum firmware_open {
	FIRMWARE_OPEN_WRITE = 1,
	FIRMWARE_OPEN_CREATE = 2, /* what is there already is opened as it is */
	FIRMWARE_OPEN_FOLDER = 4, /* what is created is one */
};

enum firmware_change {
	FIRMWARE_CHANGE_SIZE = 1,
	FIRMWARE_CHANGE_TIMES = 2,
	FIRMWARE_CHANGE_READ_ONLY = 4,
};

/*
 * A tree of files on our side of the world. A path is names with a '/' between
 * them, "" the root; none of them is empty, "." or "..". Upper and lower case
 * are the same. All return 0 or a count, or a negative errno.
 */
struct firmware_file_system {
	void *context;
	struct heap *heap;   /* of who offers it: what is kept for the image counts there */
	const char *label;   /* of the volume, UTF-8 */
	const char *trouble; /* why nothing on it can be opened, for the trace; or NULL */
	bool writable;
	int (*space)(void *context, uint64_t *ret_total, uint64_t *ret_free, uint32_t *ret_block);
	int (*open)(void *context, const char *path, unsigned flags, void **ret_file);
	int (*rename)(void *context, const char *from, const char *to);
	int (*remove)(void *context, const char *path);

	void (*close)(void *file);
	int (*describe)(void *file, struct firmware_node *ret_node);
	int (*change)(void *file, const struct firmware_node *to, unsigned what);
	/*
	 * Number i of a folder's contents as they were when 0 was asked for; -ENOENT behind the
	 * last. -EAGAIN, of 0: it is not through with the folder, and is to be asked again.
	 */
	int (*entry)(void *file, uint64_t i, struct firmware_node *ret_node);
	int64_t (*read)(void *file, uint64_t offset, void *buf, uint64_t n);
	int64_t (*write)(void *file, uint64_t offset, const void *buf, uint64_t n);
	int (*flush)(void *file);
};

/* A variable of the machine that bardo runs on. */
struct firmware_variable {
	const char *name; /* UTF-8 */
	struct efi_guid vendor;
	uint32_t attributes;
	struct bytes data;
};

struct firmware_terminal {
	void *context;
	bool interactive;	/* a person looks at it: colours and cursor movements make sense */
	unsigned columns, rows; /* when there is no size() */
	/* Its size now; NULL, or changes nothing: it has none to tell. */
	void (*size)(void *context, unsigned *inout_columns, unsigned *inout_rows);
	void (*write)(void *context, const char *utf8, size_t n);
	/* Bytes typed so far, up to n, never waits; 0 when there are none. */
	size_t (*read)(void *context, uint8_t *buf, size_t n);
	/* Wait until something was typed or this many milliseconds went by. */
	void (*wait)(void *context, int timeout_ms);
	/* Will nobody type anything any more? NULL: somebody may. */
	bool (*ended)(void *context);
};

/* What a firmware has settled before it looks at the image. */
struct firmware_begun {
	const struct machine *machine;
	struct ram_range resume; /* of struct frozen */
};

struct firmware_config {
	const struct machine_ops *machine;
	bool apart; /* as machine_config has it */
	/* Guest memory, of what firmware_list_ram() says of memory; NULL: it makes its own. */
	const struct ram *ram;
	/*
	 * Called when the machine is open, before a byte of the image is looked at: 0, or a
	 * negative errno and why to end here. NULL: nothing to do.
	 */
	int (*confine)(void *context, const struct firmware_begun *begun, struct why *why);
	void *confine_context;
	/*
	 * May this file be loaded, when an image asks for that: 0, or a negative errno and why not.
	 * The bytes do not change meanwhile. NULL: any may.
	 */
	int (*permit)(void *context, struct bytes file, struct why *why);
	void *permit_context;
	const struct firmware_memory *memory; /* sorted, disjoint */
	unsigned n_memory;
	const struct ram_range *reliable; /* of it, sorted, disjoint: EFI_MEMORY_MORE_RELIABLE */
	unsigned n_reliable;
	uint64_t largest_page; /* that a kernel of this machine can have; 0: PAGE_BYTES */
	uint64_t memory_limit; /* bytes of it that the image may have */
	uint64_t resume_bytes; /* to keep free for struct frozen's resume; may be 0 */

	/* Configuration tables to start with; an address of 0 means there is none. */
	uint64_t acpi20, acpi10, smbios3, smbios;
	struct firmware_smbios smbios_records; /* that one of both leads to */
	/* likewise, as bytes, as long as the firmware; 0 of them: there is none */
	struct bytes device_tree, esrt, mok_variables;

	const struct firmware_variable *variables; /* to begin with */
	unsigned n_variables;
	uint16_t pm_timer_port; /* as the ACPI tables name it; 0: they name none */
	uint64_t mmfr0;		/* as machine_config has it */
	/* For the next kernel: the machine's own firmware, NULL for none; and how it is reset. */
	const struct runtime_firmware *runtime;
	uint32_t runtime_supported; /* EFI_RT_SUPPORTED_*, as that one says */
	/* Its EFI_MEMORY_ATTRIBUTES_TABLE, if it is called as it lies; 0 bytes: there is none. */
	struct bytes runtime_attributes;
	struct runtime_power power;

	struct bytes image; /* only read until firmware_new() returns */
	/*
	 * Where it comes from: nodes of the device's path behind bardo's own one
	 * (10.3; may be none), the files on it (NULL: cannot be read), and where
	 * on it the image lies, with / or \ between names; UTF-8. Where a disk or
	 * partition has the same files, that is the device, and the nodes count for nothing.
	 */
	struct bytes device_nodes;
	struct firmware_file_system *files;
	const char *image_path;
	const char *options;		    /* LoadOptions in UTF-8, NULL for none */
	const struct firmware_file *initrd; /* offered one behind the other */
	unsigned n_initrd;
	const struct firmware_disk *disks; /* must stay as long as the firmware */
	unsigned n_disks;
	const struct firmware_framebuffer *framebuffer; /* NULL: none */
	const struct firmware_tpm *tpm; /* NULL: none; must stay as long as the firmware */
	/* Without tpm: what the next kernel is to have for its event log, agile or old; may be
	 * none. */
	struct bytes event_log;
	/* take the image for one that lies on the first EFI system partition of the disks */
	bool image_is_on_disk;

	struct firmware_terminal terminal;
	/* It waits for nothing, and what it said last; true ends the run. NULL: nobody cares. */
	bool (*stands_still)(const char *text);
	void (*random)(void *buf, size_t n);
	uint64_t hash_secret;	  /* that the image cannot know, for struct heap */
	FILE *trace;		  /* NULL: none */
	const char *trace_filter; /* which calls, as firmware_trace_filter() takes it; NULL: all */
	FILE *summary;		  /* of all calls, when the image has ended; NULL: none */
	unsigned timeout_s;	  /* of wall clock and of processor time; 0: none */
};

/*
 * The ranges of RAM that a machine with this memory has, or of those only what the image may have;
 * neighbours are one. Returns how many, at most n; 0 when there are none.
 */
unsigned firmware_list_ram(const struct firmware_memory *memory, unsigned n, bool only_backed,
			   struct ram_range *ret_range);
