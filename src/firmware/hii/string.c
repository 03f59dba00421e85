// SPDX-License-Identifier: MIT
/* EFI_HII_STRING_PROTOCOL (UEFI 2.10, 34.3): the texts of the package lists. */
#include "base/bytes.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/install.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/hii/database.h"
#include "firmware/hii/hii.h"
#include "firmware/hii/string_package.h"

#include <string.h>

enum { MAX_LANGUAGE = 64 };

/* ASCII of the image; false when it does not end in time. */
static bool language_arg(struct call *c, unsigned i, char language[static MAX_LANGUAGE])
{
	for (unsigned n = 0; n < MAX_LANGUAGE; n++) {
		if (!guest_get(c->fw, c->arg[i] + n, language + n, 1))
			return false;
		if (!language[n])
			return true;
	}
	return false;
}

/* The next string package of a list. */
static bool next_strings(const struct hii_list *l, uint64_t *inout_at, struct bytes *ret_package,
			 const char **ret_language)
{
	struct package p;

	while (package_next(l->bytes, inout_at, &p))
		if (p.type == PACKAGE_STRINGS && string_package_language(p.bytes, ret_language)) {
			*ret_package = p.bytes;
			return true;
		}
	return false;
}

static efi_status_t put_text(struct call *c, struct bytes text, bool wide)
{
	const uint64_t need = wide ? text.n : 2 * text.n;
	uint64_t room;
	uint8_t *out;

	if (!guest_get_u64(c->fw, c->arg[5], &room) || !guest_put_u64(c->fw, c->arg[5], need))
		return EFI_INVALID_PARAMETER;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	out = guest_write(c->fw, c->arg[4], need);
	if (!c->arg[4] || !out)
		return EFI_INVALID_PARAMETER;
	for (uint64_t i = 0; i < text.n && !wide; i++) {
		out[2 * i] = text.p[i];
		out[2 * i + 1] = 0;
	}
	if (wide)
		memcpy(out, text.p, need);
	if (c->arg[6]) /* no fonts: the font information is nothing */
		guest_put_u64(c->fw, c->arg[6], 0);
	return EFI_SUCCESS;
}

static efi_status_t get_string(struct call *c)
{
	const struct hii_list *l = hii_find(c->fw, c->arg[2]);
	uint64_t at = PACKAGE_LIST_HEADER;
	char wanted[MAX_LANGUAGE];
	bool elsewhere = false, wide;
	const char *language;
	struct bytes package, text;

	if (!language_arg(c, 1, wanted) || !c->arg[3])
		return EFI_INVALID_PARAMETER;
	if (!l)
		return EFI_NOT_FOUND;
	while (next_strings(l, &at, &package, &language)) {
		if (!string_package_find(package, (uint16_t)c->arg[3], &text, &wide))
			continue;
		if (!strcmp(language, wanted))
			return put_text(c, text, wide);
		elsewhere = true;
	}
	return elsewhere ? EFI_INVALID_LANGUAGE : EFI_NOT_FOUND;
}

/* All languages that the list has texts in, with semicolons between them. */
static efi_status_t get_languages(struct call *c)
{
	const struct hii_list *l = hii_find(c->fw, c->arg[1]);
	uint64_t at = PACKAGE_LIST_HEADER, room, n = 0, length;
	const char *language;
	struct bytes package;

	if (!guest_get_u64(c->fw, c->arg[3], &room))
		return EFI_INVALID_PARAMETER;
	if (!l)
		return EFI_NOT_FOUND;
	while (next_strings(l, &at, &package, &language)) {
		length = strlen(language);
		if (n + length + 1 <= room &&
		    (!guest_put(c->fw, c->arg[2] + n, language, length + 1) ||
		     (n && !guest_put(c->fw, c->arg[2] + n - 1, ";", 1))))
			return EFI_INVALID_PARAMETER;
		n += length + 1;
	}
	guest_put_u64(c->fw, c->arg[3], n);
	if (!n)
		return EFI_NOT_FOUND;
	return n > room ? EFI_BUFFER_TOO_SMALL : EFI_SUCCESS;
}

static const struct service services[] = {
	{ "NewString",
	  0,
	  NULL,
	  { ARG_THIS, ARG_HEX, ARG_OUT, ARG_ADDR, ARG_TEXT, ARG_TEXT, ARG_ADDR },
	  "Setup browsers; there is none." },
	{ "GetString",
	  1,
	  get_string,
	  { ARG_THIS, ARG_ADDR, ARG_HEX, ARG_U16, ARG_ADDR, ARG_INOUT, ARG_ADDR },
	  "The UEFI shell's messages." },
	{ "SetString",
	  2,
	  NULL,
	  { ARG_THIS, ARG_HEX, ARG_U16, ARG_ADDR, ARG_TEXT, ARG_ADDR },
	  "Setup browsers; there is none." },
	{ "GetLanguages", 3, get_languages, { ARG_THIS, ARG_HEX, ARG_ADDR, ARG_INOUT } },
	{ "GetSecondaryLanguages",
	  4,
	  NULL,
	  { ARG_THIS, ARG_HEX, ARG_ADDR, ARG_ADDR, ARG_INOUT },
	  "Nobody seen so far." },
};

static const struct service_group group_hii_string = {
	.name = "EFI_HII_STRING_PROTOCOL",
	.section = "34.3",
	.guid = &guid_hii_string,
	.n_slots = 5,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static int string_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = hii_handle(fw);

	return protocol_offer(fw, &handle, &group_hii_string, NULL, why);
}

const struct part part_hii_string = { .groups = { &group_hii_string }, .open = string_open };
