// SPDX-License-Identifier: MIT
#include "trust/signature_list.h"

#include <errno.h>
#include <string.h>

enum {
	LIST_SIZE = 16,
	LIST_HEADER_SIZE = 20,
	LIST_ENTRY_SIZE = 24,
	LIST_BYTES = 28,
	OWNER_BYTES = 16,
	GUID_BYTES = 16,
	TIME_BYTES = 16, /* when a certificate was revoked, behind its digest */
};

/* As they lie in memory. */
static const struct type {
	uint8_t guid[GUID_BYTES];
	enum entry_kind kind;
	enum bank bank;
} types[] = {
	{ { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b,
	    0xf0, 0x72 },
	  ENTRY_CERTIFICATE },
	{ { 0x12, 0xa5, 0x6c, 0x82, 0x10, 0xcf, 0xc9, 0x4a, 0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66,
	    0x31, 0xbd },
	  ENTRY_IMAGE,
	  BANK_SHA1 },
	{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93,
	    0x43, 0x28 },
	  ENTRY_IMAGE,
	  BANK_SHA256 },
	{ { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70,
	    0x1e, 0x01 },
	  ENTRY_IMAGE,
	  BANK_SHA384 },
	{ { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89,
	    0xc1, 0x9a },
	  ENTRY_IMAGE,
	  BANK_SHA512 },
	{ { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1,
	    0x03, 0xed },
	  ENTRY_TBS,
	  BANK_SHA256 },
	{ { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6,
	    0x86, 0x5b },
	  ENTRY_TBS,
	  BANK_SHA384 },
	{ { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0,
	    0xfe, 0x9d },
	  ENTRY_TBS,
	  BANK_SHA512 },
};

static const struct type *type_of(struct bytes list)
{
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		if (list.n >= GUID_BYTES && !memcmp(list.p, types[i].guid, GUID_BYTES))
			return &types[i];
	return NULL;
}

bool signature_list_begins(struct bytes file)
{
	return file.n >= LIST_BYTES && type_of(file);
}

/* Bytes of an entry behind its owner; 0: as many as there are. */
static uint32_t data_bytes(const struct type *type)
{
	if (!type || type->kind == ENTRY_CERTIFICATE)
		return 0;
	return (uint32_t)bank_bytes(type->bank) + (type->kind == ENTRY_TBS ? TIME_BYTES : 0);
}

/* The list at the front of what is left, as its three sizes divide it. */
static int open_list(struct bytes rest, uint64_t at, struct bytes *ret_list,
		     struct bytes *ret_entries, uint32_t *ret_entry_bytes, struct why *why)
{
	uint32_t size, header, entry, wanted;
	struct bytes list;

	if (!bytes_le32(rest, LIST_SIZE, &size) || !bytes_le32(rest, LIST_HEADER_SIZE, &header) ||
	    !bytes_le32(rest, LIST_ENTRY_SIZE, &entry))
		return why_set(why, -EBADMSG, "signature list at 0x%jx: it ends in its header",
			       (uintmax_t)at);
	if (size < LIST_BYTES || header > size - LIST_BYTES || !bytes_sub(rest, 0, size, &list))
		return why_set(why, -EBADMSG,
			       "signature list at 0x%jx: its 0x%x bytes, of them a header of 0x%x, "
			       "do not fit the 0x%zx there are",
			       (uintmax_t)at, size, header, rest.n);
	if (!bytes_sub(list, LIST_BYTES + (uint64_t)header, size - LIST_BYTES - header,
		       ret_entries) ||
	    entry < OWNER_BYTES || ret_entries->n % entry)
		return why_set(
			why, -EBADMSG,
			"signature list at 0x%jx: entries of 0x%x bytes do not fill the 0x%x "
			"of the list",
			(uintmax_t)at, entry, size);
	wanted = data_bytes(type_of(list));
	if (wanted && entry != OWNER_BYTES + wanted)
		return why_set(why, -EBADMSG,
			       "signature list at 0x%jx: entries of 0x%x bytes, those of its type "
			       "have 0x%x",
			       (uintmax_t)at, entry, OWNER_BYTES + wanted);
	*ret_list = list;
	*ret_entry_bytes = entry;
	return 0;
}

