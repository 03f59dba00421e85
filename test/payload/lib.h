/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a payload stands on: the tables, TAP through ConOut, a little C library.
 * A payload defines payload(). A program that ran no check fails.
 */
#include "efi_api.h"
#include "protocols.h"

extern handle_t self;
extern struct system_table *st;
extern struct boot_services *bs;
extern struct runtime_services *rt;
extern void *return_gate; /* where efi_main returns to */
extern uint64_t entry_sp; /* stack pointer when efi_main was entered */

efi_status_t payload(void);
/* The processor's, which notes what only the first instruction can see, and what it leads to. */
efi_status_t EFIAPI efi_main(handle_t image, struct system_table *table);
efi_status_t EFIAPI payload_start(handle_t image, struct system_table *table);

/* %s char, %S char16, %r status by name, %d %u %x of 64 bits, %c */
void print(const char *fmt, ...);
/* While held, output waits in memory: for tests that move the cursor about. */
void hold_output(bool hold);

bool tap_check(bool ok, const char *file, int line, const char *text);
bool tap_status(efi_status_t got, efi_status_t want, efi_status_t also, const char *file, int line,
		const char *text);
efi_status_t tap_done(void);
void skip(const char *why);

#define check(e) tap_check((e), __FILE__, __LINE__, #e)
#define check_text(e, text) tap_check((e), __FILE__, __LINE__, (text))
/* The call answers exactly this status. */
#define is(call, want) tap_status((call), (want), (want), __FILE__, __LINE__, #call)
/* The specification leaves the choice, or firmware in the field differs: see the comment there. */
#define is_either(call, a, b) tap_status((call), (a), (b), __FILE__, __LINE__, #call)
#define succeeds(call) is(call, EFI_SUCCESS)
/* Some error, whichever. */
#define fails(call) tap_check(status_is_error(call), __FILE__, __LINE__, #call " is an error")
/* Without this the rest makes no sense: ends the program. */
#define require(call)                                                                              \
	do {                                                                                       \
		if (!succeeds(call))                                                               \
			return tap_done();                                                         \
	} while (0)

bool on_bardo(void);
bool status_is_error(efi_status_t status);
bool guid_same(const struct efi_guid *a, const struct efi_guid *b);
struct loaded_image *own_image(void);
/* LoadImage by the path of a file on the device that this image comes from. */
efi_status_t load_beside(const char16 *path, handle_t *ret_image);
/* The load options are this word, or end in it as after a program name in the shell. */
bool option_is(const char *word);

/* How long n microseconds take in ticks of cpu_ticks(), measured against Stall() once. */
uint64_t ticks_of_microseconds(uint64_t n);

struct map {
	uint8_t *p;
	uint64_t n_bytes, key, descriptor_bytes;
	uint32_t version;
};
efi_status_t map_get(struct map *ret_map);
void map_free(struct map *map);
#define for_each_descriptor(d, m)                                                                  \
	for (struct efi_memory_descriptor *d = (void *)(m)->p;                                     \
	     (uint8_t *)d < (m)->p + (m)->n_bytes;                                                 \
	     d = (void *)((uint8_t *)d + (m)->descriptor_bytes))
/* How many of the pages [addr, addr + n) the map gives this type. */
uint64_t map_pages_of_type(uint64_t addr, uint64_t n_pages, uint32_t type);

/* Device path nodes, written one after another into a buffer; path_end() returns behind. */
uint8_t *path_node(uint8_t *p, uint8_t type, uint8_t subtype, const void *data, uint16_t n_bytes);
uint8_t *path_end(uint8_t *p);
uint8_t *path_file(uint8_t *p, const char16 *name);

uint32_t crc32(uint32_t crc, const void *data, uint64_t n_bytes);
uint64_t random64(void); /* a fixed sequence: a failure comes back the next time */

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen16(const char16 *s);
int strcmp16(const char16 *a, const char16 *b);
