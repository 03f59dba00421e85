// SPDX-License-Identifier: MIT
#include "machine/ram.h"
#include "tap.h"
#include "unit/locked.h"
#include "unit/ram_used.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { P = PAGE_BYTES };

static const struct ram_range ranges[] = {
	{ 0x10000, 0x20000 },
	{ 0x40000, 0x41000 },
	{ 0x100000000, 0x100010000 },
};

static bool run_is(const struct ram *ram, uint64_t start, uint64_t end, uint64_t from, uint64_t to)
{
	struct ram_range run = { 1, 1 };

	return ram_data(ram, start, end, &run) && run.start == from && run.end == to;
}

static bool is_hole(const struct ram *ram, uint64_t start, uint64_t end)
{
	struct ram_range run = { 1, 1 };

	return !ram_data(ram, start, end, &run) && run.start == 1;
}

static void test_data(const struct ram *ram)
{
	check(ram_used(ram) == 0);
	check(is_hole(ram, 0x10000, 0x20000));
	memset(ram->host + 0x12000, 1, 2 * P);
	memset(ram->host + 0x17fff, 1, 1);
	memset(ram->host + 0x40000, 1, 1);
	memset(ram->host + 0x10000f000, 1, P);
	check(ram_used(ram) == 5 * P);
	check(run_is(ram, 0x10000, 0x20000, 0x12000, 0x14000));
	check(run_is(ram, 0x13000, 0x20000, 0x13000, 0x14000)); /* from its middle on */
	check(run_is(ram, 0x12000, 0x13000, 0x12000, 0x13000));
	check(run_is(ram, 0x14000, 0x20000, 0x17000, 0x18000));
	check(is_hole(ram, 0x14000, 0x17000));
	/* over what is no range too */
	check(run_is(ram, 0x18000, ram->n_bytes, 0x40000, 0x41000));
	check(run_is(ram, 0x41000, ram->n_bytes, 0x10000f000, 0x100010000));
	check(is_hole(ram, 0x12000, 0x12000) && is_hole(ram, 0x13000, 0x12000));
	check(is_hole(ram, ram->n_bytes, ram->n_bytes + P));
}

static void test_discard(const struct ram *ram)
{
	ram_discard(ram, 0x12000, 0x13000);
	check(ram->host[0x12000] == 0 && ram->host[0x12fff] == 0 && ram->host[0x13000] == 1);
	ram_discard(ram, 0x10000, 0x20000);
	check(is_hole(ram, 0x10000, 0x20000));
	check(ram_used(ram) == 2 * P && ram->host[0x40000] == 1);
	ram_discard(ram, 0x10000f000, 0x100010000);
	check(ram->host[0x10000f000] == 0);
	check(ram->n_bytes == 0x100010000);
}

/* What is there is zeros then, and what is not there stays so. */
static void test_wipe(const struct ram *ram)
{
	const uint64_t used = ram_used(ram) + 17 * P;

	memset(ram->host + 0x10000, 1, 0x10000);
	memset(ram->host + 0x40fff, 1, 1);
	memset(ram->host + 0x100001000, 1, P);
	ram_wipe_all(ram);
	check(ram->host[0x10000] == 0 && !memcmp(ram->host + 0x10000, ram->host + 0x10001, 0xffff));
	check(ram->host[0x40000] == 0 && ram->host[0x40fff] == 0);
	check(ram->host[0x100001000] == 0 && ram->host[0x100001fff] == 0);
	check(ram_used(ram) == used);
}

/* The kernel says whether so much may be locked here. */
static bool may_lock(size_t n)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool may;

	setrlimit(RLIMIT_MEMLOCK, &none);
	require(p != MAP_FAILED);
	may = mlock2(p, n, MLOCK_ONFAULT) == 0;
	munmap(p, n);
	return may;
}

/* Pages that somebody else has touched are locked too when we take them over. */
static void test_lock(void)
{
	static const struct ram_range big[] = { { 0x100000, 0x10000000 },
						{ 0x20000000, 0x20001000 } };
	struct ram other, ram;
	struct why why;
	unsigned char there = 0;

	require(ram_open(big, 2, &ram, &why) == 0);
	check(locked_bytes(getpid()) == 0);
	ram_lock(&ram);
	check(ram.locked == may_lock(0xff00000 + P));
	if (!ram.locked) {
		ram_close(&ram);
		return;
	}
	check(locked_bytes(getpid()) == 0xff00000 + P);
	check(ram_used(&ram) == 0);
	other = ram;
	other.host = mmap(NULL, big[0].end, PROT_READ | PROT_WRITE, MAP_SHARED, ram.fd, 0);
	require(other.host != MAP_FAILED);
	other.host[0x200000] = 1;
	munmap(other.host, big[0].end);
	ram_lock_data(&ram);
	check(mincore(ram.host + 0x200000, P, &there) == 0 && there & 1);
	check(ram_used(&ram) == P && ram.host[0x200000] == 1);
	ram_discard(&ram, 0x200000, 0x201000);
	check(ram_used(&ram) == 0);
	ram_close(&ram);
	check(locked_bytes(getpid()) == 0);
}

int main(void)
{
	struct why why = { "" };
	struct ram ram;

	require(ram_open(ranges, 3, &ram, &why) == 0);
	check(ram.n_bytes == 0x100010000 && ram.n_ranges == 3);
	test_data(&ram);
	test_discard(&ram);
	test_wipe(&ram);
	/* who has the descriptor too can take no page away below our feet */
	check(ftruncate(ram.fd, P) < 0 && ftruncate(ram.fd, 1LL << 40) < 0);
	ram_close(&ram);
	check(ram.fd == -1 && ram.host == NULL);
	ram_close(&ram); /* and again: nothing */
	test_lock();
	return tap_done();
}
