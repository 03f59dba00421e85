// SPDX-License-Identifier: MIT
/*
 * Variables behind the jump where the machine's firmware can be called: one made of a list. Our
 * data lies in memory twice, as the next kernel and as the firmware has it.
 */
#include "guest/runtime.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DATA_BYTES = 16 * PAGE_BYTES, MOST = 16, NV = 7, VOLATILE = 6, APPEND = 0x40 };

static const struct efi_guid vendor_a = { 0x11111111, 0x2222, 0x3333, { 1, 2, 3, 4, 5, 6, 7, 8 } };
static const struct efi_guid vendor_b = { 0x11111111, 0x2222, 0x3333, { 1, 2, 3, 4, 5, 6, 7, 9 } };

/* What the firmware has. */
static struct kept {
	efi_char16_t name[16];
	struct efi_guid vendor;
	uint32_t attributes;
	char data[16];
	uint64_t n_bytes;
} kept[MOST];
static unsigned n_kept, n_written;
static bool got_ours;	    /* it was handed an address that it has something else at */
static efi_status_t refuse; /* what it says to whoever writes */

struct runtime_code_header runtime_header;
static struct runtime_data *data;

/* To be called for each pointer that the firmware is given. */
static void look_at(const void *p)
{
	const uint64_t at = (uint64_t)p - (uint64_t)data;

	got_ours |= at < DATA_BYTES;
}

static uint64_t name_bytes(const efi_char16_t *name)
{
	uint64_t n = 0;

	while (name[n])
		n++;
	return 2 * (n + 1);
}

static struct kept *find(const efi_char16_t *name, const struct efi_guid *vendor)
{
	look_at(name);
	look_at(vendor);
	for (unsigned i = 0; i < n_kept; i++)
		if (!memcmp(&kept[i].vendor, vendor, sizeof(*vendor)) &&
		    name_bytes(kept[i].name) == name_bytes(name) &&
		    !memcmp(kept[i].name, name, name_bytes(name)))
			return &kept[i];
	return NULL;
}

efi_api efi_status_t firmware_get_variable(const efi_char16_t *name, const struct efi_guid *vendor,
					   uint32_t *attributes, uint64_t *n_bytes, void *to)
{
	const struct kept *k = find(name, vendor);
	const uint64_t room = *n_bytes;

	if (!k)
		return EFI_NOT_FOUND;
	*n_bytes = k->n_bytes;
	if (attributes)
		*attributes = k->attributes;
	if (room < k->n_bytes)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(to, k->data, k->n_bytes);
	return EFI_SUCCESS;
}

efi_api efi_status_t firmware_get_next_variable_name(uint64_t *bytes, efi_char16_t *name,
						     struct efi_guid *vendor)
{
	const struct kept *k = name[0] ? find(name, vendor) : NULL;
	const uint64_t room = *bytes;

	look_at(name);
	if (name[0] && !k)
		return EFI_INVALID_PARAMETER;
	k = k ? k + 1 : kept;
	if (k == kept + n_kept) {
		*bytes = 1; /* nobody says that it stays */
		return EFI_NOT_FOUND;
	}
	*bytes = name_bytes(k->name);
	if (room < *bytes)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(name, k->name, *bytes);
	*vendor = k->vendor;
	return EFI_SUCCESS;
}

efi_api efi_status_t firmware_set_variable(const efi_char16_t *name, const struct efi_guid *vendor,
					   uint32_t attributes, uint64_t n_bytes, const void *from)
{
	struct kept *k = find(name, vendor);

	n_written++;
	if (refuse)
		return refuse;
	if (!n_bytes || !attributes) {
		if (!k)
			return EFI_NOT_FOUND;
		memmove(k, k + 1, (size_t)(kept + n_kept - (k + 1)) * sizeof(*k));
		n_kept--;
		return EFI_SUCCESS;
	}
	if (!k) {
		k = &kept[n_kept++];
		memcpy(k->name, name, name_bytes(name));
		k->vendor = *vendor;
	}
	k->attributes = attributes;
	k->n_bytes = n_bytes;
	memcpy(k->data, from, n_bytes);
	return EFI_SUCCESS;
}

efi_api efi_status_t firmware_query_variable_info(uint32_t attributes, uint64_t *max_storage,
						  uint64_t *free_storage, uint64_t *max_variable)
{
	*max_storage = 1000;
	*free_storage = 100;
	*max_variable = 10;
	return EFI_SUCCESS;
}

