// SPDX-License-Identifier: MIT
/*
 * EFI_UNICODE_COLLATION_PROTOCOL (UEFI 2.10, 34.3.1), in both of its forms: the
 * old one names languages by three letters. English, so letters up to U+00FF.
 */
#include "base/text.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/end.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/install.h"
#include "firmware/core/memory.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/media/media.h"

#include <errno.h>
#include <string.h>

enum { MAX_TEXT = 1 << 16, MAX_PATTERN = 1 << 10, SLOT_LANGUAGES = 6, LANGUAGES_BYTES = 8 };

static uint16_t upper(uint16_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
		return c & (uint16_t)~0x20;
	return c;
}

static uint16_t lower(uint16_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
		return c | 0x20;
	return c;
}

/* A text of the image: *ret_n characters; false ends the run, since no answer says so. */
static bool text_arg(struct call *c, unsigned i, size_t max, const void **ret_text, size_t *ret_n)
{
	long n = guest_text(c->fw, c->arg[i], max, ret_text);

	if (n < 0)
		violation(c->fw,
			  "%s of a text that is not in RAM, or does not end soon enough (%#jx)",
			  c->service->name, (uintmax_t)c->arg[i]);
	*ret_n = (size_t)n;
	return n >= 0;
}

static efi_status_t stri_coll(struct call *c)
{
	const void *a, *b;
	size_t n, m;
	int d = 0;

	if (!text_arg(c, 1, MAX_TEXT, &a, &n) || !text_arg(c, 2, MAX_TEXT, &b, &m))
		return 0;
	for (size_t i = 0; d == 0 && i <= n && i <= m; i++)
		d = upper(text_char(a, i)) - upper(text_char(b, i));
	return (efi_status_t)(int64_t)d;
}

struct pattern {
	const void *text;
	size_t n;
};

/* One of [abc] or [a-c] at *inout_at, behind the bracket; moves behind the closing one. */
static bool in_set(const struct pattern *p, size_t *inout_at, uint16_t ch)
{
	size_t at = *inout_at;
	bool found = false;
	uint16_t from, to;

	while (at < p->n && text_char(p->text, at) != ']') {
		from = to = upper(text_char(p->text, at++));
		if (at + 1 < p->n && text_char(p->text, at) == '-' &&
		    text_char(p->text, at + 1) != ']') {
			to = upper(text_char(p->text, at + 1));
			at += 2;
		}
		found |= ch >= from && ch <= to;
	}
	*inout_at = at + 1;
	return found;
}

/*
 * Does the pattern match here? Goes back to the last star only, so it takes n * m steps at most;
 * MAX_PATTERN keeps that below a second.
 */
static bool matches(const void *text, size_t n, const struct pattern *p)
{
	size_t i = 0, at = 0, star = SIZE_MAX, star_i = 0, next;
	uint16_t c;
	bool ok;

	while (i < n || at < p->n) {
		c = at < p->n ? text_char(p->text, at) : 0;
		next = at + 1;
		if (at < p->n && c == '*') {
			star = at++;
			star_i = i;
			continue;
		}
		ok = at < p->n && i < n;
		if (ok && c == '[')
			ok = in_set(p, &next, upper(text_char(text, i)));
		else if (ok && c != '?')
			ok = upper(c) == upper(text_char(text, i));
		if (ok) {
			i++;
			at = next;
		} else if (star != SIZE_MAX && star_i < n) {
			i = ++star_i;
			at = star + 1;
		} else {
			return false;
		}
	}
	return true;
}

static efi_status_t metai_match(struct call *c)
{
	struct pattern p = { 0 };
	const void *text;
	size_t n;

	return text_arg(c, 1, MAX_TEXT, &text, &n) && text_arg(c, 2, MAX_PATTERN, &p.text, &p.n) &&
	       matches(text, n, &p);
}

static efi_status_t convert(struct call *c, uint16_t (*to)(uint16_t))
{
	const void *text;
	uint8_t *out;
	uint16_t u;
	size_t n;

	if (!text_arg(c, 1, MAX_TEXT, &text, &n))
		return 0;
	out = guest_write(c->fw, c->arg[1], 2 * n);
	if (n && !out)
		violation(c->fw, "%s of a text it may not change", c->service->name);
	for (size_t i = 0; out && i < n; i++) {
		u = to(text_char(text, i));
		memcpy(out + 2 * i, &u, 2);
	}
	return 0;
}

static efi_status_t str_lwr(struct call *c)
{
	return convert(c, lower);
}

static efi_status_t str_upr(struct call *c)
{
	return convert(c, upper);
}

