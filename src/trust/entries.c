// SPDX-License-Identifier: MIT
#include "trust/entries.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 1 << 16, MOST_CERTIFICATES = 1 << 12 };

static int add(struct entries *all, const struct entry *entry, struct why *why)
{
	struct entry *more;

	if (all->n == MOST_ENTRIES)
		return why_set(why, -E2BIG, "more than %d entries", MOST_ENTRIES);
	/* twice the room whenever their number is a power of two */
	if ((all->n & (all->n - 1)) == 0) {
		more = reallocarray(all->entry, all->n ? 2 * all->n : 1, sizeof(*more));
		if (!more)
			return why_errno(why, -ENOMEM, "%u entries", all->n);
		all->entry = more;
	}
	all->entry[all->n++] = *entry;
	return 0;
}

/*
 * One that cannot be read allows nothing. Where it was to deny, nobody can tell what, so nothing
 * that is asked for here is known to be allowed.
 */
static int add_certificate(struct entries *all, struct entry *entry, X509 *certificate,
			   struct why *why)
{
	int r;

	if (!certificate && entry->denies)
		return why_set(why, -EBADMSG, "signature list %u, entry %u: no certificate",
			       entry->at.list, entry->at.index);
	if (!certificate)
		return 0;
	entry->certificate = certificate;
	entry->at.kind = ENTRY_CERTIFICATE;
	certificate_subject(certificate, entry->at.subject);
	/* each takes much more memory than a digest */
	r = all->n_certificates == MOST_CERTIFICATES
		    ? why_set(why, -E2BIG, "more than %d certificates", MOST_CERTIFICATES)
		    : add(all, entry, why);
	if (r < 0)
		X509_free(certificate);
	else
		all->n_certificates++;
	return r;
}

static int add_found(const struct crypto *crypto, struct entries *all, struct entry *entry,
		     const struct signature_entry *found, struct why *why)
{
	entry->at.kind = found->kind;
	entry->at.list = found->list;
	entry->at.index = found->index;
	memcpy(entry->at.owner, found->owner, sizeof(found->owner));
	if (found->kind == ENTRY_CERTIFICATE)
		return add_certificate(all, entry, certificate_read(crypto, found->data), why);
	if (found->kind == ENTRY_OTHER)
		return 0;
	entry->at.bank = found->bank;
	memcpy(entry->digest, found->data.p, found->data.n);
	return add(all, entry, why);
}

static int add_lists(const struct crypto *crypto, const struct entry *like, struct bytes lists,
		     struct entries *all, struct why *why)
{
	struct signature_walk walk = { 0 };
	struct signature_entry found;
	int r;

	while ((r = signature_list_next(lists, &walk, &found, why)) > 0) {
		struct entry entry = *like;

		r = add_found(crypto, all, &entry, &found, why);
		if (r < 0)
			return r;
	}
	return r;
}

static int add_keys(const struct crypto *crypto, const struct entry *like, struct bytes keys,
		    struct entries *all, struct why *why)
{
	uint8_t digest[MOST_DIGEST_BYTES];
	struct signature_entry found = { 0 };
	size_t at = 0;

