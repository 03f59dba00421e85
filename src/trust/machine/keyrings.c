// SPDX-License-Identifier: MIT
#include "trust/machine/machine.h"
#include "host/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool add(struct machine_trust *trust, const char *keyring, struct bytes certificate)
{
	struct trust_list *l = &trust->list[trust->n_lists];
	uint8_t *copy;
	char *name;

	if (trust->n_lists == MACHINE_MOST_LISTS)
		return false;
	copy = malloc(certificate.n);
	if (!copy || asprintf(&name, "the kernel's keyring %s", keyring) < 0) {
		free(copy);
		return false;
	}
	memcpy(copy, certificate.p, certificate.n);
	*l = (struct trust_list){ name, LIST_FILE, false, { copy, certificate.n } };
	trust->n_lists++;
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

		if (!place->n_bytes || !bytes_sub(file, place->at, place->n_bytes, &certificate))
			continue;
		keyring = who_vouches(root, certificate);
		if (keyring && add(trust, keyring, certificate))
			n++;
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
