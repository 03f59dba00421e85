/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware as its parts see each other. */
#include "firmware/core/access.h"
#include "firmware/core/event.h"
#include "firmware/firmware.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/image.h"
#include "firmware/core/page_map.h"
#include "firmware/core/pool.h"
#include "firmware/core/service.h"
#include "firmware/core/text.h"
#include "firmware/core/variable.h"
#include "machine/convention.h"

#include <assert.h>
#include <time.h>

enum {
	GATE_BYTES = 16,  /* one gate every so many bytes, so that a near miss is seen as one */
	STACK_PAGES = 64, /* UEFI 2.10, 2.3.4 asks for 128 KiB at least */
	MAX_SECRETS = 64, /* the last one grows over what comes behind it */
	MAX_DEPTH = 40,	  /* of images and notification functions inside one another */
};

/* A call from us into the guest; they nest. */
struct frame {
	struct frame *outer;
	uint64_t sp;	     /* its stack pointer when it has returned to the return gate */
	struct image *image; /* that runs in it, NULL for a notification function */
	bool done;	     /* set by Exit */
	efi_status_t status; /* then: of Exit */
};

struct open_file;
struct trace;

struct firmware {
	struct firmware_config config;
	struct ram ram;
	struct ram_range *ram_range; /* of ram, when it is our own */
	struct machine *machine;

	struct page_map map;
	struct pool pool;
	struct handles handles;
	struct events events;
	struct images images;
	struct open_file *files; /* most recently used first */
	unsigned n_files;
	struct variables variables;

	uint64_t gates, gates_bytes;
	uint64_t private_page;
	struct ram_range resume;
	efi_addr_t system_table, boot_services, runtime_services;
	efi_addr_t runtime_code, runtime_data;
	uint64_t runtime_data_bytes;
	efi_addr_t tables; /* struct efi_configuration_table[MAX_TABLES] */
	unsigned n_tables;
	bool data_executable; /* an image that is not NX_COMPAT runs */

	struct disk_handle *disks;
	struct hii_list *hii;
	uint64_t n_hii;	       /* lists made so far */
	efi_addr_t boot_path;  /* of the disk or partition to take the image for one of, or 0 */
	bool boot_path_is_esp; /* or has the image's own files: it stays */
	efi_addr_t spare_seed; /* a seed table for an image that makes none */
	struct ram_range seed; /* once booted: the bytes of the one in use */
	struct ram_range secret[MAX_SECRETS]; /* where random numbers were written to */
	unsigned n_secrets;

	struct terminal *terminal;
	uint64_t monotonic_count;
	uint64_t started_ns;
	uint64_t watchdog_ns; /* when SetWatchdogTimer's time is up; 0: never */
	uint64_t watchdog_s, watchdog_code;

	struct frame *frame; /* innermost */
	unsigned depth;

	bool ended;
	enum firmware_end end;
	efi_status_t end_status;
	int error;   /* negative: we failed, not the image */
	bool failed; /* one of both did */
	struct why why;
	struct ram_range *frozen_page; /* from here on: once booted */
	unsigned n_frozen_pages;
	struct image *booted; /* that called ExitBootServices */
	struct machine_regs frozen_regs;
	struct machine_fpu frozen_fpu;

	struct trace *trace; /* NULL: none */
	struct firmware_summary summary;
	uint64_t entered_ns; /* when the guest was last entered or left */
};

/* dispatch.c */

/*
 * Call a guest function and come back with its result. image is the one it
 * belongs to when it is an image's entry point, else NULL.
 * EFI_OUT_OF_RESOURCES when calls are nested too deep; look at fw->ended afterwards.
 */
efi_status_t guest_call(struct firmware *fw, uint64_t function, const uint64_t arg[static 4],
			struct image *image);
/* The same with more arguments. */
enum { GUEST_CALL_ARGS = CONVENTION_CALL_ARGS };
efi_status_t guest_call_many(struct firmware *fw, uint64_t function,
			     const uint64_t arg[static GUEST_CALL_ARGS], struct image *image);
/* Make the registers look as behind the call that they came with; false when its stack is gone. */
bool guest_return(struct firmware *fw, efi_status_t status);
efi_addr_t service_gate(const struct firmware *fw, const struct service *service);
unsigned gates_needed(void);