static void put(const efi_char16_t *name, const struct efi_guid *vendor, uint32_t attributes,
		const char *text, uint32_t kind)
{
	struct runtime_variable *v = (void *)((uint8_t *)(data + 1) + data->store_bytes);

	*v = (struct runtime_variable){ .attributes = attributes,
					.vendor = *vendor,
					.name_bytes = (uint32_t)name_bytes(name),
					.data_bytes = (uint32_t)strlen(text),
					.kind = kind };
	v->n_bytes = (uint32_t)align_up(sizeof(*v) + v->name_bytes + v->data_bytes, 8);
	memcpy(v + 1, name, v->name_bytes);
	memcpy((uint8_t *)(v + 1) + v->name_bytes, text, v->data_bytes);
	data->store_bytes += v->n_bytes;
}

static void keep(const efi_char16_t *name, uint32_t attributes, const char *text)
{
	check(firmware_set_variable(name, &vendor_a, attributes, strlen(text), text) ==
	      EFI_SUCCESS);
}

/* The firmware's, then what the image has made of them. */
static void begin(bool forwards)
{
	n_kept = 0;
	refuse = 0;
	got_ours = false;
	data->store_bytes = 0;
	data->forward.state = forwards ? RUNTIME_TABLES_USED : RUNTIME_TABLES_OFF;
	data->forward.system_table = 0x1000;
	keep(u"Order", NV, "01");
	keep(u"OneShot", NV, "once");
	keep(u"Lang", NV, "en");
	keep(u"db", NV, "key");
	keep(u"Last", NV, "l");
	n_written = 0;
	put(u"OneShot", &vendor_a, NV, "", RUNTIME_VARIABLE_DELETED);
	put(u"Lang", &vendor_a, NV, "de", RUNTIME_VARIABLE_OWN);
	put(u"StubInfo", &vendor_a, VOLATILE, "stub", RUNTIME_VARIABLE_OWN);
	put(u"Own", &vendor_a, NV, "own", RUNTIME_VARIABLE_OWN);
	put(u"Lang", &vendor_b, NV, "b", RUNTIME_VARIABLE_OWN);
	put(u"Order", &vendor_a, NV, "01", RUNTIME_VARIABLE_OF_HOST);
	put(u"db", &vendor_a, NV, "old", RUNTIME_VARIABLE_OF_HOST);
}

static bool has(const efi_char16_t *name, const struct efi_guid *vendor, const char *want)
{
	char got[16] = { 0 };
	uint64_t n = sizeof(got);
	uint32_t attributes;

	if (runtime_get_variable(name, vendor, &attributes, &n, got) != EFI_SUCCESS)
		return !want;
	return want && n == strlen(want) && !memcmp(got, want, n);
}

/* All names as a caller lists them, the first letters of each; with as little room as there can be.
 */
static const char *list(char ret[static 64], uint64_t room)
{
	efi_char16_t name[16] = { 0 };
	struct efi_guid vendor = { 0 };
	unsigned n = 0, calls = 0;
	efi_status_t status;
	uint64_t bytes;

	do {
		bytes = max_u64(room, name_bytes(name));
		status = runtime_get_next_variable_name(&bytes, name, &vendor);
		if (status == EFI_BUFFER_TOO_SMALL) /* bytes says how much it takes */
			status = runtime_get_next_variable_name(&bytes, name, &vendor);
		if (status != EFI_SUCCESS)
			break;
		ret[n++] = (char)name[0];
		ret[n++] = (char)name[1];
		ret[n++] = memcmp(&vendor, &vendor_b, sizeof(vendor)) ? ' ' : '\'';
	} while (n < 60 && calls++ < 64);
	ret[n] = 0;
	check(status == EFI_NOT_FOUND);
	return ret;
}

static void lists(const char *want)
{
	char one[64], other[64];

	check_msg(!strcmp(list(one, sizeof(efi_char16_t) * 16), want), "\"%s\", wanted \"%s\"", one,
		  want);
	check_msg(!strcmp(list(other, 2), want), "with little room \"%s\"", other);
}

static void test_frozen(void)
{
	begin(false);
	lists("La St Ow La'Or db ");
	check(has(u"Order", &vendor_a, "01") && has(u"Lang", &vendor_a, "de"));
	check(has(u"OneShot", &vendor_a, NULL) && has(u"db", &vendor_a, "old"));
	check(runtime_set_variable(u"Order", &vendor_a, NV, 1, "x") == EFI_UNSUPPORTED);
	check(n_written == 0);
}

