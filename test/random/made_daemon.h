/* SPDX-License-Identifier: MIT */
#pragma once
/* A process that publishes a page as bardo-generationd does, and nothing else of it. */
#include "generationd/page.h"
#include "random/detector.h"

#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

/* In that process: its page, live, and a byte into answer to say so. It ends where that fails. */
static inline struct published *made_daemon_live(const char *folder, uint64_t generation,
						 int answer)
{
	static const uint64_t identity[2] = { 1, 2 };
	struct published *page;
	char byte = 'l';

	if (page_open(folder, &page, NULL) < 0)
		_exit(1);
	page_duplicated(page, generation, identity, 0);
	if (page_live(page, GUARD_VMGENID, NULL) < 0 || write(answer, &byte, 1) != 1)
		_exit(1);
	return page;
}

/* Start one that leads this life; -1 when no byte says that it is live. */
static inline pid_t made_daemon_start(void (*life)(void), int answer)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0)
		life();
	return read(answer, &byte, 1) == 1 ? pid : -1;
}
