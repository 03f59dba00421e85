// SPDX-License-Identifier: MIT
#include "trust/indirect_data.h"

#include <string.h>

/* 1.3.6.1.4.1.311.2.1.15, SPC_PE_IMAGE_DATAOBJ */
static const uint8_t pe_image_data[] = {
	0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0f
};

/* 2.16.840.1.101.3.4.2.n; of SHA-1 a signature cannot be had that is worth something */
static const uint8_t sha2[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };

static bool is(struct bytes b, const uint8_t *wanted, size_t n)
{
	return b.n == n && !memcmp(b.p, wanted, n);
}

static bool bank_of(struct bytes object, enum bank *ret_bank)
{
	struct bytes arc;

	if (object.n != sizeof(sha2) + 1 || memcmp(object.p, sha2, sizeof(sha2)) != 0 ||
	    !bytes_sub(object, sizeof(sha2), 1, &arc) || arc.p[0] < 1 || arc.p[0] > 3)
		return false;
	*ret_bank = BANK_SHA256 + (arc.p[0] - 1);
	return true;
}

/* DigestInfo; the parameters are NULL or left out. */
static bool read_digest(struct bytes info, struct indirect_data *ret, const char **ret_problem)
{
	struct bytes algorithm, object, nothing, digest;

	*ret_problem = "its digest of the image is not encoded as the format says";
	if (!der_take(&info, DER_SEQUENCE, &algorithm) ||
	    !der_take(&info, DER_OCTET_STRING, &digest) || info.n ||
	    !der_take(&algorithm, DER_OBJECT, &object))
		return false;
	if (algorithm.n && (!der_take(&algorithm, DER_NULL, &nothing) || nothing.n || algorithm.n))
		return false;
	if (!bank_of(object, &ret->bank)) {
		*ret_problem = "its digest of the image is none of SHA-256, SHA-384, SHA-512";
		return false;
	}
	if (digest.n != bank_bytes(ret->bank))
		return false;
	ret->digest = digest;
	return true;
}

bool indirect_data_read(struct bytes sequence, struct indirect_data *ret, struct bytes *ret_signed,
			const char **ret_problem)
{
	struct bytes content, rest, data, type, info;
	struct indirect_data found;

	*ret_problem = "its content is not that of an image's signature";
	if (!der_take(&sequence, DER_SEQUENCE, &content) || sequence.n)
		return false;
	rest = content;
	/* what kind of file, with details that nobody looks at; then the digest */
	if (!der_take(&rest, DER_SEQUENCE, &data) || !der_take(&data, DER_OBJECT, &type) ||
	    !is(type, pe_image_data, sizeof(pe_image_data)) ||
	    !der_take(&rest, DER_SEQUENCE, &info) || rest.n)
		return false;
	if (!read_digest(info, &found, ret_problem))
		return false;
	*ret = found;
	*ret_signed = content;
	*ret_problem = NULL;
	return true;
}
