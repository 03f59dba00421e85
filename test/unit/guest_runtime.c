// SPDX-License-Identifier: MIT
/*
 * The runtime blob as the next kernel meets it: copied to "physical" addresses,
 * then moved by SetVirtualAddressMap to second mappings of the same memory, code
 * and data apart and the first mappings gone.
 */
#include "guest_call.h"
#include "guest/runtime_abi.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef efi_api efi_status_t (*service_fn)(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
					   uint64_t e, uint64_t f);

enum {
	CODE_AT = 0,
	CODE_BYTES = 2 * PAGE_BYTES,
	DATA_AT = CODE_BYTES,
	DATA_BYTES = 4 * PAGE_BYTES,
	TABLES_AT = DATA_AT + DATA_BYTES,
	TABLES_BYTES = PAGE_BYTES,
	N_BYTES = TABLES_AT + TABLES_BYTES,
};

static const struct efi_guid vendor_a = { 0x11111111, 0x2222, 0x3333, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static const struct efi_guid vendor_b = { 0x11111111, 0x2222, 0x3333, { 1, 2, 3, 4, 5, 6, 7, 9 } };

/* What firmware would have laid down, and the call it gets. */
struct world {
	int fd;
	uint8_t *memory; /* the "physical" mapping */
	struct runtime_code_header *code;
	struct runtime_data *data;
	struct efi_system_table *system;
	struct efi_table_header *runtime;
	uint64_t *service; /* the table's pointers */
};

static uint64_t address(const void *p)
{
	return (uint64_t)p;
}

static struct efi_system_table *add_system_table(struct world *w)
{
	struct efi_system_table *t = (void *)(w->memory + TABLES_AT);

	t->header = (struct efi_table_header){ EFI_SYSTEM_TABLE_SIGNATURE, EFI_REVISION, sizeof(*t),
					       0, 0 };
	t->firmware_vendor = address(w->memory) + TABLES_AT + 2048;
	t->runtime_services = address(w->runtime);
	t->boot_services = 0;
	t->n_tables = 1;
	t->tables = address(w->memory) + TABLES_AT + 3072;
	return t;
}

static struct world world_new(void)
{
	const struct bytes blob = runtime_blob();
	struct world w;
	unsigned i;

	w.fd = memfd_create("guest", 0);
	require(w.fd >= 0 && ftruncate(w.fd, N_BYTES) == 0);
	w.memory = mmap(NULL, N_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, w.fd, 0);
	require(w.memory != MAP_FAILED && blob.n <= CODE_BYTES);
	memcpy(w.memory + CODE_AT, blob.p, blob.n);
	w.code = (void *)(w.memory + CODE_AT);
	w.data = (void *)(w.memory + DATA_AT);
	w.runtime = (void *)(w.memory + TABLES_AT + 1024);
	w.service = (void *)(w.runtime + 1);
	w.code->data = address(w.data);
	w.data->magic = RUNTIME_DATA_MAGIC;
	*w.runtime = (struct efi_table_header){ EFI_RUNTIME_SERVICES_SIGNATURE, EFI_REVISION,
						sizeof(*w.runtime) + 14 * 8, 0, 0 };
	for (i = 0; i < RUNTIME_N_SERVICES; i++)
		w.service[i] = address(w.code) + w.code->entry[i];
	w.system = add_system_table(&w);
	w.data->system_table = address(w.system);
	w.data->runtime_table = address(w.runtime);
	return w;
}

static void world_free(struct world *w)
{
	if (w->memory)
		munmap(w->memory, N_BYTES);
	close(w->fd);
}

static efi_status_t call(const struct world *w, enum runtime_service service, uint64_t a,
			 uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	return ((service_fn)w->service[service])(a, b, c, d, e, f);
}

/* A record behind the others; returns its start. */
static struct runtime_variable *add_variable(struct world *w, const char *name,
					     const struct efi_guid *vendor, uint32_t attributes,
					     const char *data)
{
	struct runtime_variable *v = (void *)((uint8_t *)(w->data + 1) + w->data->store_bytes);
	efi_char16_t *wide = (void *)(v + 1);
	uint32_t i;

	*v = (struct runtime_variable){ 0, attributes, *vendor, 2 * (uint32_t)strlen(name) + 2,
					(uint32_t)strlen(data) };
	v->n_bytes = (uint32_t)align_up(sizeof(*v) + v->name_bytes + v->data_bytes, 8);
	for (i = 0; i < v->name_bytes / 2; i++)
		wide[i] = (uint8_t)name[i];
	memcpy((uint8_t *)wide + v->name_bytes, data, v->data_bytes);
	w->data->store_bytes += v->n_bytes;
	return v;
}

static uint32_t crc32_slow(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u, k;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

static bool checksum_right(const struct efi_table_header *table)
{
	uint8_t copy[256];

	memcpy(copy, table, table->header_bytes);
	memset(copy + offsetof(struct efi_table_header, crc32), 0, 4);
	return crc32_slow(copy, table->header_bytes) == table->crc32;
}

static void test_blob(void)
{
	const struct bytes blob = runtime_blob();
	const struct runtime_code_header *h = (const void *)blob.p;
	unsigned i;

	check(crc32_slow((const uint8_t *)"123456789", 9) == 0xcbf43926);
	require(blob.n > sizeof(*h) && h->magic == RUNTIME_CODE_MAGIC && h->data == 0);
	check(h->n_bytes == blob.n);
	for (i = 0; i < RUNTIME_N_SERVICES; i++)
		check(h->entry[i] >= sizeof(*h) && h->entry[i] < blob.n &&
		      memcmp(blob.p + h->entry[i], "\xf3\x0f\x1e\xfa", 4) == 0);
}

/* mov $0x100 + i, %eax; ret: which gate was it? */
static void test_gates_by_index(void)
{
	struct world w = world_new();
	uint8_t *gate = w.memory + CODE_BYTES - 16 * 16;
	unsigned i;

	for (i = 0; i < RUNTIME_N_SERVICES; i++) {
		memcpy(gate + 16 * i, (uint8_t[]){ 0xb8, (uint8_t)i, 1, 0, 0, 0xc3 }, 6);
		w.data->boot_gate[i] = address(gate + 16 * i);
	}
	w.data->at_boot = 1;
	for (i = 0; i < RUNTIME_N_SERVICES; i++)
		check(call(&w, i, 0, 0, 0, 0, 0, 0) == 0x100 + i);
	world_free(&w);
}

static uint64_t seen[6];

static efi_api efi_status_t gate(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
				 uint64_t f)
{
	memcpy(seen, (uint64_t[]){ a, b, c, d, e, f }, sizeof(seen));
	return 77;
}

static void test_gate_arguments(void)
{
	struct world w = world_new();

	w.data->boot_gate[RUNTIME_GET_VARIABLE] = address(gate);
	w.data->at_boot = 1;
	check(call(&w, RUNTIME_GET_VARIABLE, 1, 2, 3, 4, 5, 6) == 77);
	check(memcmp(seen, (uint64_t[]){ 1, 2, 3, 4, 5, 6 }, sizeof(seen)) == 0);
	w.data->at_boot = 0;
	check(call(&w, RUNTIME_GET_VARIABLE, 0, 0, 0, 0, 0, 0) == EFI_INVALID_PARAMETER);
	world_free(&w);
}

/* The arguments are addresses nobody may touch. */
static void test_unsupported(void)
{
	static const enum runtime_service none[] = {
		RUNTIME_GET_TIME,	 RUNTIME_SET_TIME,
		RUNTIME_GET_WAKEUP_TIME, RUNTIME_SET_WAKEUP_TIME,
		RUNTIME_SET_VARIABLE,	 RUNTIME_GET_NEXT_HIGH_MONOTONIC_COUNT,
		RUNTIME_UPDATE_CAPSULE,	 RUNTIME_QUERY_CAPSULE_CAPABILITIES,
	};
	struct world w = world_new();
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		check(call(&w, none[i], 8, 8, 8, 8, 8, 8) == EFI_UNSUPPORTED);
	world_free(&w);
}

static efi_status_t get(const struct world *w, const efi_char16_t *name,
			const struct efi_guid *vendor, uint32_t *attributes, uint64_t *n,
			void *data)
{
	return call(w, RUNTIME_GET_VARIABLE, address(name), address(vendor), address(attributes),
		    address(n), address(data), 0);
}

static void add_some(struct world *w)
{
	add_variable(w, "Hidden", &vendor_a, EFI_VARIABLE_BOOTSERVICE_ACCESS, "x");
	add_variable(w, "Stub", &vendor_a, 6, "other");
	add_variable(w, "StubInfo", &vendor_a, 6, "hello");
	add_variable(w, "Hidden2", &vendor_a, EFI_VARIABLE_BOOTSERVICE_ACCESS, "x");
	add_variable(w, "StubInfo", &vendor_b, 7, "");
}

static void check_get_variable(const struct world *w)
{
	char data[16] = "................";
	uint32_t attributes = 0;
	uint64_t n = 0;

	check(get(w, u"StubInfo", &vendor_a, NULL, &n, NULL) == EFI_BUFFER_TOO_SMALL && n == 5);
	n = 4;
	check(get(w, u"StubInfo", &vendor_a, &attributes, &n, data) == EFI_BUFFER_TOO_SMALL &&
	      n == 5 && attributes == 6 && data[0] == '.');
	check(get(w, u"StubInfo", &vendor_a, NULL, &n, NULL) == EFI_INVALID_PARAMETER);
	check(get(w, u"StubInfo", &vendor_a, NULL, &n, data) == EFI_SUCCESS && n == 5 &&
	      memcmp(data, "hello.", 6) == 0);
	n = sizeof(data);
	check(get(w, u"StubInfo", &vendor_b, &attributes, &n, data) == EFI_SUCCESS && n == 0 &&
	      attributes == 7);
	n = sizeof(data);
	check(get(w, u"Stub", &vendor_a, NULL, &n, data) == EFI_SUCCESS && n == 5 &&
	      memcmp(data, "other", 5) == 0);
}

static void test_get_variable(void)
{
	struct world w = world_new();
	uint64_t n = 0;

	add_some(&w);
	check_get_variable(&w);
	check(get(&w, u"StubInf", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	check(get(&w, u"StubInfoo", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	check(get(&w, u"", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	check(get(&w, u"Stub", &vendor_b, NULL, &n, NULL) == EFI_NOT_FOUND);
	check(get(&w, u"Hidden", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND && n == 0);
	check(get(&w, NULL, &vendor_a, NULL, &n, NULL) == EFI_INVALID_PARAMETER);
	check(get(&w, u"Stub", NULL, NULL, &n, NULL) == EFI_INVALID_PARAMETER);
	check(get(&w, u"Stub", &vendor_a, NULL, NULL, NULL) == EFI_INVALID_PARAMETER);
	world_free(&w);
}

static efi_status_t next(const struct world *w, uint64_t *n, efi_char16_t *name,
			 struct efi_guid *vendor)
{
	return call(w, RUNTIME_GET_NEXT_VARIABLE_NAME, address(n), address(name), address(vendor),
		    0, 0, 0);
}

static void check_next_names(const struct world *w)
{
	efi_char16_t name[16] = u"";
	struct efi_guid vendor = { 0 };
	uint64_t n = 2;

	check(next(w, &n, name, &vendor) == EFI_BUFFER_TOO_SMALL && n == 10 && name[0] == 0);
	check(next(w, &n, name, &vendor) == EFI_SUCCESS && n == 10 &&
	      memcmp(name, u"Stub", 10) == 0 && memcmp(&vendor, &vendor_a, 16) == 0);
	check(next(w, &n, name, &vendor) == EFI_BUFFER_TOO_SMALL && n == 18 &&
	      memcmp(name, u"Stub", 10) == 0);
	check(next(w, &n, name, &vendor) == EFI_SUCCESS && memcmp(name, u"StubInfo", 18) == 0 &&
	      memcmp(&vendor, &vendor_a, 16) == 0);
	n = sizeof(name);
	check(next(w, &n, name, &vendor) == EFI_SUCCESS && n == 18 &&
	      memcmp(name, u"StubInfo", 18) == 0 && memcmp(&vendor, &vendor_b, 16) == 0);
	check(next(w, &n, name, &vendor) == EFI_NOT_FOUND && n == 18);
}

static void test_next_name(void)
{
	struct world w = world_new();
	efi_char16_t name[16] = u"Stub";
	struct efi_guid vendor = vendor_a;
	uint64_t n = 8;

	check(next(&w, &n, (efi_char16_t[1]){ 0 }, &vendor) == EFI_NOT_FOUND);
	add_some(&w);
	check_next_names(&w);
	check(next(&w, &n, name, &vendor) == EFI_INVALID_PARAMETER); /* no end in 8 bytes */
	n = sizeof(name);
	check(next(&w, NULL, name, &vendor) == EFI_INVALID_PARAMETER);
	check(next(&w, &n, NULL, &vendor) == EFI_INVALID_PARAMETER);
	check(next(&w, &n, name, NULL) == EFI_INVALID_PARAMETER);
	memcpy(name, u"Hidden", 14); /* there, but not for us */
	check(next(&w, &n, name, &vendor) == EFI_INVALID_PARAMETER);
	n = 1;
	name[0] = 0; /* an end needs two bytes */
	check(next(&w, &n, name, &vendor) == EFI_INVALID_PARAMETER);
	world_free(&w);
}

/* A store that was scribbled on ends early; nothing behind it is read. */
static void test_damaged_store(void)
{
	struct world w = world_new();
	struct runtime_variable *v;
	uint64_t n = 0;

	v = add_variable(&w, "A", &vendor_a, 6, "1");
	add_variable(&w, "B", &vendor_a, 6, "22");
	check(get(&w, u"B", &vendor_a, NULL, &n, NULL) == EFI_BUFFER_TOO_SMALL && n == 2);
	v->n_bytes = 0;
	check(get(&w, u"B", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	v->n_bytes = UINT32_MAX - 7;
	check(get(&w, u"A", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	v->n_bytes = 40;
	v->data_bytes = UINT32_MAX;
	check(get(&w, u"A", &vendor_a, NULL, &n, NULL) == EFI_NOT_FOUND);
	world_free(&w);
}

static void test_query(void)
{
	struct world w = world_new();
	uint64_t out[3] = { 9, 9, 9 };
	const uint64_t at[3] = { address(&out[0]), address(&out[1]), address(&out[2]) };

	w.data->max_storage_bytes = 100;
	w.data->free_storage_bytes = 20;
	w.data->max_variable_bytes = 3;
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 7, at[0], at[1], 0, 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 7, at[0], 0, at[2], 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 7, 0, at[1], at[2], 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 0, at[0], at[1], at[2], 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 5, at[0], at[1], at[2], 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 3, at[0], at[1], at[2], 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 15, at[0], at[1], at[2], 0, 0) ==
	      EFI_UNSUPPORTED);
	check(out[0] == 9 && out[1] == 9 && out[2] == 9);
	check(call(&w, RUNTIME_QUERY_VARIABLE_INFO, 7, at[0], at[1], at[2], 0, 0) == EFI_SUCCESS);
	check(out[0] == 100 && out[1] == 20 && out[2] == 3);
	world_free(&w);
}

/* Descriptors of 48 bytes, as real firmware has them. */
struct entry {
	struct efi_memory_descriptor d;
	uint64_t more;
};

static struct entry entry(const struct world *w, uint64_t at, uint64_t n_bytes, const void *to)
{
	return (struct entry){ { EFI_RUNTIME_SERVICES_DATA, 0, address(w->memory) + at, address(to),
				 n_bytes / PAGE_BYTES, EFI_MEMORY_RUNTIME },
			       0 };
}

static efi_status_t set_map(const struct world *w, const struct entry *map, unsigned n)
{
	return call(w, RUNTIME_SET_VIRTUAL_ADDRESS_MAP, n * sizeof(*map), sizeof(*map),
		    EFI_MEMORY_DESCRIPTOR_VERSION, address(map), 0, 0);
}

static void test_bad_maps(void)
{
	struct world w = world_new();
	const struct entry map[] = {
		entry(&w, CODE_AT, CODE_BYTES, (void *)0x10000000),
		entry(&w, DATA_AT, DATA_BYTES, (void *)0x20000000),
		entry(&w, TABLES_AT, TABLES_BYTES, (void *)0x30000000),
	};
	struct entry not_runtime[3], one_page_short[3];
	const enum runtime_service svam = RUNTIME_SET_VIRTUAL_ADDRESS_MAP;
	uint8_t before[N_BYTES];
	const uint64_t at = address(map);

	memcpy(not_runtime, map, sizeof(map));
	not_runtime[1].d.attribute = EFI_MEMORY_WB;
	memcpy(one_page_short, map, sizeof(map));
	one_page_short[0].d.physical_start += PAGE_BYTES;
	one_page_short[0].d.n_pages--;
	memcpy(before, w.memory, N_BYTES);
	check(call(&w, svam, sizeof(map), 48, 2, at, 0, 0) == EFI_INVALID_PARAMETER);
	check(call(&w, svam, sizeof(map), 48, 0, at, 0, 0) == EFI_INVALID_PARAMETER);
	check(call(&w, svam, sizeof(map), 39, 1, at, 0, 0) == EFI_INVALID_PARAMETER);
	check(call(&w, svam, sizeof(map), 0, 1, at, 0, 0) == EFI_INVALID_PARAMETER);
	check(call(&w, svam, sizeof(map), 44, 1, at, 0, 0) == EFI_INVALID_PARAMETER);
	check(call(&w, svam, sizeof(map), 48, 1, 0, 0, 0) == EFI_INVALID_PARAMETER);
	check(set_map(&w, map, 0) == EFI_NO_MAPPING);
	check(set_map(&w, map, 1) == EFI_NO_MAPPING);
	check(set_map(&w, map, 2) == EFI_NO_MAPPING);
	check(set_map(&w, map + 1, 2) == EFI_NO_MAPPING);
	check(set_map(&w, not_runtime, 3) == EFI_NO_MAPPING);
	check(set_map(&w, one_page_short, 3) == EFI_NO_MAPPING);
	check(memcmp(before, w.memory, N_BYTES) == 0);
	world_free(&w);
}

static struct world *notified_world;
static unsigned n_notified;
static uint64_t notified_with[4];
static efi_status_t converted[6];
static uint64_t pointer[4];

static efi_status_t convert(uint64_t disposition, uint64_t *p)
{
	return call(notified_world, RUNTIME_CONVERT_POINTER, disposition, address(p), 0, 0, 0, 0);
}

static efi_api void notify(uint64_t event, uint64_t context)
{
	if (n_notified < 2) {
		notified_with[2 * n_notified] = event;
		notified_with[2 * n_notified + 1] = context;
	}
	if (n_notified++)
		return;
	pointer[0] = address(notified_world->memory) + DATA_AT + 5;
	pointer[1] = 0;
	pointer[2] = 0x1234;
	converted[0] = convert(0, &pointer[0]);
	converted[1] = convert(1, &pointer[1]);
	converted[2] = convert(0, &pointer[1]);
	converted[3] = convert(0, &pointer[2]);
	converted[4] = convert(0, NULL);
	converted[5] = set_map(notified_world, NULL, 0);
}

static void check_notified(const uint8_t *data)
{
	check(n_notified == 2);
	check(notified_with[0] == 11 && notified_with[1] == 12);
	check(notified_with[2] == 21 && notified_with[3] == 22);
	check(converted[0] == EFI_SUCCESS && pointer[0] == address(data) + 5);
	check(converted[1] == EFI_SUCCESS && pointer[1] == 0);
	check(converted[2] == EFI_INVALID_PARAMETER);
	check(converted[3] == EFI_NOT_FOUND && pointer[2] == 0x1234);
	check(converted[4] == EFI_INVALID_PARAMETER);
	check(converted[5] == EFI_UNSUPPORTED);
}

static uint8_t *map_again(const struct world *w, uint64_t at, uint64_t n_bytes)
{
	void *p = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, w->fd,
		       (off_t)at);

	require(p != MAP_FAILED);
	return p;
}

/* Every pointer that the next kernel follows, at its new address. */
static void check_tables(struct world *w, const uint8_t *code, const uint8_t *tables)
{
	const struct efi_system_table *system = (const void *)tables;
	unsigned i;

	w->runtime = (void *)(tables + 1024);
	w->service = (void *)(w->runtime + 1);
	w->code = (void *)code;
	for (i = 0; i < RUNTIME_N_SERVICES; i++)
		check(w->service[i] == address(code) + w->code->entry[i]);
	check(system->firmware_vendor == address(tables) + 2048);
	check(system->runtime_services == address(tables) + 1024);
	check(system->tables == address(tables) + 3072);
	check(checksum_right(&system->header) && checksum_right(w->runtime));
}

static void test_moved(void)
{
	struct world w = world_new();
	uint8_t *data = map_again(&w, DATA_AT, DATA_BYTES);
	uint8_t *tables = map_again(&w, TABLES_AT, TABLES_BYTES);
	uint8_t *code = map_again(&w, CODE_AT, CODE_BYTES);
	const struct entry map[] = {
		entry(&w, TABLES_AT, TABLES_BYTES, tables),
		entry(&w, DATA_AT, DATA_BYTES, data),
		entry(&w, CODE_AT, CODE_BYTES, code),
	};

	add_some(&w);
	w.data->n_notify = 2;
	w.data->notify[0] = (struct runtime_notify){ address(notify), 11, 12 };
	w.data->notify[1] = (struct runtime_notify){ address(notify), 21, 22 };
	notified_world = &w;
	check(call(&w, RUNTIME_CONVERT_POINTER, 0, address(&w.code), 0, 0, 0, 0) ==
	      EFI_UNSUPPORTED);
	check(set_map(&w, map, 3) == EFI_SUCCESS);
	check_notified(data);
	munmap(w.memory, N_BYTES);
	w.memory = NULL;
	check_tables(&w, code, tables);
	check_get_variable(&w);
	check_next_names(&w);
	check(set_map(&w, map, 3) == EFI_UNSUPPORTED);
	check(call(&w, RUNTIME_CONVERT_POINTER, 0, address(&w.code), 0, 0, 0, 0) ==
	      EFI_UNSUPPORTED);
	check(call(&w, RUNTIME_SET_VARIABLE, 8, 8, 8, 8, 8, 0) == EFI_UNSUPPORTED);
	munmap(data, DATA_BYTES);
	munmap(tables, TABLES_BYTES);
	munmap(code, CODE_BYTES);
	world_free(&w);
}

/* What the map leaves out keeps its address: 1:1 callers go on working. */
static void test_left_out(void)
{
	struct world w = world_new();
	const uint64_t elsewhere = address(gate);
	struct entry map[] = { entry(&w, 0, N_BYTES, w.memory) };

	w.service[RUNTIME_GET_TIME] = elsewhere;
	w.system->firmware_vendor = elsewhere;
	w.system->tables = 0;
	check(set_map(&w, map, 1) == EFI_SUCCESS);
	check(w.service[RUNTIME_GET_TIME] == elsewhere);
	check(w.system->firmware_vendor == elsewhere && w.system->tables == 0);
	check(checksum_right(&w.system->header) && checksum_right(w.runtime));
	check(call(&w, RUNTIME_SET_VARIABLE, 0, 0, 0, 0, 0, 0) == EFI_UNSUPPORTED);
	world_free(&w);
}

int main(void)
{
	test_blob();
	test_gates_by_index();
	test_gate_arguments();
	test_unsupported();
	test_get_variable();
	test_next_name();
	test_damaged_store();
	test_query();
	test_bad_maps();
	test_moved();
	test_left_out();
	return tap_done();
}
