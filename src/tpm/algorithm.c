// SPDX-License-Identifier: MIT
#include "tpm/algorithm.h"
#include "base/util.h"

#include <stddef.h>

static const struct tpm_algorithm algorithms[] = {
	{ 0x0004, 20, "sha1", "sha1", "SHA1", 0x01 },
	{ 0x000b, 32, "sha256", "sha256", "SHA2-256", 0x02 },
	{ 0x000c, 48, "sha384", "sha384", "SHA2-384", 0x04 },
	{ 0x000d, 64, "sha512", "sha512", "SHA2-512", 0x08 },
	{ 0x0012, 32, "sm3_256", "sm3", "SM3", 0x10 },
	{ 0x0027, 32, "sha3_256", "sha3-256", "SHA3-256", 0 },
	{ 0x0028, 48, "sha3_384", "sha3-384", "SHA3-384", 0 },
	{ 0x0029, 64, "sha3_512", "sha3-512", "SHA3-512", 0 },
};

const struct tpm_algorithm *tpm_algorithm_at(unsigned i)
{
	return i < ARRAY_SIZE(algorithms) ? &algorithms[i] : NULL;
}

const struct tpm_algorithm *tpm_algorithm(uint16_t id)
{
	for (unsigned i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].id == id)
			return &algorithms[i];
	return NULL;
}
