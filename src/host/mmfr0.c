// SPDX-License-Identifier: MIT
/*
 * The kernel shows it to nobody, but has it in a table of its own, arm64_ftr_regs, whose entries
 * are a number and a pointer. Not every kernel has a symbol for that, so all that it never writes
 * to is looked through. What an entry leads to is what we take it for if it says of itself what the
 * kernel tells a process.
 *
 * Source: Linux, arch/arm64/kernel/cpufeature.c and arch/arm64/include/asm/cpufeature.h.
 */
#include "host/mmfr0.h"
#include "base/bytes.h"
#include "host/kcore.h"
#include "host/kernel_data.h"

#include <errno.h>
#include <stdlib.h>

enum {
	NUMBER = 0x180700, /* sys_reg(3, 0, 0, 7, 0) */
	ENTRY_BYTES = 16,
	ENTRY_REGISTER = 8,
	ENTRY_ALIGNMENT = 8,
	PIECE = 1 << 20,
	/* in struct arm64_ftr_reg */
	USER_MASK = 16,
	SYS_VAL = 24,
	USER_VAL = 32,
	REGISTER_BYTES = 40,
};

/* TGran16, of which 0 is none, and TGran64, of which 0 is some. */
#define GRANULES (UINT64_C(0xff) << 20)
#define ALL_GRANULES (UINT64_C(1) << 20)

static bool read_register(const struct kcore *k, uint64_t at, uint64_t told, uint64_t *ret_value)
{
	uint8_t reg[REGISTER_BYTES];
	const struct bytes b = { reg, sizeof(reg) };
	uint64_t mask, user;

	return kcore_read_virtual(k, at, reg, sizeof(reg)) && bytes_le64(b, USER_MASK, &mask) &&
	       bytes_le64(b, SYS_VAL, ret_value) && bytes_le64(b, USER_VAL, &user) &&
	       (user | (*ret_value & mask)) == told;
}

/* In a piece of the kernel. */
static uint64_t find_in(const struct kcore *k, struct bytes piece, uint64_t told)
{
	uint64_t at, value;

	for (uint64_t i = 0; i + ENTRY_BYTES <= piece.n; i += ENTRY_ALIGNMENT)
		if (bytes_le64(piece, i, &at) && at == NUMBER &&
		    bytes_le64(piece, i + ENTRY_REGISTER, &at) &&
		    read_register(k, at, told, &value))
			return value;
	return 0;
}

static int find(const char *root, const struct kcore *k, uint64_t told, uint64_t *ret,
		struct why *why)
{
	uint64_t start, end, n, value = 0;
	uint8_t *piece;

	/* with its text, what it never writes to */
	if (!kernel_part_find(root, "Kernel code", &start, &end))
		return why_set(why, -ENODATA, "/proc/iomem: no Kernel code in it");
	piece = malloc(PIECE);
	/* an entry may lie across the end of a piece */
	for (; piece && !value && start < end; start += PIECE - ENTRY_REGISTER) {
		n = min_u64(PIECE, end - start);
		if (kcore_read(k, start, piece, n))
			value = find_in(k, (struct bytes){ piece, n }, told);
	}
	free(piece);
	if (!value)
		return why_set(why, -ENODATA,
			       "/proc/kcore: no ID_AA64MMFR0_EL1 in what Linux never writes to");
	*ret = value;
	return 0;
}

int mmfr0_find(const char *root, uint64_t told, uint64_t *ret, struct why *why)
{
	struct kcore k;
	int r;

	if (kcore_open(root, &k, why) < 0)
		return -ENODATA;
	r = find(root, &k, told, ret, why);
	kcore_close(&k);
	return r;
}

int host_mmfr0(const char *root, uint64_t *ret, struct why *why)
{
	const uint64_t told = mmfr0_told();

	*ret = 0;
	return told ? mmfr0_find(root, told, ret, why) : 0;
}

uint64_t host_mmfr0_made_up(void)
{
	const uint64_t told = mmfr0_told();

	return told ? (told & ~GRANULES) | ALL_GRANULES : 0;
}
