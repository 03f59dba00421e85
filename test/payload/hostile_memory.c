// SPDX-License-Identifier: MIT
/* Attacks by memory: what is not there, not ours, not writable, not code; too much; the tables. */
#include "hostile.h"

static volatile uint64_t sink;
static const volatile uint64_t constant = 42;
static uint8_t code_in_data[] __attribute__((aligned(4))) = CPU_RETURNS(0);

static void a_read_outside(void)
{
	sink = *(volatile uint64_t *)address_outside();
}

static void a_write_outside(void)
{
	*(volatile uint64_t *)address_outside() = 1;
}

static void a_run_outside(void)
{
	((void (*)(void))address_outside())();
}

static void a_read_null(void)
{
	sink = *(volatile uint64_t *)sink;
}

static void a_write_null(void)
{
	*(volatile uint64_t *)sink = 1;
}

static void a_run_null(void)
{
	((void (*)(void))sink)();
}

static void a_read_kernel(void)
{
	sink = *(volatile uint64_t *)0xffffffff81000000;
}

static void a_write_noncanonical(void)
{
	*(volatile uint64_t *)0x8000000000000000 = 1;
}

static void a_run_noncanonical(void)
{
	((void (*)(void))0x8000000000000000)();
}

/* Where Linux puts programs, libraries and stacks: nothing may be left of them here. */
static void a_read_libc(void)
{
	sink = *(volatile uint64_t *)CPU_LIBRARY;
}

static void a_read_program(void)
{
	sink = *(volatile uint64_t *)CPU_PROGRAM;
}

static void a_write_code(void)
{
	*(volatile uint8_t *)a_write_code = 0xc3;
}

static void a_write_constant(void)
{
	*(volatile uint64_t *)&constant = 43;
}

static void a_write_headers(void)
{
	*(volatile uint8_t *)own_image()->image_base = 0;
}

/* What comes back from there. */
static void check_ran(void)
{
	check_text(cpu_runs_data(), "data ran: a processor without NX");
}

static void a_run_data(void)
{
	/* the compiler must not know that nobody writes it: it would be a constant */
	__asm__ volatile("" : "+m"(code_in_data));
	((void (*)(void))code_in_data)();
	check_ran();
}

static void a_run_stack(void)
{
	uint8_t code[] __attribute__((aligned(4))) = CPU_RETURNS(0);

	__asm__ volatile("" : "+m"(code));
	((void (*)(void))code)();
	check_ran();
}

static struct memory_attribute *attribute_protocol(void)
{
	struct memory_attribute *ma = NULL;

	bs->locate_protocol(&memory_attribute_guid, NULL, &ma);
	return ma;
}

static uint64_t page_of(uint32_t type)
{
	uint64_t page = 0;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, type, 1, &page);
	return page;
}

static void a_write_ro_page(void)
{
	uint64_t page = page_of(EFI_LOADER_DATA);

	succeeds(attribute_protocol()->set(attribute_protocol(), page, 4096, EFI_MEMORY_RO));
	*(volatile uint64_t *)page = 1;
}

static void a_read_rp_page(void)
{
	uint64_t page = page_of(EFI_LOADER_DATA);

	succeeds(attribute_protocol()->set(attribute_protocol(), page, 4096, EFI_MEMORY_RP));
	sink = *(volatile uint64_t *)page;
}

static void a_run_xp_page(void)
{
	uint64_t page = page_of(EFI_LOADER_CODE);

	memcpy((void *)page, code_in_data, sizeof(code_in_data));
	succeeds(attribute_protocol()->set(attribute_protocol(), page, 4096, EFI_MEMORY_XP));
	((void (*)(void))page)();
	check_ran();
}

/* The service, not the program, is asked to write where the program may not. */
static void a_service_ro_page(void)
{
	uint64_t page = page_of(EFI_LOADER_DATA);

	succeeds(attribute_protocol()->set(attribute_protocol(), page, 4096, EFI_MEMORY_RO));
	fails(bs->get_next_monotonic_count((uint64_t *)page));
	fails(rt->get_time((struct efi_time *)page, NULL));
}

/* Attributes on what is the firmware's own. */
static void a_protect_all(void)
{
	struct memory_attribute *ma = attribute_protocol();
	uint64_t gates = (uint64_t)bs->raise_tpl & ~0xfffull;
	uint64_t tables = (uint64_t)bs & ~0xfffull;

	ma->set(ma, gates, 4096, EFI_MEMORY_RP | EFI_MEMORY_RO | EFI_MEMORY_XP);
	ma->set(ma, tables, 4096, EFI_MEMORY_RP);
	bs->get_next_monotonic_count((uint64_t *)&sink);
	check(true);
}

