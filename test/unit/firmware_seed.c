// SPDX-License-Identifier: MIT
/*
 * The next kernel's seed table as an image leaves it, sound or not, and what else of
 * the frozen machine is Linux's own: src/firmware/core/seed.c and linux.c.
 */
#include "firmware/core/memory.h"
#include "firmware/core/seed.h"
#include "firmware/core/tables.h"
#include "tap.h"
#include "unit/fake_machine.h"

#include <stdio.h>

enum { SEED_BYTES = 32, TABLE_BYTES = 4 };

static const struct efi_guid loader =
	EFI_GUID(0x4a67b082, 0x0a4c, 0x41cf, 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f);

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

static struct firmware *open_fake(struct firmware_config config)
{
	struct why why;

	if (fake_open(config, no_step, &why) < 0) {
		printf("Bail out! %s\n", why.text);
		exit(1);
	}
	fake.firmware->booted = fake.firmware->images.first->handle;
	return fake.firmware;
}

/* n pages with none of the image's behind them. */
static uint64_t page_for_image(struct firmware *fw, unsigned n)
{
	uint64_t at = 0;

	if (memory_allocate(fw, EFI_ALLOCATE_ANY_PAGES, EFI_ACPI_RECLAIM_MEMORY, n + 1, &at) !=
		    EFI_SUCCESS ||
	    memory_free(fw, at + n * (uint64_t)PAGE_BYTES, 1) != EFI_SUCCESS) {
		puts("Bail out! no memory");
		exit(1);
	}
	return at;
}

static void put_u32(uint64_t at, uint32_t v)
{
	memcpy(fake_at(at), &v, sizeof(v));
}

static uint32_t u32(uint64_t at)
{
	uint32_t v;

	memcpy(&v, fake_at(at), sizeof(v));
	return v;
}

/* Is the seed that will be finished the spare one: in the table, with fresh bytes? */
static bool is_spare(struct firmware *fw)
{
	const uint64_t at = table_find(fw, &guid_linux_random_seed);

	return at == fw->spare_seed && u32(at) == SEED_BYTES &&
	       fw->seed.start == at + TABLE_BYTES && fw->seed.end == fw->seed.start + SEED_BYTES &&
	       ((uint8_t *)fake_at(fw->seed.start))[SEED_BYTES - 1] == 0x42;
}

static void test_none(void)
{
	struct firmware *fw = open_fake(fake_config());

	/* the machine that bardo runs on has one; its image never gets to see that */
	check(table_find(fw, &guid_linux_random_seed) == 0);
	check(seed_freeze(fw) && is_spare(fw));
	fake_close();
}

/* Tables at a place in two pages of the image's own, by length and where they begin. */
static void test_tables(void)
{
	static const struct {
		uint32_t offset, n;
		bool sound;
	} rows[] = {
		{ 0, 32, true },	 { 0, 512, true },	   { 0, 1024, true },
		{ 4096 - 20, 32, true }, /* over a page's end */
		{ 8192 - 36, 32, true }, { 8192 - 36, 33, false }, { 0, 0, false },
		{ 0, 31, false },	 { 0, 1025, false },	   { 0, UINT32_MAX, false },
		{ 8192 - 4, 32, false },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct firmware *fw = open_fake(fake_config());
		const uint64_t page = page_for_image(fw, 2), at = page + rows[i].offset;
		bool ok;

		put_u32(at, rows[i].n);
		require(table_install(fw, &guid_linux_random_seed, at) == EFI_SUCCESS);
		ok = seed_freeze(fw);
		ok = ok && (rows[i].sound ? fw->seed.start == at + TABLE_BYTES &&
						    fw->seed.end == at + TABLE_BYTES + rows[i].n &&
						    table_find(fw, &guid_linux_random_seed) == at
					  : is_spare(fw));
		check_msg(ok, "a table of %u bytes at %#x", rows[i].n, rows[i].offset);
		fake_close();
	}
}

/* Addresses where no memory of the image's lies. */
static void test_elsewhere(void)
{
	const uint64_t at[] = {
		1, 0xf0000, 0x9f000 - 4, FAKE_LOW_END, FAKE_RAM_BYTES - 8, UINT64_MAX - 2,
	};
	struct firmware *fw;

	for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
		fw = open_fake(fake_config());
		require(table_install(fw, &guid_linux_random_seed, at[i]) == EFI_SUCCESS);
		check_msg(seed_freeze(fw) && is_spare(fw), "a table at %#jx", (uintmax_t)at[i]);
		fake_close();
	}
	/* given away, although something may still stand there */
	fw = open_fake(fake_config());
	const uint64_t page = page_for_image(fw, 1);

	put_u32(page, SEED_BYTES);
	require(table_install(fw, &guid_linux_random_seed, page) == EFI_SUCCESS);
	require(memory_free(fw, page, 1) == EFI_SUCCESS);
	check(seed_freeze(fw) && is_spare(fw));
	fake_close();
}

