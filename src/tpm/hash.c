// SPDX-License-Identifier: MIT
#include "tpm/hash.h"
#include "crypto/digest.h"

#include <errno.h>
#include <openssl/evp.h>

enum { MOST = 16, SHA256 = 0x000b };

/* by the numbers of tpm_algorithm_at(); as long as the program */
static EVP_MD *fetched[MOST];

int tpm_hash_prepare(void)
{
	const struct tpm_algorithm *a;

	for (unsigned i = 0; i < MOST && (a = tpm_algorithm_at(i)); i++)
		if (!fetched[i])
			fetched[i] = EVP_MD_fetch(NULL, a->openssl, NULL);
	return tpm_hash_has(SHA256) ? 0 : -ENOSYS;
}

static const EVP_MD *find(uint16_t id)
{
	const struct tpm_algorithm *a;

	for (unsigned i = 0; i < MOST && (a = tpm_algorithm_at(i)); i++)
		if (a->id == id)
			return fetched[i];
	return NULL;
}

bool tpm_hash_has(uint16_t id)
{
	return find(id) != NULL;
}

bool tpm_hash(uint16_t id, const struct bytes *piece, unsigned n,
	      uint8_t ret_digest[static TPM_MAX_DIGEST])
{
	const EVP_MD *md = find(id);

	return md && digest_pieces(md, piece, n, ret_digest);
}
