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
	return s->of_this_file == ANSWER_YES && s->by_its_key == ANSWER_YES && s->signer_bytes &&
	       s->allowed_by.source == VERDICT_NO_SOURCE &&
	       s->denied_by.source == VERDICT_NO_SOURCE;
}

int machine_trust_ask_kernel(const char *root, struct bytes file, const struct verdict *verdict,
			     struct machine_trust *trust)
{
	struct bytes certificate;
	const char *keyring;

	if (verdict->allowed || verdict->denied_by.source != VERDICT_NO_SOURCE)
		return 0;
	for (unsigned i = 0; i < VERDICT_SIGNATURES; i++) {
		const struct verdict_signature *s = &verdict->signature[i];

		if (!is_unknown(s) || !bytes_sub(file, s->signer_at, s->signer_bytes, &certificate))
			continue;
		keyring = who_vouches(root, certificate);
		if (keyring)
			return add(trust, keyring, certificate);
	}
	return 0;
}
