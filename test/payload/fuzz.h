/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An image that calls everything with whatever came out of the calls before:
 * names, interfaces, addresses and sizes go in again where they belong, and where
 * they do not. What it does follows from its seed alone, but for timers.
 */
#include "lib.h"

/* What values are remembered as. */
enum kind {
	KIND_HANDLE,
	KIND_EVENT,
	KIND_KEY,	   /* RegisterKeyNotify */
	KIND_REGISTRATION, /* RegisterProtocolNotify */
	KIND_POOL,
	KIND_PAGES,
	KIND_INTERFACE,
	KIND_FILE,
	KIND_LIST, /* of HII packages */
	KIND_IMAGE,
	N_KINDS,
};

enum {
	N_GUIDS = 40,
	N_TEXTS = 32,
	TEXT_UNITS = 64,
	N_ASCII = 16,
	ASCII_BYTES = 64,
	N_PATHS = 32,
	PATH_BYTES = 256,
	N_KEYS = 16,
	KEY_BYTES = 16,
	N_LISTS = 8,
	LIST_BYTES = 1024,
	N_CELLS = 256,
	BUFFER_BYTES = 1 << 16,
	MAX_NESTED = 5, /* functions of ours inside one another */
};

/* All that arguments point into: one piece, so that it can be spoiled anywhere. */
struct arena {
	struct efi_guid guid[N_GUIDS];
	char16 text[N_TEXTS][TEXT_UNITS];
	char ascii[N_ASCII][ASCII_BYTES];
	uint8_t path[N_PATHS][PATH_BYTES];
	uint8_t key[N_KEYS][KEY_BYTES];
	uint8_t list[N_LISTS][LIST_BYTES];
	uint64_t cell[N_CELLS];
	uint64_t interface[16][16]; /* protocols of ours: functions */
	uint8_t buffer[BUFFER_BYTES];
};
extern struct arena arena;

/* fuzz.c */
uint64_t any(uint64_t n); /* 0 ... n - 1; n 0: all 64 bits */
bool one_in(unsigned n);
void remember(enum kind kind, uint64_t value);
uint64_t recall(enum kind kind);
/* Asked of firmware, which knows: we ourselves would find out only once. */
bool can_read(uint64_t addr, uint64_t n_bytes);
bool can_write(uint64_t addr); /* 8 bytes that are none of the program's own */
/* Without these pages we would not get far. */
bool is_own(uint64_t addr, uint64_t n_bytes);
extern bool use_timers;
/* Some more calls, as long as there are calls left. */
void some_steps(unsigned n);
/* May a function of ours make calls of its own? Ends with leave(). */
bool enter(void);
void leave(void);

/* fuzz_arena.c */
void arena_fill(void);
void arena_spoil(void);

/* fuzz_callbacks.c: functions of ours, for whoever calls them */
extern const uint8_t child_file[], child_file_end[], driver_file[], driver_file_end[];
uint64_t EFIAPI on_anything(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
uint64_t some_function(void);
void interfaces_fill(void);
/* The load options of fuzz_child.c: the function, and so many bytes of it, which nobody else has.
 */
enum { CHILD_OPTIONS = 0x6b1d };
typedef efi_status_t(EFIAPI *child_fn)(handle_t image, struct system_table *table);
efi_status_t EFIAPI child_main(handle_t image, struct system_table *table);

/* fuzz_steps.c: what takes more than one call in a row */
void special_begin(void);
void special_step(void);
