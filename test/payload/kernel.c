// SPDX-License-Identifier: MIT
/*
 * In place of a kernel inside a unified kernel image: says what it was given, its options, what is
 * in its initrd and where it came from, and calls ExitBootServices. Option "deaf": asks for no
 * initrd; "drop": takes others for its options, as stubs do under Secure Boot.
 */
#include "lib.h"

enum { HEAD_BYTES = 110, MAX_INITRD = 64 << 20 };

/* Field i of a newc head: eight hexadecimal digits. */
static uint32_t field(const uint8_t *head, unsigned i)
{
	uint32_t v = 0;
	unsigned k;

	for (k = 0; k < 8; k++) {
		uint8_t c = head[6 + 8 * i + k] | 0x20;

		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return v;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

/* "file PATH BYTES CRC" for each that is not a folder; what is no archive is told as such. */
static void list(const uint8_t *p, uint64_t n)
{
	uint64_t at = 0, name, data, n_name, n_data;

	while (at + HEAD_BYTES <= n) {
		if (p[at] == 0) {
			at += 4;
			continue;
		}
		if (memcmp(p + at, "070701", 6)) {
			print("raw %u bytes crc 0x%x\n", n - at,
			      (uint64_t)crc32(0, p + at, n - at));
			return;
		}
		n_data = field(p + at, 6);
		n_name = field(p + at, 11);
		name = at + HEAD_BYTES;
		data = align4(name + n_name);
		if (data + n_data > n)
			return;
		if ((field(p + at, 1) & 0xf000) == 0x8000)
			print("file %s %u 0x%x\n", (const char *)p + name, n_data,
			      (uint64_t)crc32(0, p + data, n_data));
		at = align4(data + n_data);
	}
	for (; at < n; at++)
		if (p[at]) {
			print("raw %u bytes crc 0x%x\n", n - at,
			      (uint64_t)crc32(0, p + at, n - at));
			return;
		}
}

static void list_initrd(void)
{
	static uint8_t path[32];
	struct device_path *dp = (void *)path;
	struct load_file2 *lf2 = NULL;
	uint8_t *buffer = NULL;
	handle_t h = NULL;
	uint64_t n = 0;

	path_end(path_node(path, 4, 3, &initrd_media_guid, 16));
	if (bs->locate_device_path(&load_file2_guid, &dp, &h) != EFI_SUCCESS) {
		print("no initrd\n");
		return;
	}
	succeeds(bs->handle_protocol(h, &load_file2_guid, &lf2));
	is(lf2->load_file(lf2, dp, false, &n, NULL), EFI_BUFFER_TOO_SMALL);
	if (n == 0 || n > MAX_INITRD || bs->allocate_pool(EFI_LOADER_DATA, n, (void **)&buffer))
		return;
	if (succeeds(lf2->load_file(lf2, dp, false, &n, buffer)))
		list(buffer, n);
}

/* The partition, as the loader or the stub before it has told it. */
static void list_partition(void)
{
	char16 text[64] = { 0 };
	uint64_t n = sizeof(text) - 2;

	if (rt->get_variable(u"LoaderDevicePartUUID", &systemd_guid, NULL, &n, text) == EFI_SUCCESS)
		print("partition %S\n", text);
}

efi_status_t payload(void)
{
	static uint8_t room[64 << 10];
	static char16 own[] = u"of its own";
	struct loaded_image *image = own_image();
	uint64_t n, key, each;
	uint32_t version;

	print("options <%S>\n", image->load_options_bytes ? image->load_options : u"");
	if (!option_is("deaf"))
		list_initrd();
	list_partition();
	if (option_is("drop")) {
		image->load_options = own;
		image->load_options_bytes = sizeof(own);
	}
	n = sizeof(room);
	succeeds(bs->get_memory_map(&n, room, &key, &each, &version));
	tap_done();
	n = sizeof(room);
	bs->get_memory_map(&n, room, &key, &each, &version);
	return bs->exit_boot_services(self, key);
}