/* An image that frees what is kept for it is told so; none goes on without a seed. */
static void test_spare_given_away(void)
{
	struct firmware *fw = open_fake(fake_config());

	require(memory_free(fw, fw->spare_seed, 1) == EFI_SUCCESS);
	check(!seed_freeze(fw) && fw->ended && fw->end == FIRMWARE_VIOLATION);
	check(strstr(fw->why.text, "its seed") != NULL);
	fake_close();
}

static const struct variable *token(struct firmware *fw)
{
	static const uint16_t name[] = u"LoaderSystemToken";
	const struct variable *v = fw->variables.first;

	while (v && (v->name_bytes != sizeof(name) || memcmp(v->name, name, sizeof(name)) ||
		     !guid_equal(&v->vendor, &loader)))
		v = v->next;
	return v;
}

static void test_token(void)
{
	static const uint8_t machine[40] = "the machine's own, for all its boots";
	const struct firmware_variable variable = {
		.name = "LoaderSystemToken",
		.vendor = loader,
		.attributes = 7,
		.data = { machine, sizeof(machine) },
	};
	struct firmware_config config = fake_config();
	const struct variable *v;

	v = token(open_fake(config));
	check(v && v->data_bytes == 32 && v->attributes == 3 && v->data[0] == 0x42);
	fake_close();
	config.variables = &variable;
	config.n_variables = 1;
	v = token(open_fake(config));
	check(v && v->data_bytes == sizeof(machine) && v->attributes == 7 &&
	      !memcmp(v->data, machine, sizeof(machine)));
	fake_close();
}

/* Load options of the image as someone in front of it would have changed them. */
static void set_options(struct firmware *fw, uint64_t at, uint32_t n_bytes)
{
	const efi_addr_t li = image_find(fw, fw->booted)->loaded_image;

	put_u32(li + 48, n_bytes);
	fake_put_u64(li + 56, at);
}

static void test_options(void)
{
	static const uint16_t text[] = u"root=/dev/vda1 \u00e9\u20ac\xd83d\xde00 quiet";
	struct firmware *fw = open_fake(fake_config());
	const uint64_t page = page_for_image(fw, 1);
	struct firmware_linux l;
	struct why why;

	require(firmware_linux(fw, &l, &why) == 0);
	check(!strcmp(l.cmdline, "quiet") && l.initrd.n == 0);
	memcpy(fake_at(page), text, sizeof(text));
	for (unsigned cut = 0; cut < 2; cut++) { /* with and without its 0 counted */
		set_options(fw, page, sizeof(text) - 2 * cut);
		require(firmware_linux(fw, &l, &why) == 0);
		check(!strcmp(l.cmdline, "root=/dev/vda1 \u00e9\u20ac\U0001f600 quiet"));
	}
	set_options(fw, 0, 12);
	require(firmware_linux(fw, &l, &why) == 0);
	check(!strcmp(l.cmdline, ""));
	set_options(fw, page + PAGE_BYTES - 4, 8);
	check(firmware_linux(fw, &l, &why) == -EBADMSG && strstr(why.text, "outside its memory"));
	set_options(fw, page, UINT32_MAX);
	check(firmware_linux(fw, &l, &why) == -EBADMSG && strstr(why.text, "cannot be read"));
	fake_close();
}

static void test_initrd(void)
{
	static const struct {
		uint64_t offset, n;
		int want;
	} rows[] = {
		{ 64, 100, 100 },
		{ 64, 0, 0 },
		{ 0, PAGE_BYTES, PAGE_BYTES },
		{ 1, PAGE_BYTES, -EBADMSG },
		{ 0, UINT64_MAX, -EBADMSG },
		{ UINT64_MAX - PAGE_BYTES, 10, -EBADMSG },
	};
	struct firmware *fw = open_fake(fake_config());
	const uint64_t page = page_for_image(fw, 1);
	uint64_t table = page_for_image(fw, 1);
	struct firmware_linux l;
	struct why why;
	int r;

	require(table_install(fw, &guid_linux_initrd_media, table) == EFI_SUCCESS);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_put_u64(table, page + rows[i].offset);
		fake_put_u64(table + 8, rows[i].n);
		r = firmware_linux(fw, &l, &why);
		check_msg(r < 0 ? r == rows[i].want
				: (int)l.initrd.n == rows[i].want &&
					  (!l.initrd.n ||
					   l.initrd.p == fake_at(page + rows[i].offset)),
			  "an initrd of %#jx bytes at %#jx", (uintmax_t)rows[i].n,
			  (uintmax_t)rows[i].offset);
	}
	require(table_install(fw, &guid_linux_initrd_media, table + PAGE_BYTES - 8) == EFI_SUCCESS);
	check(memory_free(fw, table, 1) == EFI_SUCCESS &&
	      firmware_linux(fw, &l, &why) == -EBADMSG && strstr(why.text, "table"));
	fake_close();
}

int main(void)
{
	test_none();
	test_tables();
	test_elsewhere();
	test_spare_given_away();
	test_token();
	test_options();
	test_initrd();
	return tap_done();
}
