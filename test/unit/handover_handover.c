// SPDX-License-Identifier: MIT
/*
 * Staging and jump without a kernel: kexec_load's place is taken by a copy to
 * the same addresses of this process, where the purgatory's own check then runs.
 */
#include "guest/purgatory.h"
#include "handover/handover.h"
#include "handover/paging.h"
#include "handover/kexec_load.h"
#include "handover/purgatory.h"
#include "host/kexec_gate.h"
#include "tap.h"
#include "unit_state.h"
#include "unit/ram_used.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	P = PAGE_BYTES,
	RAM_START = 0x10000000, /* free in any program of ours, and identity is what is tested */
	RAM_END = 0x11000000,
	RESUME = 0x10800000,
};

static struct memory_range map_range[] = { { RAM_START, RAM_END, MEMORY_RAM } };
static const struct memory_map map = { map_range, 1, RAM_END };
static const struct ram_range ram_range[] = { { RAM_START, RAM_END } };
static const struct ram_range pages[] = {
	{ RAM_START, RAM_START + 5 * P },
	{ RAM_START + 6 * P, RAM_START + 64 * P },
	{ RAM_START + 100 * P, RAM_START + 101 * P },
	{ RESUME - 10 * P, RESUME },
	{ RAM_END - P, RAM_END },
};

static struct ram ram;
static struct frozen frozen;
static struct handover_options options;
static struct handover_report report;
static struct why why;
static char dir[] = "/tmp/bardo-test-XXXXXX";

static uint8_t *machine; /* RAM_START: the bare machine's memory, at its own addresses */
static uint64_t entry;
static int load_result, loaded, n_jumps;
static struct record during; /* what the record said while the kernel was at it */

int kexec_load_pieces(uint64_t at, const struct kexec_piece *piece, unsigned n, struct why *w)
{
	unsigned i;

	during = (struct record){ 0 };
	if (record_read(dir, &during, NULL) < 0)
		during.image[0] = 0;
	if (load_result < 0)
		return why_set(w, load_result, "refused");
	entry = at;
	loaded = 1;
	for (i = 0; i < n; i++)
		memcpy((void *)piece[i].addr, piece[i].bytes, piece[i].n_bytes);
	return 0;
}

int kexec_load_nothing(struct why *w)
{
	loaded = 0;
	return 0;
}

int kexec_jump(struct why *w)
{
	n_jumps++;
	return 0;
}

int kexec_is_loaded(void)
{
	return loaded;
}

static void fill_page(uint64_t addr, unsigned seed)
{
	unsigned i;

	for (i = 0; i < P; i++)
		ram.host[addr + i] = (uint8_t)(seed * 7 + i * 31 + i / 256);
}

/* 26 runs of data, so that some have to be merged over frozen zeros and over free pages. */
static void make_frozen(void)
{
	unsigned i;

	require(ram_open(ram_range, 1, &ram, NULL) == 0);
	for (i = 0; i < 24; i++)
		fill_page(RAM_START + 2 * i * P, i);
	fill_page(RAM_START + 100 * P, 30);
	fill_page(RESUME - 4 * P, 31);
	fill_page(RAM_START + 5 * P, 32); /* left by somebody: not frozen, in a gap */
	frozen = (struct frozen){ .ram = &ram, .pages = pages, .n_pages = 5 };
	unit_state_fill(&frozen);
	frozen.resume = (struct ram_range){ RESUME, RESUME + handover_resume_bytes(&map) };
	options =
		(struct handover_options){ .image = "a.efi", .record_dir = dir, .console = 0x3f8 };
}

/* As a running machine's memory looks: anything but zero. */
static int stage(void)
{
	memset(machine, 0xcc, RAM_END - RAM_START);
	return handover_stage(&frozen, &map, &options, &report, &why);
}

static const struct purgatory_params *params(void)
{
	const struct purgatory_header *header = (const void *)(uint64_t)RESUME;

	return (const void *)header->params;
}

static int check_machine(void)
{
	return purgatory_check(params(), (const void *)params()->secrets);
}

static void clear_zeros(void)
{
	unsigned i;

	for (i = 0; i < params()->n_zero; i++)
		memset((void *)params()->zero[i].addr, 0, params()->zero[i].n_bytes);
}