static void a_clear_gates(void)
{
	struct memory_attribute *ma = attribute_protocol();
	uint64_t gates = (uint64_t)bs->raise_tpl & ~0xfffull;

	ma->clear(ma, gates, 4096, EFI_MEMORY_RO);
	*(volatile uint8_t *)gates = 0x90;
}

static void a_write_gate(void)
{
	*(volatile uint8_t *)bs->raise_tpl = 0xc3;
}

/* Gone, then used: a fault or a page of zeros, never another's bytes. */
static void a_use_freed(void)
{
	uint64_t page = page_of(EFI_LOADER_DATA);

	bs->free_pages(page, 1);
	sink = *(volatile uint64_t *)page;
	*(volatile uint64_t *)page = 1;
	check(true);
}

static uint64_t pages_around(uint64_t addr, uint64_t *n)
{
	uint64_t start = 0;
	struct map map;

	map_get(&map);
	for_each_descriptor(d, &map) if (addr >= d->physical_start &&
					 addr - d->physical_start < d->n_pages * 4096)
	{
		start = d->physical_start;
		*n = d->n_pages;
	}
	map_free(&map);
	return start;
}

static void free_around(const void *p)
{
	uint64_t n = 0, start = pages_around((uint64_t)p, &n);
	efi_status_t status = bs->free_pages(start, n);

	/* whatever it did: two calls more, on what is left */
	bs->get_next_monotonic_count((uint64_t *)&sink);
	print("# FreePages: %r\n", status);
	check(true);
}

static void a_free_stack(void)
{
	uint64_t here = 0;

	free_around(&here);
}

static void a_free_image(void)
{
	free_around((void *)a_free_image);
}

static void a_free_system_table(void)
{
	free_around(st);
}

static void a_free_boot_services(void)
{
	free_around(bs);
}

static void a_free_gates(void)
{
	free_around((void *)bs->raise_tpl);
}

static void a_free_tables_pool(void)
{
	bs->free_pool(st->tables);
	bs->free_pool(st->con_out);
	bs->free_pool(own_image());
	bs->free_pool(st);
	bs->install_configuration_table(&initrd_media_guid, (void *)&sink);
	bs->install_configuration_table(&initrd_media_guid, NULL);
	check(true);
}

static void a_corrupt_system_table(void)
{
	struct boot_services *kept = bs;
	struct system_table copy = *st;

	memset(st, 0xff, sizeof(*st));
	kept->install_configuration_table(&initrd_media_guid, (void *)&sink);
	kept->install_configuration_table(&initrd_media_guid, NULL);
	kept->get_next_monotonic_count((uint64_t *)&sink);
	memcpy(st, &copy, sizeof(copy));
	check(true);
}

static void a_corrupt_system_table_n(void)
{
	st->n_tables = ~0ull;
	bs->install_configuration_table(&initrd_media_guid, (void *)&sink);
	st->n_tables = 1ull << 60;
	bs->install_configuration_table(&initrd_media_guid, (void *)&sink);
	st->tables = (void *)0x8000000000000000;
	st->n_tables = 3;
	bs->install_configuration_table(&initrd_media_guid, NULL);
	check(true);
}

static void a_corrupt_boot_services(void)
{
	struct boot_services copy = *bs;

	memset(bs, 0xff, sizeof(*bs));
	copy.get_next_monotonic_count((uint64_t *)&sink);
	copy.stall(10);
	memcpy(bs, &copy, sizeof(copy));
	check(true);
}

static void a_corrupt_boot_services_exit(void)
{
	memset(bs, 0xff, sizeof(*bs));
}

static void a_call_corrupted(void)
{
	memset(bs, 0xff, sizeof(*bs));
	bs->stall(1);
}

static void a_corrupt_console(void)
{
	struct text_output *con = st->con_out, copy = *con;

	con->mode->max_mode = -1;
	con->mode->mode = 0x7fffffff;
	con->mode->cursor_column = -5;
	con->mode->cursor_row = 0x7fffffff;
	con->output_string(con, u"here\r\n");
	con->set_cursor_position(con, 3, 3);
	con->mode = (void *)0x8000000000000000;
	copy.output_string(con, u"there\r\n");
	copy.clear_screen(con);
	copy.set_mode(con, 0);
	memset(con, 0, sizeof(*con));
	copy.output_string(con, u"everywhere\r\n");
	memcpy(con, &copy, sizeof(copy));
	check(true);
}

static void a_corrupt_loaded_image(void)
{
	memset(own_image(), 0xff, sizeof(struct loaded_image));
	check(true);
}

