/* SPDX-License-Identifier: MIT */
#pragma once
/* The terminal behind the console protocols: one for output, errors and input. */
#include "efi/types.h"
#include "firmware/core/event.h"
#include "firmware/console/key_notify.h"
#include "firmware/console/keys.h"
#include "firmware/console/vt_filter.h"

struct terminal {
	efi_addr_t mode; /* SIMPLE_TEXT_OUTPUT_MODE in guest memory */
	unsigned columns, rows;
	int32_t attribute, column, row;
	bool visible;
	uint8_t typed[256];
	size_t n_typed;
	uint64_t typed_ns; /* when the last of it came */
	struct key key;	   /* decoded and not fetched yet */
	bool has_key;
	unsigned n_asking; /* characters of the text that asks for any key, said so far */
	bool asked;	   /* all of them */
	efi_handle_t handle;
	struct key_notify *notify;
	/* serial_io.c: the same terminal as a line */
	efi_addr_t serial_mode;
	uint32_t serial_timeout_us, serial_control;
	struct vt_filter serial_filter;
};

/* Of this firmware; nobody else's services ask for one than those that were opened with it. */
struct terminal *terminal_of(const struct firmware *fw);

/* A key if there is one; it stays until taken. */
bool terminal_poll_key(struct firmware *fw);
/* Forget what was typed. */
void terminal_flush(struct firmware *fw);
/* What was typed as it came, for who does not want keys made of it; never waits. */
size_t terminal_take_bytes(struct firmware *fw, uint8_t *to, size_t n);
bool terminal_has_bytes(struct firmware *fw);
/* Take over the size that it has now. */
void terminal_measure(struct firmware *fw);
void terminal_write(struct firmware *fw, const char *utf8, size_t n);
/* A control sequence, for a person's eyes only. */
void terminal_control(struct firmware *fw, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
