// SPDX-License-Identifier: MIT
/*
 * Hooks of the VM tests, by words in the environment. They print secrets and spoil what
 * is staged: no program that anybody installs has them.
 */
#include "guest/purgatory_abi.h"
#include "tool/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool asked_for(const char *variable, const char *word)
{
	const char *text = getenv(variable);

	return text && strstr(text, word);
}

static unsigned number(const char *variable)
{
	const char *text = getenv(variable);

	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static bool seed(const char *word)
{
	return asked_for("BARDO_TEST_SEED", word);
}

/* In digits: the bytes themselves must not get into more memory. */
static void tell(const char *what, const void *secret, size_t n)
{
	const uint8_t *byte = secret;

	printf("@secret %s ", what);
	for (size_t i = 0; i < n; i++)
		printf("%02x", byte[i]);
	putchar('\n');
}

static void told_random(void *buf, size_t n)
{
	tool_random(buf, n);
	tell("rng", buf, n);
}

void hooks_set(struct boot_request *request)
{
	if (seed("secrets"))
		request->caller.random = told_random;
	request->hooks = (struct boot_hooks){
		.framebuffer_root = getenv("BARDO_TEST_FRAMEBUFFER"),
		.trust_root = getenv("BARDO_TEST_TRUST"),
		.tell = seed("secrets") ? tell : NULL,
		.seed_flags = (seed("show") ? PURGATORY_SEED_SHOW : 0) |
			      (seed("all") ? PURGATORY_SEED_SHOW_ALL : 0) |
			      (seed("notime") ? PURGATORY_SEED_NO_TIME : 0) |
			      (seed("nogen") ? PURGATORY_SEED_NO_GENERATION : 0),
		.left_out = number("BARDO_TEST_LEFT_OUT"),
		.flip = asked_for("BARDO_TEST_FLIP", "purgatory") ? FLIP_PURGATORY
			: asked_for("BARDO_TEST_FLIP", "")	  ? FLIP_IMAGE
								  : FLIP_NONE,
	};
}
