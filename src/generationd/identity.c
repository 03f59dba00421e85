// SPDX-License-Identifier: MIT
#include "generationd/identity.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "random/cpu.h"
#include "random/detector.h"
#include "random/self.h"

enum {
	KEY_WORDS = 4,
	/* the kernel reseeds at least this often; where its reseeds cannot be seen */
	KERNEL_RESEED_MS = 61000,
};

void identity_forget(struct identity *id)
{
	id->held = false;
	id->began_ms = coarse_ms();
	id->sees = probe_take(&id->probe);
}

static bool reseeded(const struct identity *id)
{
	return id->sees ? probe_changed(&id->probe) : coarse_ms() - id->began_ms > KERNEL_RESEED_MS;
}

int identity_make(const struct identity *id, uint64_t ret_identity[2], uint64_t *ret_generation)
{
	uint64_t key[KEY_WORDS] = { 0 }, own[2] = { 0 };
	/* what makes us differ goes in itself: the processor may not answer a second time */
	const bool differs =
		detector_identity(own) || cpu_random(own, 2) || id->held || reseeded(id);
	int r = differs ? seed_make((uint8_t *)key, GRND_NONBLOCK) : -EAGAIN;

	if (r < 0)
		return r;
	if (!detector_identity(ret_identity)) {
		ret_identity[0] = key[0] ^ own[0];
		ret_identity[1] = key[1] ^ own[1];
	}
	*ret_generation = key[2] ?: 1;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(own, sizeof(own));
	return 0;
}
