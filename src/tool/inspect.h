/* SPDX-License-Identifier: MIT */
#pragma once
/* What an image is, as `bardo inspect` shows it, to people and to programs. */
#include "pe/uki.h"
#include "tool/esp.h"

enum { MAX_SECTIONS = 96, MAX_ODD = 16, MAX_SIDECARS_SHOWN = 128, SHA256_TEXT = 65 };

struct inspection {
	const char *path;
	struct pe_image pe;
	unsigned stub; /* its version, 0: none */
	struct pe_section section[MAX_SECTIONS];
	char sha256[MAX_SECTIONS][SHA256_TEXT];
	unsigned n_sections;
	char file_sha256[SHA256_TEXT];
	unsigned n_signatures;
	uint64_t signature_bytes;
	char *sidecar[MAX_SIDECARS_SHOWN]; /* in the tree that the image comes from */
	unsigned n_sidecars;
	char odd[MAX_ODD][128];
	unsigned n_odd;
};

void inspection_print(const struct inspection *in);
void inspection_print_json(const struct inspection *in);

/* Text out of a section: up to its NUL, what ends it (blanks, newlines) taken off. */
struct bytes inspection_text(const struct inspection *in, const char *name);