/* End the run: the image did what no image may. */
void violation(struct firmware *fw, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* End the run: we cannot go on (fw->why may hold a reason already). */
void broken(struct firmware *fw, int r, const char *what);
uint64_t now_ns(void);
/* True when the wall clock limit has passed; then the run has ended. */
bool out_of_time(struct firmware *fw);

/* memory.c */
efi_status_t memory_allocate(struct firmware *fw, enum efi_allocate_type how, uint32_t type,
			     uint64_t n_pages, uint64_t *inout_addr);
efi_status_t memory_free(struct firmware *fw, uint64_t addr, uint64_t n_pages);
/* Change what the image may do in [start, end), which it has. */
void memory_protect(struct firmware *fw, uint64_t start, uint64_t end, unsigned prot);
/* From now on data is executable too, as it was when the image was made. */
void memory_allow_execution(struct firmware *fw);
/* A fault at addr was a look at OVMF's work area, which is there now: go on. */
bool memory_show_work_area(struct firmware *fw, uint64_t addr);
efi_status_t pool_allocate(struct firmware *fw, uint32_t type, uint64_t n_bytes,
			   efi_addr_t *ret_addr);
efi_status_t pool_free(struct firmware *fw, efi_addr_t addr);

/* tables.c */
int tables_open(struct firmware *fw, struct why *why);
efi_status_t table_install(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table);
enum console_slot { CONSOLE_IN, CONSOLE_OUT, CONSOLE_ERROR };
void table_set_console(struct firmware *fw, enum console_slot slot, efi_handle_t handle,
		       efi_addr_t interface);
/* Put a table in without anybody being told: boot services have ended. */
bool table_install_silently(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table);
/* Address of a table, 0 when there is none. */
efi_addr_t table_find(struct firmware *fw, const struct efi_guid *guid);
void tables_end_boot_services(struct firmware *fw);

/* seed.c */
int seed_open(struct firmware *fw, struct why *why);
bool seed_freeze(struct firmware *fw);

/* variable.c: one of ours. Unless it is to be replaced, one of that name stays as it is. */
efi_status_t variable_offer(struct firmware *fw, const struct efi_guid *vendor, const char *name,
			    uint32_t attributes, struct bytes data, bool replace);

/* boot.c */
void boot_freeze(struct firmware *fw);

/* device_path_text.c: as text into out, false when it is no device path or does not fit */
bool device_path_text(struct firmware *fw, efi_addr_t path, char *out, size_t room);

/* trace.c: nothing at all without config.trace, for which fw->trace is NULL */
int trace_open(struct firmware *fw, struct why *why);
void trace_close(struct firmware *fw);
/* A call is about to be answered, and was; the first returns when it began, for the second. */
uint64_t trace_call(const struct call *call);
void trace_result(const struct call *call, efi_status_t status, uint64_t began_ns);
/* What the caller is not told, to stand in the line of the call. */
void trace_note(struct firmware *fw, const char *text);
/* Before anybody waits, or writes to the same terminal: all lines so far. */
void trace_flush(struct firmware *fw);
/* The run failed: what it came to, behind the trace. */
void trace_explain(struct firmware *fw);

/* The protocols that are there from the start; 0 or a negative errno. */
int terminal_open(struct firmware *fw, struct why *why);
void terminal_close(struct firmware *fw);
void terminal_wait(struct firmware *fw, uint64_t until_ns);
int rng_open(struct firmware *fw, struct why *why);
int memory_attribute_open(struct firmware *fw, struct why *why);
int device_path_to_text_open(struct firmware *fw, struct why *why);
int device_path_from_text_open(struct firmware *fw, struct why *why);
int initrd_open(struct firmware *fw, struct why *why);
int disks_open(struct firmware *fw, struct why *why);
/* Do these files lie on one of the disks? */
bool disks_have(const struct firmware *fw, const struct firmware_file_system *files);
int unicode_collation_open(struct firmware *fw, struct why *why);
int device_path_utilities_open(struct firmware *fw, struct why *why);
int hii_open(struct firmware *fw, struct why *why);
int graphics_output_open(struct firmware *fw, struct why *why);
int serial_io_open(struct firmware *fw, struct why *why);
void hii_free(struct firmware *fw);
/* device.c: where the image comes from, and a path on it, in memory of ours (0: no room) */
int device_open(struct firmware *fw, struct why *why);
efi_addr_t device_image_path(struct firmware *fw, const char *path);
/* Put one of ours on a handle, as protocol_install() with words for a failure. */
int protocol_offer(struct firmware *fw, efi_handle_t *inout_handle,
		   const struct service_group *group, void *object, struct why *why);