static void fill(const struct type *type, struct bytes entry, struct signature_entry *ret)
{
	struct bytes data = { 0 };

	for (unsigned i = 0; i < OWNER_BYTES; i++)
		(void)bytes_u8(entry, i, &ret->owner[i]);
	(void)bytes_sub(entry, OWNER_BYTES, entry.n - OWNER_BYTES, &data);
	ret->kind = type ? type->kind : ENTRY_OTHER;
	ret->bank = type ? type->bank : BANK_SHA1;
	if (ret->kind == ENTRY_IMAGE || ret->kind == ENTRY_TBS)
		data.n = bank_bytes(ret->bank);
	ret->data = data;
}

int signature_list_next(struct bytes lists, struct signature_walk *inout_walk,
			struct signature_entry *ret_entry, struct why *why)
{
	struct bytes rest, list = { 0 }, entries = { 0 }, entry;
	uint32_t entry_bytes = 0;
	int r;

	while (bytes_sub(lists, inout_walk->at, lists.n - inout_walk->at, &rest) && rest.n) {
		r = open_list(rest, inout_walk->at, &list, &entries, &entry_bytes, why);
		if (r < 0)
			return r;
		if (bytes_sub(entries, (uint64_t)inout_walk->index * entry_bytes, entry_bytes,
			      &entry)) {
			fill(type_of(list), entry, ret_entry);
			ret_entry->list = inout_walk->list;
			ret_entry->index = inout_walk->index++;
			return 1;
		}
		inout_walk->at += list.n;
		inout_walk->list++;
		inout_walk->index = 0;
	}
	return 0;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits up to the end of the line or a blank, as many as some bank's digest has. */
static bool read_digest(struct bytes text, uint8_t digest[static MOST_DIGEST_BYTES],
			enum bank *ret_bank)
{
	size_t n = 0;

	while (n < text.n && digit(text.p[n]) >= 0)
		n++;
	if (n < text.n && !strchr(" :", text.p[n]))
		return false;
	for (unsigned i = 0; i < N_BANKS; i++) {
		if (n != 2 * bank_bytes(i))
			continue;
		for (size_t k = 0; k < n; k += 2)
			digest[k / 2] = (uint8_t)(digit(text.p[k]) << 4 | digit(text.p[k + 1]));
		*ret_bank = i;
		return true;
	}
	return false;
}

/* The rest of line behind text, wherever it stands in it. */
static bool behind(struct bytes line, const char *text, struct bytes *ret_rest)
{
	const size_t n = strlen(text);
	const uint8_t *found = line.n ? memmem(line.p, line.n, text, n) : NULL;
	uint64_t at = found ? (uint64_t)(found - line.p) + n : 0;

	return found && bytes_sub(line, at, line.n - at, ret_rest);
}

int kernel_keys_next(struct bytes keys, size_t *inout_at, uint8_t digest[static MOST_DIGEST_BYTES],
		     struct signature_entry *ret_entry)
{
	struct bytes line, rest;
	const uint8_t *end;
	bool tbs;

	while (bytes_sub(keys, *inout_at, keys.n - *inout_at, &line) && line.n) {
		end = memchr(line.p, '\n', line.n);
		line.n = end ? (size_t)(end - line.p) : line.n;
		*inout_at += line.n + (end ? 1 : 0);
		tbs = behind(line, " blacklist tbs:", &rest);
		if (!tbs && !behind(line, " blacklist bin:", &rest))
			continue;
		if (!read_digest(rest, digest, &ret_entry->bank))
			continue;
		ret_entry->kind = tbs ? ENTRY_TBS : ENTRY_IMAGE;
		ret_entry->data = (struct bytes){ digest, bank_bytes(ret_entry->bank) };
		return 1;
	}
	return 0;
}