static void test_bytes_arrive(void)
{
	const uint64_t before = ram_used(&ram);
	unsigned i;

	require(stage() == 0);
	check_msg(ram_used(&ram) == before, "holes stay holes");
	check(check_machine() == -1);
	clear_zeros();
	for (i = 0; i < frozen.n_pages; i++)
		check(memcmp((void *)pages[i].start, ram.host + pages[i].start,
			     pages[i].end - pages[i].start) == 0);
	check(report.n_segments == PURGATORY_MAX_SEGMENTS && params()->n_segments == 16);
	check(*(uint8_t *)(RAM_START + 5 * P + 8) == 0 && ram.host[RAM_START + 5 * P + 8] != 0);
	check(entry == report.entry && entry > RESUME && entry < RESUME + P);
}

static void test_params(void)
{
	const struct purgatory_header *header = (const void *)(uint64_t)RESUME;

	check(unit_state_arrived(&params()->state, &frozen));
	check(params()->console == 0x3f8);
	check(header->stack_top % 16 == 0 && header->stack_top <= frozen.resume.end &&
	      header->stack_top >= params()->scratch + sizeof(struct purgatory_scratch));
	check(unit_tables_placed(&params()->state));
}

/* The seed goes with a key of its own, and who copied what is to be erased is told. */
static void test_seed(void)
{
	const struct purgatory_secrets *secrets = (const void *)params()->secrets;
	static const uint8_t zero[sizeof(secrets->seed_key)];
	uint8_t first_key[sizeof(zero)];

	frozen.seed = (struct ram_range){ RAM_START + 100 * P + 20, RAM_START + 100 * P + 52 };
	options.vmgenid = RAM_END - 0x28 + 0x10;
	require(stage() == 0);
	check(params()->seed.addr == frozen.seed.start && params()->seed.n_bytes == 32);
	check(params()->seed.vmgenid == options.vmgenid && params()->seed.vmclock == 0);
	check(params()->n_erase == 2 && params()->erase[0].addr == params()->secrets);
	check(params()->erase[1].addr == RAM_START + 100 * P && params()->erase[1].n_bytes == P);
	memcpy(first_key, secrets->seed_key, sizeof(first_key));
	check(memcmp(first_key, zero, sizeof(zero)) != 0 && check_machine() == -1);
	require(stage() == 0);
	check(memcmp(first_key, secrets->seed_key, sizeof(first_key)) != 0);
	frozen.seed.start = RAM_START + 70 * P; /* frozen by nobody */
	frozen.seed.end = frozen.seed.start + 32;
	check(stage() == -EFAULT);
	frozen.seed = (struct ram_range){ 0 };
	options.vmgenid = UINT64_C(1) << 50;
	check(stage() == -EFAULT);
	options.vmgenid = 0;
	require(stage() == 0);
}

/* What kexec copied of a device tree is to be erased: as many pages as the tree says that it has.
 */
static void test_tree(void)
{
	uint8_t *const page = ram.host + pages[0].start;
	uint32_t kept[2];
	const uint32_t header[2] = { htobe32(0xd00dfeed), htobe32(P + 1) };

	memcpy(kept, page, sizeof(kept));
	memcpy(page, header, sizeof(header));
	require(stage() == 0);
	check(params()->n_erase == 2 && params()->erase[1].addr == pages[0].start &&
	      params()->erase[1].n_bytes == 2 * P);
	memcpy(page, kept, sizeof(kept));
	require(stage() == 0);
	check(params()->n_erase == 1);
}

/* Every byte of what was staged, but for key and digests, which shows them as wrong. */
static void test_any_byte(void)
{
	unsigned i, missed = 0, wrong_name = 0;
	uint64_t at;
	int bad;

	for (i = 0; i < report.n_segments; i++) {
		for (at = 0; at < report.segment[i].n_bytes; at += 211) {
			uint8_t *byte = (uint8_t *)(report.segment[i].addr + at);

			if (byte >= (uint8_t *)RESUME + 8 && byte < (uint8_t *)RESUME + 16)
				continue; /* the way to the parameters: this test needs it */
			if (byte + 8 > (uint8_t *)&params()->secrets &&
			    byte < (uint8_t *)(&params()->secrets + 1))
				continue;
			/* a damaged seed key is another one: nobody could say which was meant */
			if ((uint64_t)byte >= params()->secrets + offsetof(struct purgatory_secrets,
									   seed_key) &&
			    i == 0)
				continue;
			*byte ^= (uint8_t)(1 << at % 8);
			bad = check_machine();
			missed += bad < 0;
			wrong_name += i && bad != (int)i;
			*byte ^= (uint8_t)(1 << at % 8);
		}
	}
	check(missed == 0);
	check(wrong_name == 0);
	check(check_machine() == -1);
}

