/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware as its parts see each other. */
#include "base/why.h"
#include "base/heap.h"
#include "firmware/core/config.h"
#include "firmware/core/event.h"
#include "firmware/core/groups.h"
#include "firmware/core/handle.h"
#include "firmware/core/image.h"
#include "firmware/core/missed.h"
#include "firmware/core/page_map.h"
#include "firmware/core/pool.h"
#include "firmware/core/result.h"
#include "firmware/core/still.h"
#include "firmware/core/tracer.h"
#include "firmware/core/variable.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MAX_SECRETS = 64,      /* the last one grows over what comes behind it */
	HEAP_BYTES = 40 << 20, /* for all that the image has us keep for it */
};

struct frame;

struct firmware {
	struct firmware_config config;
	struct heap heap; /* all that is kept on our side for the image */
	const struct parts *parts;
	void *part_state[MAX_PARTS];
	unsigned n_parts; /* opened so far */
	struct groups groups;

	struct ram ram;
	struct ram_range *ram_range; /* of ram, when it is our own */
	struct machine *machine;

	struct page_map map;
	struct pool pool;
	struct handles handles;
	unsigned n_offered[MAX_GROUPS]; /* by groups: on so many handles */
	struct events events;
	struct images images;
	struct variables variables;

	uint64_t gates, gates_bytes;
	uint64_t private_page;
	struct ram_range resume;
	efi_addr_t system_table, boot_services, runtime_services;
	efi_addr_t runtime_code, runtime_data;
	uint64_t runtime_data_bytes, runtime_tables_bytes; /* the tables behind the data */
	efi_addr_t tables; /* struct efi_configuration_table[MAX_TABLES] */
	unsigned n_tables;
	bool data_executable; /* an image that is not NX_COMPAT runs */

	efi_addr_t boot_path;  /* of the device that the image is taken to lie on, or 0 */
	efi_addr_t spare_seed; /* a seed table for an image that makes none */
	struct ram_range seed; /* once booted: the bytes of the one in use */
	struct ram_range secret[MAX_SECRETS]; /* where random numbers were written to */
	unsigned n_secrets;

	uint64_t monotonic_count;
	uint64_t started_ns;
	uint64_t watchdog_ns; /* when SetWatchdogTimer's time is up; 0: never */
	uint64_t watchdog_s, watchdog_code;
	struct still still;
	struct missed missed;

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
	char *options;	     /* firmware_options() */
	char *told;	     /* firmware_told() */
	efi_handle_t booted; /* the image that called ExitBootServices */
	struct machine_regs frozen_regs;
	struct machine_fpu frozen_fpu;

	const struct tracer *tracer; /* NULL: none */
	const struct measurer *measurer;
	struct firmware_summary summary;
	uint64_t entered_ns; /* when the guest was last entered or left */
};
