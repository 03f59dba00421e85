/* SPDX-License-Identifier: MIT */
#pragma once
/* An event log as firmware, systemd-stub and Linux leave one, made by hand. */
#include "base/util.h"
#include "tpm/hash.h"
#include "tpm/write.h"

#include <stdlib.h>
#include <string.h>

enum { TINY_LOG_ROOM = 16 << 10 };

static const struct tpm_banks tiny_banks_one = { { { 0x000b, 32 } }, 1 };
static const struct tpm_banks tiny_banks_four = {
	{ { 0x0004, 20 }, { 0x000b, 32 }, { 0x000c, 48 }, { 0x000d, 64 } }, 4
};

struct tiny_log {
	const struct tpm_banks *banks;
	uint8_t bytes[TINY_LOG_ROOM];
	size_t n;
	unsigned n_records;
};

/* With the digest of what was measured, which need not be the event. */
static inline void tiny_log_add(struct tiny_log *l, uint32_t pcr, uint32_t type,
				struct bytes measured, struct bytes event)
{
	uint8_t digest[TPM_MAX_BANKS][TPM_MAX_DIGEST] = { 0 };
	struct tpm_record r = { .pcr = pcr, .type = type, .event = event };
	size_t n;

	for (unsigned b = 0; b < l->banks->n; b++) {
		if (type != EV_NO_ACTION &&
		    !tpm_hash(l->banks->bank[b].id, &measured, 1, digest[b]))
			abort();
		r.digest[b] = digest[b];
	}
	n = tpm_record_write(l->banks, &r, l->bytes + l->n, sizeof(l->bytes) - l->n);
	if (!n)
		abort();
	l->n += n;
	l->n_records++;
}

static inline struct bytes tiny_bytes(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

/* A text in UTF-16, without a NUL. */
static inline size_t tiny_utf16(const char *text, uint8_t *to)
{
	size_t n = 0;

	for (; *text; text++) {
		to[n++] = (uint8_t)*text;
		to[n++] = 0;
	}
	return n;
}

static inline void tiny_log_variable(struct tiny_log *l)
{
	static const uint8_t global[] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
					  0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c };
	uint8_t event[128] = { 0 };
	size_t n;

	memcpy(event, global, sizeof(global));
	n = tiny_utf16("SecureBoot", event + 32);
	event[16] = (uint8_t)(n / 2);
	event[24] = 1;
	event[32 + n] = 1;
	tiny_log_add(l, 7, 0x80000001, tiny_bytes(event, 33 + n), tiny_bytes(event, 33 + n));
}

/* UEFI_IMAGE_LOAD_EVENT, whose path is \EFI\a.efi; measured is the image's digest. */
static inline void tiny_log_image(struct tiny_log *l)
{
	uint8_t event[128] = { 0 }, *node = event + 32;
	size_t n = tiny_utf16("\\EFI\\a.efi", node + 4) + 2;

	node[0] = node[1] = 4;
	node[2] = (uint8_t)(4 + n);
	memcpy(node + 4 + n, (const uint8_t[]){ 0x7f, 0xff, 4, 0 }, 4);
	event[24] = (uint8_t)(8 + n);
	tiny_log_add(l, 4, EV_EFI_BOOT_SERVICES_APPLICATION, tiny_bytes("image", 5),
		     tiny_bytes(event, 40 + n));
}

static inline void tiny_log_begin(struct tiny_log *l, const struct tpm_banks *banks)
{
	if (tpm_hash_prepare() < 0)
		abort();
	*l = (struct tiny_log){ .banks = banks };
	l->n = tpm_header_write(banks, l->bytes, sizeof(l->bytes));
}

static inline void tiny_log_fill(struct tiny_log *l, const struct tpm_banks *banks)
{
	static const uint8_t locality[17] = "StartupLocality";
	static const uint8_t tag[] = { 0xec, 0x22, 0x3b, 0x8f, 13,  0,	 0,   0,   'L', 'i', 'n',
				       'u',  'x',  ' ',	 'i',  'n', 'i', 't', 'r', 'd', 0 };
	static const uint8_t zeros[4];
	uint8_t text[64];

	tiny_log_begin(l, banks);
	tiny_log_add(l, 0, EV_NO_ACTION, tiny_bytes(NULL, 0), tiny_bytes(locality, 17));
	tiny_log_add(l, 0, 0x08, tiny_bytes(text, tiny_utf16("1.0", text)),
		     tiny_bytes(text, tiny_utf16("1.0", text)));
	tiny_log_variable(l);
	for (unsigned i = 0; i < 8; i++)
		tiny_log_add(l, i, EV_SEPARATOR, tiny_bytes(zeros, 4), tiny_bytes(zeros, 4));
	tiny_log_image(l);
	tiny_log_add(l, 11, EV_IPL, tiny_bytes(".linux", 7),
		     tiny_bytes(text, tiny_utf16(".linux", text)));
	tiny_log_add(l, 12, EV_IPL, tiny_bytes("quiet", 5), tiny_bytes("quiet", 6));
	tiny_log_add(l, 9, EV_EVENT_TAG, tiny_bytes("initrd", 6), tiny_bytes(tag, sizeof(tag)));
	tiny_log_add(l, 5, EV_EFI_ACTION, tiny_bytes("Exit Boot Services Invocation", 29),
		     tiny_bytes("Exit Boot Services Invocation", 29));
}