static void test_read(void)
{
	begin(true);
	lists("Or La db La St Ow La'");
	check(has(u"Order", &vendor_a, "01") && has(u"db", &vendor_a, "key"));
	check_msg(has(u"Lang", &vendor_a, "de"), "what the image changed is what it made of it");
	check_msg(has(u"OneShot", &vendor_a, NULL), "what it deleted is gone");
	check(has(u"StubInfo", &vendor_a, "stub") && has(u"Lang", &vendor_b, "b"));
	check(has(u"Nothing", &vendor_a, NULL) && has(u"db", &vendor_b, NULL));
	check_msg(n_written == 0, "the machine's are as they were");
	check_msg(!got_ours, "the firmware is not sent to where it has something else");
}

static efi_status_t set(const efi_char16_t *name, uint32_t attributes, const char *text)
{
	return runtime_set_variable(name, &vendor_a, attributes, strlen(text), text);
}

static void test_write(void)
{
	begin(true);
	check(set(u"Order", NV, "02") == EFI_SUCCESS && has(u"Order", &vendor_a, "02"));
	check(set(u"New", NV, "n") == EFI_SUCCESS && has(u"New", &vendor_a, "n"));
	check(set(u"Lang", NV, "fr") == EFI_SUCCESS && has(u"Lang", &vendor_a, "fr"));
	check(set(u"OneShot", NV, "2") == EFI_SUCCESS && has(u"OneShot", &vendor_a, "2"));
	check_msg(has(u"Lang", &vendor_b, "b"), "only the one of that vendor");
	check(n_written == 4);
	lists("Or On La db La Ne St Ow La'");
	check_msg(set(u"StubInfo", NV, "x") == EFI_WRITE_PROTECTED &&
			  set(u"StubInfo", 0, "") == EFI_WRITE_PROTECTED && n_written == 4,
		  "how this boot went stays");
	check(!got_ours);
	refuse = EFI_WRITE_PROTECTED;
	begin(true);
	refuse = EFI_WRITE_PROTECTED;
	check(set(u"Lang", NV, "it") == EFI_WRITE_PROTECTED && has(u"Lang", &vendor_a, "de"));
	check(set(u"OneShot", NV, "x") == EFI_WRITE_PROTECTED && has(u"OneShot", &vendor_a, NULL));
}

static void test_delete(void)
{
	begin(true);
	check(set(u"Order", 0, "") == EFI_SUCCESS && has(u"Order", &vendor_a, NULL));
	check(set(u"Lang", NV, "") == EFI_SUCCESS && has(u"Lang", &vendor_a, NULL));
	check_msg(set(u"Own", 0, "") == EFI_SUCCESS && has(u"Own", &vendor_a, NULL),
		  "what only the image had");
	check(set(u"Own", 0, "") == EFI_NOT_FOUND);
	check(set(u"OneShot", 0, "") == EFI_SUCCESS && has(u"OneShot", &vendor_a, NULL));
	lists("db La St La'");
	check(set(u"Nothing", 0, "") == EFI_NOT_FOUND);
}

/* What is appended to is not what the caller has read. */
static void test_append(void)
{
	begin(true);
	check(set(u"Lang", NV | APPEND, "x") == EFI_UNSUPPORTED && n_written == 0);
	check(set(u"OneShot", NV | APPEND, "x") == EFI_UNSUPPORTED && n_written == 0);
	check(set(u"db", NV | APPEND, "x") == EFI_SUCCESS && n_written == 1);
}

static void test_wrong(void)
{
	efi_char16_t name[4] = u"abc";
	struct efi_guid vendor = vendor_a;
	uint64_t n = 8;

	begin(true);
	check(runtime_set_variable(NULL, &vendor_a, NV, 1, "x") == EFI_INVALID_PARAMETER);
	check(runtime_set_variable(u"a", NULL, NV, 1, "x") == EFI_INVALID_PARAMETER);
	check(runtime_get_next_variable_name(&n, name, &vendor) == EFI_INVALID_PARAMETER);
	check(n == 8 && !memcmp(name, u"abc", 8));
}

static void test_query(void)
{
	uint64_t a = 0, b = 0, c = 0;

	begin(true);
	check(runtime_query_variable_info(NV, &a, &b, &c) == EFI_SUCCESS && a == 1000 && b == 100 &&
	      c == 10);
	check(runtime_query_variable_info(NV, NULL, &b, &c) == EFI_INVALID_PARAMETER);
}

int main(void)
{
	const int fd = memfd_create("data", 0);
	void *firmwares;

	require(fd >= 0 && ftruncate(fd, DATA_BYTES) == 0);
	data = mmap(NULL, DATA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	firmwares = mmap(NULL, DATA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(data != MAP_FAILED && firmwares != MAP_FAILED);
	runtime_header.data = (uint64_t)data;
	data->forward.data = (uint64_t)firmwares;
	test_frozen();
	test_read();
	test_write();
	test_delete();
	test_append();
	test_wrong();
	test_query();
	return tap_done();
}
