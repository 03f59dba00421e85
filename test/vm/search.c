// SPDX-License-Identifier: MIT
/*
 * search FILE HEX...: prints those of the strings of 8 bytes that are in FILE, at whatever
 * offset. A machine's memory is searched for hundreds of them at once.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAX_STRINGS = 4096 };

static uint64_t string[MAX_STRINGS];
static bool found[MAX_STRINGS], begins[1 << 16];

/* Eight bytes as they lie in memory. */
static bool parse(const char *hex, uint64_t *ret)
{
	uint8_t byte[8];
	unsigned v, i;

	for (i = 0; i < 8; i++) {
		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			return false;
		byte[i] = (uint8_t)v;
	}
	memcpy(ret, byte, sizeof(byte));
	return hex[16] == '\0';
}

static void search(const uint8_t *p, size_t n_bytes, int n)
{
	uint64_t here;
	size_t at;

	for (at = 0; at + 8 <= n_bytes; at++) {
		memcpy(&here, p + at, sizeof(here));
		for (int i = 0; begins[here & 0xffff] && i < n; i++)
			found[i] |= string[i] == here;
	}
}

int main(int argc, char **argv)
{
	const int n = argc - 2, fd = n > 0 && n <= MAX_STRINGS ? open(argv[1], O_RDONLY) : -1;
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 2;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return 2;
	for (int i = 0; i < n; i++) {
		if (!parse(argv[2 + i], &string[i]))
			return 2;
		begins[string[i] & 0xffff] = true;
	}
	search(p, (size_t)st.st_size, n);
	for (int i = 0; i < n; i++)
		if (found[i])
			puts(argv[2 + i]);
	return 0;
}