static void a_corrupt_loaded_image_exit(void)
{
	memset(own_image(), 0xff, sizeof(struct loaded_image));
	bs->exit(self, EFI_ABORTED, 0, NULL);
}

/* All runtime data that can be written: the variables' store may be in there. */
static void a_corrupt_runtime_data(void)
{
	uint64_t n = 0, start = pages_around((uint64_t)st, &n), size;
	struct runtime_services *table = rt;
	struct system_table copy = *st;
	struct efi_guid guid = { 0 };
	char16 name[64];

	memset((void *)start, 0x5a, n * 4096);
	memcpy(st, &copy, sizeof(copy));
	name[0] = 0;
	size = sizeof(name);
	if (table->header.signature == EFI_RUNTIME_SERVICES_SIGNATURE)
		table->get_next_variable_name(&size, name, &guid);
	check(true);
}

enum { BOMB_PAGES = 256 };

static void bomb_pages(bool touch)
{
	uint64_t n = 0, addr, i;
	efi_status_t status;

	for (;;) {
		status = bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, BOMB_PAGES,
					    &addr);
		if (status != EFI_SUCCESS)
			break;
		n += BOMB_PAGES;
		for (i = 0; touch && i < BOMB_PAGES; i++)
			*(volatile uint64_t *)(addr + i * 4096) = addr;
	}
	print("# %u MiB\n", n / 256);
	check(status == EFI_OUT_OF_RESOURCES);
}

static void a_bomb_pages(void)
{
	bomb_pages(false);
}

static void a_bomb_touch(void)
{
	bomb_pages(true);
}

static void a_bomb_single_pages(void)
{
	uint64_t n = 0, addr;

	/* every other one freed: the map falls apart into many descriptors */
	while (n < 40000 &&
	       bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 1, &addr) == EFI_SUCCESS)
		if (n++ % 2)
			bs->free_pages(addr, 1);
	check(n > 0);
}

static void bomb_pool(uint64_t n_bytes)
{
	efi_status_t status;
	uint64_t n = 0;
	void *p;

	do {
		status = bs->allocate_pool(EFI_LOADER_DATA, n_bytes, &p);
		n++;
	} while (status == EFI_SUCCESS && n < 150000);
	print("# %u blocks of %u\n", n, n_bytes);
	check(status == EFI_OUT_OF_RESOURCES || n == 150000);
}

static void a_bomb_pool(void)
{
	bomb_pool(1 << 20);
}

static void a_bomb_pool_small(void)
{
	bomb_pool(1);
}

/* A copy of everything that can be asked of the allocator after it said no. */
static void a_bomb_and_on(void)
{
	struct map map;
	uint64_t addr;
	event_t event;
	void *p;

	while (bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, BOMB_PAGES, &addr) ==
	       EFI_SUCCESS)
		;
	while (bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 1, &addr) == EFI_SUCCESS)
		;
	while (bs->allocate_pool(EFI_LOADER_DATA, 16, &p) == EFI_SUCCESS)
		;
	map_get(&map);
	bs->create_event(0, 0, NULL, NULL, &event);
	bs->locate_handle_buffer(ALL_HANDLES, NULL, NULL, &addr, (void *)&p);
	bs->install_configuration_table(&initrd_media_guid, (void *)&sink);
	rt->set_variable(u"Bomb", &initrd_media_guid, 6, 4, "boom");
	check(true);
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(read_outside),
	A(write_outside),
	A(run_outside),
	A(read_null),
	A(write_null),
	A(run_null),
	A(read_kernel),
	A(write_noncanonical),
	A(run_noncanonical),
	A(read_libc),
	A(read_program),
	A(write_code),
	A(write_constant),
	A(write_headers),
	A(run_data),
	A(run_stack),
	A(write_ro_page),
	A(read_rp_page),
	A(run_xp_page),
	A(service_ro_page),
	A(protect_all),
	A(clear_gates),
	A(write_gate),
	A(use_freed),
	A(free_stack),
	A(free_image),
	A(free_system_table),
	A(free_boot_services),
	A(free_gates),
	A(free_tables_pool),
	A(corrupt_system_table),
	A(corrupt_system_table_n),
	A(corrupt_boot_services),
	A(corrupt_boot_services_exit),
	A(call_corrupted),
	A(corrupt_console),
	A(corrupt_loaded_image),
	A(corrupt_loaded_image_exit),
	A(corrupt_runtime_data),
	A(bomb_pages),
	A(bomb_touch),
	A(bomb_single_pages),
	A(bomb_pool),
	A(bomb_pool_small),
	A(bomb_and_on),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
