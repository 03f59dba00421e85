// SPDX-License-Identifier: MIT
#include "trust/machine/machine.h"
#include "base/fd.h"
#include "base/memfd.h"
#include "host/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_CERTIFICATE_BYTES = 64 << 10 };

/* Those by which kexec_file_load(2) takes a kernel; .secondary_trusted_keys has the built-in ones.
 */
static const char *const keyrings[] = { ".secondary_trusted_keys", ".machine", ".platform" };

/* The name of the one that vouches, or NULL. */
static const char *who_vouches(const char *root, struct bytes certificate)
{
	for (unsigned i = 0; i < ARRAY_SIZE(keyrings); i++) {
		const int32_t serial = host_keyring_find(root, keyrings[i]);

		if (serial > 0 && host_keyring_vouches(serial, certificate) == 1)
			return keyrings[i];
	}
	return NULL;
}

/* It has the copy then, or the copy is freed. */
static bool add(struct machine_trust *trust, const char *keyring, struct bytes copy)
{
	struct trust_list *l = &trust->list[trust->n_lists];
	char *name;

	if (trust->n_lists == MACHINE_MOST_LISTS ||
	    asprintf(&name, "the kernel's keyring %s", keyring) < 0) {
		free((void *)copy.p);
		return false;
	}
	*l = (struct trust_list){ name, LIST_FILE, false, copy };
	trust->n_lists++;
	return true;
}

/*
 * What the kernel is asked about has to be what is believed then, and the file may be a mapping
 * that somebody writes to, or cuts: write(2) says so where we would be killed.
 */
static bool copy(struct bytes from, struct bytes *ret_copy)
{
	scoped_fd fd = memfd_open("certificate");
	uint8_t *p = malloc(from.n);

	if (fd < 0 || !p || write(fd, from.p, from.n) != (ssize_t)from.n ||
	    pread(fd, p, from.n, 0) != (ssize_t)from.n) {
		free(p);
		return false;
	}
	*ret_copy = (struct bytes){ p, from.n };
	return true;
}

/* One that holds, and that nobody knows: what is denied is asked about nowhere. */
static bool is_unknown(const struct verdict_signature *s)
{
	return s->of_this_file == ANSWER_YES && s->by_its_key == ANSWER_YES &&
	       s->allowed_by.source == VERDICT_NO_SOURCE &&
	       s->denied_by.source == VERDICT_NO_SOURCE;
}

/* Those in a signature that the kernel knows, itself or who signed them: how many more lists. */
static int ask_about(const char *root, struct bytes file, const struct verdict_signature *s,
		     struct machine_trust *trust)
{
	struct bytes certificate;
	const char *keyring;
	int n = 0;

	for (unsigned i = 0; i < VERDICT_CERTIFICATES; i++) {
		const struct verdict_place *place = &s->certificate[i];

		if (!place->n_bytes || place->n_bytes > MOST_CERTIFICATE_BYTES ||
		    !bytes_sub(file, place->at, place->n_bytes, &certificate) ||
		    !copy(certificate, &certificate))
			continue;
		keyring = who_vouches(root, certificate);
		if (!keyring)
			free((void *)certificate.p);
		else
			n += add(trust, keyring, certificate);
	}
	return n;
}

int machine_trust_ask_kernel(const char *root, struct bytes file, const struct verdict *verdict,
			     struct machine_trust *trust)
{
	int n = 0;

	if (verdict->allowed || verdict->denied_by.source != VERDICT_NO_SOURCE)
		return 0;
	for (unsigned i = 0; i < VERDICT_SIGNATURES; i++)
		if (is_unknown(&verdict->signature[i]))
			n += ask_about(root, file, &verdict->signature[i], trust);
	return n;
}