static void test_flip(void)
{
	options.flip = FLIP_IMAGE;
	require(stage() == 0);
	check(check_machine() == 1);
	options.flip = FLIP_PURGATORY;
	require(stage() == 0);
	check(check_machine() == 0);
	options.flip = FLIP_NONE;
	require(stage() == 0);
	check_msg(check_machine() == -1, "the hook leaves nothing behind");
}

static void test_fresh_keys(void)
{
	struct mac_key old;

	memcpy(&old, (void *)params()->secrets, sizeof(old));
	require(stage() == 0);
	check(memcmp(&old, (void *)params()->secrets, 64) != 0);
	check(memcmp((uint8_t *)&old + sizeof(old) - 64,
		     (uint8_t *)params()->secrets + sizeof(old) - 64, 64) != 0);
}

/* Numbers without which nothing would be checked. */
static void test_nothing_to_check(void)
{
	struct purgatory_params *p = (void *)params();

	p->n_segments = 0;
	check(check_machine() == 0);
	p->n_segments = PURGATORY_MAX_SEGMENTS;
	p->digest_kind = DIGEST_MAC + 1;
	check(check_machine() == 0);
	p->digest_kind = DIGEST_MAC;
	check(check_machine() == -1);
}

static void test_record(void)
{
	struct record record;

	require(stage() == 0);
	require(handover_staged(dir, &record, &why) == 0);
	check(strcmp(record.image, "a.efi") == 0 && record.entry == entry && record.time > 0);
	check(record.n_segments == 16 && record.segment[0].addr == RESUME &&
	      memcmp(record.segment, report.segment, sizeof(record.segment)) == 0);
	check(handover_exec(dir, &why) == 0 && n_jumps == 1);
	loaded = 0;
	check(handover_exec(dir, &why) == -ENOENT && n_jumps == 1);
	loaded = 1;
	check(handover_unload(dir, &why) == 0 && !loaded);
	loaded = 1; /* by somebody else */
	check(handover_exec(dir, &why) == -ENOENT && n_jumps == 1);
}

static void test_other_boot(void)
{
	struct record record;

	require(stage() == 0 && record_read(dir, &record, &why) == 0);
	record.boot_id[0] = record.boot_id[0] == '0' ? '1' : '0';
	require(record_write(dir, &record, &why) == 0);
	check(handover_exec(dir, &why) == -ENOENT && strstr(why.text, "another boot"));
}

/* The kernel refuses: what was staged stays, with its record. */
static void test_refused_load(void)
{
	struct record record;

	require(stage() == 0);
	options.image = "b.efi";
	load_result = -EBUSY;
	check(stage() == -EBUSY && strcmp(why.text, "refused") == 0);
	check(handover_staged(dir, &record, &why) == 0 && strcmp(record.image, "a.efi") == 0);
	check(!record.replacing[0] && strcmp(during.image, "a.efi") == 0 &&
	      strcmp(during.replacing, "b.efi") == 0);
	require(handover_unload(dir, &why) == 0);
	check(stage() == -EBUSY && handover_staged(dir, &record, &why) == -ENOENT);
	load_result = 0;
	options.image = "a.efi";
}

static void test_locked(void)
{
	const int fd = record_lock(dir, &why);

	require(fd >= 0);
	check(stage() == -EBUSY && strstr(why.text, "another bardo"));
	close(fd);
	check(stage() == 0);
}

static void test_no_room(void)
{
	const struct ram_range right = frozen.resume;
	static struct memory_range two[] = { { RAM_START, RESUME + P, MEMORY_RAM },
					     { RESUME + 2 * P, RAM_END, MEMORY_RAM } };
	const struct memory_map split = { two, 2, RAM_END };

	/* what was kept free for pages that this machine does not have is room to spare */
	frozen.resume.end -= (2 + PAGING_MAPS_CONSOLE) * PAGING_BYTES_OF_ONE_MORE + P;
	check(stage() == -ENOSPC);
	frozen.resume = right;
	check(handover_stage(&frozen, &split, &options, &report, &why) == -ERANGE);
}

int main(void)
{
	machine = mmap((void *)(uint64_t)RAM_START, RAM_END - RAM_START, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	require(machine == (void *)(uint64_t)RAM_START && mkdtemp(dir));
	make_frozen();
	test_bytes_arrive();
	test_params();
	test_seed();
	test_tree();
	test_any_byte();
	test_flip();
	test_fresh_keys();
	test_nothing_to_check();
	test_record();
	test_other_boot();
	test_refused_load();
	test_locked();
	test_no_room();
	check(record_remove(dir, &why) == 0 && rmdir(dir) == 0);
	ram_close(&ram);
	return tap_done();
}
