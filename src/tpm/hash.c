// SPDX-License-Identifier: MIT
#include "tpm/hash.h"
#include "crypto/digest.h"

#include <errno.h>
#include <openssl/evp.h>

/* A part stays in the cache of a processor until each bank has it. */
enum { MOST = 16, SHA256 = 0x000b, PART_BYTES = 64 << 10 };

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

struct hasher {
	EVP_MD_CTX *context[TPM_MAX_BANKS];
	unsigned n;
};

static bool begin(struct hasher *h, const struct tpm_banks *banks)
{
	for (; h->n < banks->n; h->n++) {
		const EVP_MD *md = find(banks->bank[h->n].id);

		h->context[h->n] = md ? EVP_MD_CTX_new() : NULL;
		if (!h->context[h->n] || !EVP_DigestInit_ex2(h->context[h->n], md, NULL))
			return false;
	}
	return true;
}

static bool update(const struct hasher *h, const uint8_t *p, size_t n)
{
	for (unsigned b = 0; b < h->n; b++)
		if (!EVP_DigestUpdate(h->context[b], p, n))
			return false;
	return true;
}

static bool end(const struct hasher *h, tpm_digests ret_digests)
{
	for (unsigned b = 0; b < h->n; b++)
		if (!EVP_DigestFinal_ex(h->context[b], ret_digests[b], NULL))
			return false;
	return true;
}

bool tpm_hash_banks(const struct tpm_banks *banks, const struct bytes *piece, unsigned n,
		    bool (*stop)(void *context), void *context, tpm_digests ret_digests)
{
	struct hasher h = { .n = 0 };
	bool ok = begin(&h, banks);

	for (unsigned i = 0; i < n && ok; i++)
		for (size_t at = 0; at < piece[i].n && ok; at += PART_BYTES)
			ok = !(stop && stop(context)) &&
			     update(&h, piece[i].p + at, min_u64(PART_BYTES, piece[i].n - at));
	ok = ok && end(&h, ret_digests);
	for (unsigned b = 0; b < TPM_MAX_BANKS; b++)
		EVP_MD_CTX_free(h.context[b]);
	return ok;
}
