// SPDX-License-Identifier: MIT
#include "random/generation.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "random/vmclock.h"
#include "random/vmgenid.h"

enum { IOMEM_BYTES_MOST = 1 << 20 };

/* ACPI names of the device; the kernel lists its page under them, with or without a driver */
static bool names_vmclock(const char *line, size_t n)
{
	return memmem(line, n, " : AMZNC10C:", 12) || memmem(line, n, " : VMCLOCK:", 11);
}

uint64_t generation_vmclock_in(const char *iomem)
{
	const char *line, *end;
	uint64_t at;

	for (line = iomem; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (names_vmclock(line, (size_t)(end - line)) &&
		    sscanf(line, " %" SCNx64 "-", &at) == 1)
			return at % PAGE_BYTES ? 0 : at;
	}
	return 0;
}

static uint64_t find_vmclock(void)
{
	scoped_fd fd = open("/proc/iomem", O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : calloc(1, IOMEM_BYTES_MOST);
	uint64_t at = 0;
	size_t n = 0;
	ssize_t got;

	if (!text)
		return 0;
	while (n < IOMEM_BYTES_MOST - 1 && (got = read(fd, text + n, IOMEM_BYTES_MOST - 1 - n)) > 0)
		n += (size_t)got;
	at = generation_vmclock_in(text);
	free(text);
	return at;
}

static size_t print_vmgenid(char *text, size_t room)
{
	const volatile uint64_t *id;
	uint64_t word[2];
	uint8_t byte[16];
	struct why why;
	unsigned i;

	if (vmgenid_map(&id, &why) < 0)
		return 0;
	word[0] = id[0];
	word[1] = id[1];
	vmgenid_unmap(id);
	memcpy(byte, word, sizeof(byte));
	snprintf(text, room, "vmgenid:");
	for (i = 0; i < sizeof(byte); i++)
		snprintf(text + 8 + 2 * i, room - 8 - 2 * i, "%02x", byte[i]);
	return strlen(text);
}

static void print_vmclock(char *text, size_t room, bool follows)
{
	scoped_fd fd = vmclock_open(false);
	struct vmclock clock;
	struct why why;

	if (fd < 0 || vmclock_map(fd, &clock, &why) < 0)
		return;
	snprintf(text, room, "%svmclock:%" PRIu64, follows ? "," : "", *clock.count);
}

void generation_read(struct generation *ret_generation)
{
	struct generation g = { .vmclock = find_vmclock() };
	struct why why;
	size_t n;

	if (vmgenid_find(&g.vmgenid, &why) < 0)
		g.vmgenid = 0;
	n = print_vmgenid(g.text, sizeof(g.text));
	print_vmclock(g.text + n, sizeof(g.text) - n, n > 0);
	*ret_generation = g;
}

/* A part is a name, ':' and a value. */
static size_t part_bytes(const char *part)
{
	return strcspn(part, ",");
}

static const char *next_part(const char *part)
{
	part += part_bytes(part);
	return *part ? part + 1 : part;
}

/* The part with the same name as this one, or NULL. */
static const char *find_part(const char *text, const char *like)
{
	const size_t n_name = strcspn(like, ":");

	for (; *text; text = next_part(text))
		if (strcspn(text, ":") == n_name && !strncmp(text, like, n_name))
			return text;
	return NULL;
}

enum generation_match generation_compare(const char *a, const char *b)
{
	enum generation_match match = GENERATION_UNKNOWN;
	const char *other;

	for (; *a; a = next_part(a)) {
		other = find_part(b, a);
		if (!other)
			continue;
		if (part_bytes(a) != part_bytes(other) || strncmp(a, other, part_bytes(a)) != 0)
			return GENERATION_OTHER;
		match = GENERATION_SAME;
	}
	return match;
}