/* A name of 8.3 characters, which ends at its 0 or its length. */
static efi_status_t fat_to_str(struct call *c)
{
	const uint8_t *fat = guest_read(c->fw, c->arg[2], c->arg[1]);
	uint64_t n = 0;
	uint8_t *out;

	while (fat && n < min_u64(c->arg[1], MAX_TEXT) && fat[n])
		n++;
	out = n < MAX_TEXT ? guest_write(c->fw, c->arg[3], 2 * (n + 1)) : NULL;
	if (!fat || !out) {
		violation(c->fw, "FatToStr of what is not in RAM");
		return 0;
	}
	for (uint64_t i = 0; i <= n; i++) {
		out[2 * i] = i < n ? fat[i] : 0;
		out[2 * i + 1] = 0;
	}
	return 0;
}

/* Short names as FAT allows them; true when something had to be replaced. */
static efi_status_t str_to_fat(struct call *c)
{
	uint8_t *out = guest_write(c->fw, c->arg[3], c->arg[2]);
	bool replaced = false;
	const void *text;
	uint64_t used = 0;
	uint16_t u;
	size_t n;

	if (!text_arg(c, 1, MAX_TEXT, &text, &n))
		return 0;
	if (!out) {
		violation(c->fw, "StrToFat into what is not in RAM");
		return 0;
	}
	for (size_t i = 0; i < n && used < c->arg[2]; i++) {
		u = upper(text_char(text, i));
		if (u == '.' || u == ' ')
			continue;
		if (u < 0x20 || u > 0x7e || strchr("\"*+,/:;<=>?[\\]|", u)) {
			u = '_';
			replaced = true;
		}
		out[used++] = (uint8_t)u;
	}
	if (used < c->arg[2])
		out[used] = 0;
	return replaced;
}

#define ROWS                                                                                       \
	{ "StriColl", 0, stri_coll, { ARG_THIS, ARG_TEXT, ARG_TEXT }, .result = RESULT_ADDR },     \
		{ "MetaiMatch",                                                                    \
		  1,                                                                               \
		  metai_match,                                                                     \
		  { ARG_THIS, ARG_TEXT, ARG_TEXT },                                                \
		  .result = RESULT_ADDR },                                                         \
		{ "StrLwr", 2, str_lwr, { ARG_THIS, ARG_TEXT }, .result = RESULT_VOID },           \
		{ "StrUpr", 3, str_upr, { ARG_THIS, ARG_TEXT }, .result = RESULT_VOID },           \
		{ "FatToStr",                                                                      \
		  4,                                                                               \
		  fat_to_str,                                                                      \
		  { ARG_THIS, ARG_SIZE, ARG_ADDR, ARG_ADDR },                                      \
		  .result = RESULT_VOID },                                                         \
	{                                                                                          \
		"StrToFat", 5, str_to_fat, { ARG_THIS, ARG_TEXT, ARG_SIZE, ARG_ADDR },             \
			.result = RESULT_ADDR                                                      \
	}

static const struct service services[] = { ROWS };
static const struct service services2[] = { ROWS };

static const struct service_group group_unicode_collation = {
	.name = "EFI_UNICODE_COLLATION_PROTOCOL (EFI 1.1)",
	.section = "34.3",
	.guid = &guid_unicode_collation,
	.n_slots = SLOT_LANGUAGES + 1,
	.service = services,
	.n = ARRAY_SIZE(services),
};

static const struct service_group group_unicode_collation2 = {
	.name = "EFI_UNICODE_COLLATION_PROTOCOL",
	.section = "34.3",
	.guid = &guid_unicode_collation2,
	.n_slots = SLOT_LANGUAGES + 1,
	.service = services2,
	.n = ARRAY_SIZE(services2),
};

/* The interface's last member names the language, in ASCII. */
static int offer(struct firmware *fw, efi_handle_t *handle, const struct service_group *group,
		 const char *language, struct why *why)
{
	int r = protocol_offer(fw, handle, group, NULL, why);
	efi_addr_t at;

	if (r < 0)
		return r;
	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, LANGUAGES_BYTES, &at) != EFI_SUCCESS)
		return why_errno(why, -ENOMEM, "%s", group->name);
	guest_put(fw, at, language, strlen(language) + 1);
	guest_put_u64(fw,
		      handle_protocol(handle_find(fw, *handle), group->guid)->interface +
			      8 * SLOT_LANGUAGES,
		      at);
	return 0;
}

static int unicode_collation_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;
	int r = offer(fw, &handle, &group_unicode_collation, "eng", why);

	return r < 0 ? r : offer(fw, &handle, &group_unicode_collation2, "en", why);
}

const struct part part_unicode_collation = {
	.groups = { &group_unicode_collation, &group_unicode_collation2 },
	.open = unicode_collation_open,
};
