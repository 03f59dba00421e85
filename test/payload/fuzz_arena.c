// SPDX-License-Identifier: MIT
/* What arguments point to: sensible to begin with, and less and less so. */
#include "fuzz_rows.h"

static const struct efi_guid *const known[] = {
	&loaded_image_guid,
	&loaded_image_device_path_guid,
	&device_path_guid,
	&device_path_guid,
	&platform_driver_override_guid,
	&driver_family_override_guid,
	&bus_driver_override_guid,
	&driver_binding_guid,
	&driver_binding_guid,
	&text_output_guid,
	&text_input_guid,
	&text_input_ex_guid,
	&rng_guid,
	&memory_attribute_guid,
	&device_path_to_text_guid,
	&load_file2_guid,
	&load_file_guid,
	&initrd_media_guid,
	&global_variable_guid,
	&rt_properties_guid,
	&exit_boot_services_guid,
	&before_exit_boot_services_guid,
	&reset_system_guid,
	&simple_file_system_guid,
	&file_info_guid,
	&file_system_info_guid,
	&file_system_label_guid,
	&graphics_output_guid,
	&block_io_guid,
	&block_io2_guid,
	&disk_io_guid,
	&serial_io_guid,
	&hii_database_guid,
	&unicode_guid,
};

static const char *const words[] = {
	"child.efi",
	"\\child.efi",
	"\\folder\\child.efi",
	"folder",
	"..",
	".",
	"",
	"*",
	"*a*b*c*[a-z]?",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
	"new",
	"folder\\new",
	"hello.txt",
	"Boot0001",
	"LoaderBootSecret",
	"PciRoot(0x0)/Pci(0x1,0x0)",
	"HD(1,GPT,00112233-4455-6677-8899-aabbccddeeff,0x800,0x100)/\\child.efi",
	"VenHw(00112233-4455-6677-8899-aabbccddeeff,0102)",
	"MAC(001122334455,0x1)",
	"Path(1,2,0304)",
};
enum { N_WORDS = sizeof(words) / sizeof(*words) };

static void put_word(char16 *to, const char *word)
{
	unsigned n = 0;

	for (; word[n] && n < TEXT_UNITS - 1; n++)
		to[n] = (uint8_t)word[n];
	to[n] = 0;
}

/* A file, or a vendor's node, behind what is there already. */
static void put_path(uint8_t *p, unsigned room)
{
	char16 name[TEXT_UNITS];

	if (room > 64 && one_in(3))
		p = path_node(p, 4, 3, &initrd_media_guid, 16);
	if (room > 200 && !one_in(4)) {
		put_word(name, words[any(4)]);
		p = path_file(p, name);
	}
	path_end(p);
}

/* A device's path, without its end, and something behind it. */
static void put_device(uint8_t *to)
{
	struct device_path *from = NULL;
	uint64_t n = 0, length;

	for (unsigned i = 0; i < 8 && !from; i++)
		bs->handle_protocol((handle_t)recall(KIND_HANDLE), &device_path_guid, &from);
	while (from && can_read((uint64_t)from, 4)) {
		length = from->length[0] | (uint64_t)from->length[1] << 8;
		if (from->type == 0x7f || length < 4 || n + length > PATH_BYTES - 80 ||
		    !can_read((uint64_t)from, length))
			break;
		memcpy(to + n, from, length);
		n += length;
		from = (struct device_path *)((uint8_t *)from + length);
	}
	put_path(to + n, (unsigned)(PATH_BYTES - n));
}

/* 33.3: a list with a package of strings */
static void put_list(uint8_t *to)
{
	static const uint8_t blocks[] = { 0x14, 'h',  0, 'i',  0, 0, 0,	  0x10, 'x', 0, 0x20, 1,
					  0,	0x22, 3, 0x12, 2, 0, 'a', 0,	'b', 0, 0x00 };
	enum { HEAD = 20, STRINGS = 4 + 42 + 3 };
	const uint32_t n = STRINGS + sizeof(blocks);
	const uint32_t head = n | 0x04u << 24, end = 4 | 0xdfu << 24, all = HEAD + n + 4;

	memset(to, 0, LIST_BYTES);
	memcpy(to, &hii_database_guid, 16);
	memcpy(to + 16, &all, 4);
	memcpy(to + HEAD, &head, 4);
	memcpy(to + HEAD + 4, (uint32_t[]){ STRINGS, STRINGS }, 8);
	memcpy(to + HEAD + 46, "en", 3);
	memcpy(to + HEAD + STRINGS, blocks, sizeof(blocks));
	memcpy(to + HEAD + n, &end, 4);
}

/* EFI_KEY_DATA of one that the runner types */
static void put_key(uint8_t *to)
{
	memset(to, 0, KEY_BYTES);
	if (one_in(3))
		to[0] = (uint8_t)(1 + any(4));
	else
		to[2] = (uint8_t)('a' + any(4));
}

void arena_fill(void)
{
	for (unsigned i = 0; i < N_GUIDS; i++)
		arena.guid[i] = i < sizeof(known) / sizeof(*known)
					? *known[i]
					: (struct efi_guid){ i, 0xbad, 0xbad, { 0 } };
	for (unsigned i = 0; i < N_TEXTS; i++)
		put_word(arena.text[i], words[i % N_WORDS]);
	for (unsigned i = 0; i < N_ASCII; i++)
		memcpy(arena.ascii[i], "en", 3);
	for (unsigned i = 0; i < N_PATHS; i++)
		put_path(arena.path[i], PATH_BYTES);
	for (unsigned i = 0; i < N_KEYS; i++)
		put_key(arena.key[i]);
	for (unsigned i = 0; i < N_LISTS; i++)
		put_list(arena.list[i]);
	for (unsigned i = 0; i < BUFFER_BYTES; i++)
		arena.buffer[i] = (uint8_t)any(256);
}

/* A byte or a few, anywhere in it. */
static void spoil_bytes(uint8_t *p, uint64_t n)
{
	for (uint64_t i = 1 + any(3); i > 0; i--)
		p[any(n)] = (uint8_t)(one_in(3) ? 0xff * any(2) : any(256));
}

static void spoil_text(char16 *text)
{
	if (one_in(2))
		put_word(text, words[any(N_WORDS)]);
	else
		text[any(TEXT_UNITS - 1)] = (char16)(one_in(4) ? any(65536) : 32 + any(96));
}

void arena_spoil(void)
{
	const uint64_t i = any(256);

	switch (any(10)) {
	case 0:
		spoil_text(arena.text[i % N_TEXTS]);
		break;
	case 1:
		spoil_bytes(arena.path[i % N_PATHS], PATH_BYTES / 4);
		break;
	case 2:
	case 3:
		put_device(arena.path[i % N_PATHS]);
		break;
	case 4:
		spoil_bytes(arena.list[i % N_LISTS], 128);
		break;
	case 5:
		put_list(arena.list[i % N_LISTS]);
		break;
	case 6:
		put_key(arena.key[i % N_KEYS]);
		break;
	case 7:
		arena.guid[i % N_GUIDS] = *known[any(sizeof(known) / sizeof(*known))];
		break;
	case 8:
		arena.interface[i % 16][any(16)] =
			!one_in(30) ? some_function() : recall((enum kind)any(N_KINDS));
		break;
	default:
		spoil_bytes(arena.buffer, BUFFER_BYTES);
		break;
	}
	if (one_in(16))
		interfaces_fill();
}
