// SPDX-License-Identifier: MIT
#include "host/kcore.h"
#include "base/bytes.h"
#include "base/fd.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCE "/proc/kcore"

static int read_all(int fd, void *to, size_t n, uint64_t at)
{
	const ssize_t got = pread(fd, to, n, (off_t)at);

	if (got < 0)
		return -errno;
	return (size_t)got == n ? 0 : -EBADMSG;
}

static bool is_core(const Elf64_Ehdr *h)
{
	return !memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_ident[EI_CLASS] == ELFCLASS64 &&
	       h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_type == ET_CORE && h->e_phnum &&
	       h->e_phnum != PN_XNUM && h->e_phentsize == sizeof(Elf64_Phdr) &&
	       h->e_phoff <= INT64_MAX - (uint64_t)h->e_phnum * sizeof(Elf64_Phdr);
}

static bool is_memory(const Elf64_Phdr *h)
{
	return h->p_type == PT_LOAD && h->p_memsz && h->p_memsz <= INT64_MAX &&
	       h->p_offset <= INT64_MAX - h->p_memsz;
}

/* What is mapped there by no physical address has one that the rest does not fit behind. */
static uint64_t physical(const Elf64_Phdr *h)
{
	return h->p_paddr <= INT64_MAX - h->p_memsz ? h->p_paddr : KCORE_NOWHERE;
}

static int read_segments(struct kcore *k)
{
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	int r = read_all(k->fd, &head, sizeof(head), 0);

	if (r == 0 && !is_core(&head))
		r = -EBADMSG;
	if (r < 0)
		return r;
	k->segment = calloc(head.e_phnum, sizeof(*k->segment));
	if (!k->segment)
		return -ENOMEM;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		r = read_all(k->fd, &segment, sizeof(segment), head.e_phoff + i * sizeof(segment));
		if (r < 0)
			return r;
		if (is_memory(&segment))
			k->segment[k->n++] =
				(struct kcore_segment){ physical(&segment), segment.p_vaddr,
							segment.p_memsz, segment.p_offset };
	}
	return 0;
}

int kcore_open(const char *root, struct kcore *ret_kcore, struct why *why)
{
	struct kcore k = { .fd = -1 };
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s" SOURCE, root) >= (int)sizeof(path))
		return why_errno(why, -ENAMETOOLONG, SOURCE);
	k.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k.fd < 0)
		return why_errno(why, -errno, SOURCE);
	r = read_segments(&k);
	if (r < 0) {
		kcore_close(&k);
		return r == -EBADMSG ? why_set(why, r, SOURCE ": no ELF core file of 64 bits")
				     : why_errno(why, r, SOURCE);
	}
	*ret_kcore = k;
	return 0;
}

static bool holds(const struct kcore_segment *s, uint64_t start, uint64_t addr, size_t n_bytes)
{
	return addr >= start && addr - start < s->n_bytes && n_bytes <= s->n_bytes - (addr - start);
}

bool kcore_read(const struct kcore *k, uint64_t addr, void *to, size_t n_bytes)
{
	for (unsigned i = 0; i < k->n; i++) {
		const struct kcore_segment *s = &k->segment[i];

		if (s->addr != KCORE_NOWHERE && holds(s, s->addr, addr, n_bytes))
			return read_all(k->fd, to, n_bytes, s->offset + (addr - s->addr)) == 0;
	}
	return false;
}

bool kcore_read_virtual(const struct kcore *k, uint64_t addr, void *to, size_t n_bytes)
{
	for (unsigned i = 0; i < k->n; i++) {
		const struct kcore_segment *s = &k->segment[i];

		if (holds(s, s->virtual_address, addr, n_bytes))
			return read_all(k->fd, to, n_bytes,
					s->offset + (addr - s->virtual_address)) == 0;
	}
	return false;
}

bool kcore_to_physical(const struct kcore *k, uint64_t addr, uint64_t *ret_difference)
{
	const struct kcore_segment *best = NULL;

	for (unsigned i = 0; i < k->n; i++) {
		const struct kcore_segment *s = &k->segment[i];

		if (s->addr != KCORE_NOWHERE && holds(s, s->addr, addr, 1) &&
		    (!best || s->n_bytes > best->n_bytes))
			best = s;
	}
	if (best)
		*ret_difference = best->addr - best->virtual_address;
	return best;
}

void kcore_close(struct kcore *k)
{
	free(k->segment);
	if (k->fd >= 0)
		close(k->fd);
	*k = (struct kcore){ .fd = -1 };
}