	for (uint32_t i = 0; kernel_keys_next(keys, &at, digest, &found); i++) {
		struct entry entry = *like;
		int r;

		found.index = i;
		r = add_found(crypto, all, &entry, &found, why);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The next one of a file of several: NULL in *ret when it cannot be read. 1, 0 at the end. */
static int next_pem(const struct crypto *crypto, BIO *bio, X509 **ret, struct why *why)
{
	X509 *certificate = X509_new_ex(crypto->library, NULL);
	int r = 1;

	if (!certificate)
		return why_errno(why, -ENOMEM, "certificate");
	if (!PEM_read_bio_X509(bio, &certificate, NULL, NULL)) {
		X509_free(certificate);
		certificate = NULL;
		r = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
	}
	ERR_clear_error();
	*ret = certificate;
	return r;
}

static int add_pem(const struct crypto *crypto, const struct entry *like, struct bytes file,
		   struct entries *all, struct why *why)
{
	BIO *bio = file.n <= INT_MAX ? BIO_new_mem_buf(file.p, (int)file.n) : NULL;
	X509 *certificate = NULL;
	bool any = false;
	uint32_t i = 0;
	int r;

	if (!bio)
		return why_errno(why, -ENOMEM, "certificates");
	while ((r = next_pem(crypto, bio, &certificate, why)) > 0) {
		struct entry entry = *like;

		any |= certificate != NULL;
		entry.at.index = i++;
		r = add_certificate(all, &entry, certificate, why);
		if (r < 0)
			break;
	}
	BIO_free(bio);
	return r == 0 && !any ? why_set(why, -EBADMSG, "holds no certificate") : r;
}

static bool is_pem(struct bytes file)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";

	return file.n && memmem(file.p, file.n, begin, sizeof(begin) - 1);
}

/* A variable as efivarfs shows it has its attributes in front. */
static struct bytes without_attributes(struct bytes file)
{
	struct bytes rest;

	return !signature_list_begins(file) && bytes_sub(file, 4, file.n - 4, &rest) &&
			       signature_list_begins(rest)
		       ? rest
		       : file;
}

static int add_file(const struct crypto *crypto, const struct entry *like, struct bytes file,
		    struct entries *all, struct why *why)
{
	const struct bytes lists = file.n >= 4 ? without_attributes(file) : file;
	struct entry entry = *like;
	X509 *certificate;

	if (file.n == 0)
		return 0;
	if (signature_list_begins(lists))
		return add_lists(crypto, like, lists, all, why);
	if (is_pem(file))
		return add_pem(crypto, like, file, all, why);
	certificate = certificate_read(crypto, file);
	if (!certificate)
		return why_set(why, -EBADMSG,
			       "is neither EFI signature lists nor a certificate (DER or PEM)");
	return add_certificate(all, &entry, certificate, why);
}

int entries_read(const struct crypto *crypto, const struct trust_list *lists, unsigned n_lists,
		 struct entries *ret, struct why *why)
{
	struct entries all = { 0 };
	struct why inner = { "" };
	int r = 0;

	for (unsigned i = 0; i < n_lists && r == 0; i++) {
		const struct entry like = { .at.source = i, .denies = lists[i].denies };

		switch (lists[i].form) {
		case LIST_VARIABLE:
			r = add_lists(crypto, &like, lists[i].data, &all, &inner);
			break;
		case LIST_FILE:
			r = add_file(crypto, &like, lists[i].data, &all, &inner);
			break;
		case LIST_KEYS:
			r = add_keys(crypto, &like, lists[i].data, &all, &inner);
			break;
		}
		if (r < 0)
			why_set(why, r, "%s: %s", lists[i].name, inner.text);
	}
	if (r < 0)
		entries_free(&all);
	else
		*ret = all;
	return r;
}

void entries_free(struct entries *entries)
{
	for (unsigned i = 0; i < entries->n; i++)
		X509_free(entries->entry[i].certificate);
	free(entries->entry);
	*entries = (struct entries){ 0 };
}

const struct entry *entries_find(const struct entries *entries, bool denies, enum entry_kind kind,
				 enum bank bank, const uint8_t *digest)
{
	for (unsigned i = 0; i < entries->n; i++) {
		const struct entry *e = &entries->entry[i];

		if (e->denies == denies && e->at.kind == (uint32_t)kind &&
		    e->at.bank == (uint32_t)bank && !memcmp(e->digest, digest, bank_bytes(bank)))
			return e;
	}
	return NULL;
}

bool entries_have(const struct entries *entries, enum entry_kind kind, enum bank bank)
{
	for (unsigned i = 0; i < entries->n; i++)
		if (entries->entry[i].at.kind == (uint32_t)kind &&
		    entries->entry[i].at.bank == (uint32_t)bank)
			return true;
	return false;
}
