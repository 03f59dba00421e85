// SPDX-License-Identifier: MIT
/* 10.6 Device Path to Text: the usual nodes against the text of the specification's tables. */
#include "lib.h"

static struct device_path_to_text *to_text;
static struct device_path_from_text *from_text;

static const struct efi_guid part = {
	0x6d7a0e4d, 0x1234, 0x5678, { 0x9a, 0xbc, 0xde, 0xf0, 0x11, 0x22, 0x33, 0x44 }
};

static char16 lower(char16 c)
{
	return c >= 'A' && c <= 'Z' ? (char16)(c + 32) : c;
}

/* The text makes the same path again. */
static bool comes_back(const uint8_t *path, const char16 *text)
{
	struct device_path *again = from_text->path(text);
	const uint8_t *p = (const uint8_t *)again;
	size_t n = 0;

	if (again == NULL) /* EDK2: of the empty text, which is no path at all */
		return !text[0] && !on_bardo();
	while (path[n] != 0x7f)
		n += path[n + 2] | path[n + 3] << 8;
	return memcmp(p, path, n + 4) == 0 && bs->free_pool(again) == EFI_SUCCESS;
}

/* Hex digits may be of either case; nothing else may differ. */
static bool text_is(const uint8_t *path, const char *want)
{
	char16 *text = to_text->path((const void *)path, false, false);
	unsigned i;
	bool ok;

	if (text == NULL)
		return false;
	for (i = 0; text[i] && want[i] && lower(text[i]) == lower((uint8_t)want[i]); i++)
		;
	ok = text[i] == 0 && want[i] == 0 && comes_back(path, text);
	if (!ok)
		print("# got %S\n# want %s\n", text, want);
	return bs->free_pool(text) == EFI_SUCCESS && ok;
}

static uint8_t path[256];

static uint8_t *acpi_pci(void)
{
	static const uint8_t acpi[] = { 0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0 };
	static const uint8_t pci[] = { 2, 0x1f };

	return path_node(path_node(path, 2, 1, acpi, 8), 1, 1, pci, 2);
}

static void test_hardware(void)
{
	static const uint8_t memory[] = { 2, 0, 0,    0,    0, 0x10, 0, 0, 0, 0,
					  0, 0, 0xff, 0x1f, 0, 0,    0, 0, 0, 0 };
	uint8_t vendor[18];

	path_end(acpi_pci());
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)"));
	path_end(path_node(path, 1, 4, &initrd_media_guid, 16));
	check(text_is(path, "VenHw(5568E427-68FC-4F3D-AC74-CA555231CC68)"));
	memcpy(vendor, &initrd_media_guid, 16);
	vendor[16] = 0xab;
	vendor[17] = 0x01;
	path_end(path_node(path, 1, 4, vendor, 18));
	check(text_is(path, "VenHw(5568E427-68FC-4F3D-AC74-CA555231CC68,AB01)"));
	path_end(path_node(path, 1, 3, memory, sizeof(memory)));
	check(text_is(path, "MemoryMapped(0x2,0x1000,0x1FFF)"));
}

static void test_messaging(void)
{
	static const uint8_t sata[] = { 1, 0, 0xff, 0xff, 0, 0 };
	static const uint8_t scsi[] = { 3, 0, 4, 0 }, usb[] = { 5, 6 };
	static const uint8_t nvme[] = {
		1, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11
	};
	uint8_t mac[33] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	path_end(path_node(acpi_pci(), 3, 0x12, sata, sizeof(sata)));
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x1,0xFFFF,0x0)"));
	path_end(path_node(acpi_pci(), 3, 2, scsi, sizeof(scsi)));
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)/Scsi(0x3,0x4)"));
	path_end(path_node(acpi_pci(), 3, 5, usb, sizeof(usb)));
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)/USB(0x5,0x6)"));
	path_end(path_node(acpi_pci(), 3, 0x17, nvme, sizeof(nvme)));
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)/NVMe(0x1,11-22-33-44-55-66-77-88)"));
	mac[32] = 1;
	path_end(path_node(acpi_pci(), 3, 11, mac, sizeof(mac)));
	check(text_is(path, "PciRoot(0x0)/Pci(0x1F,0x2)/MAC(525400123456,0x1)"));
	path_end(path_node(path, 3, 0x18, "http://boot/a.efi", 17));
	check(text_is(path, "Uri(http://boot/a.efi)"));
}

static void test_media(void)
{
	uint8_t disk[38] = { 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0 };
	uint8_t *p;

	memcpy(disk + 20, &part, 16);
	disk[36] = 2;
	disk[37] = 2;
	p = path_node(path, 4, 1, disk, sizeof(disk));
	path_end(p);
	check(text_is(path, "HD(1,GPT,6D7A0E4D-1234-5678-9ABC-DEF011223344,0x800,0x100000)"));
	path_end(path_file(p, u"\\EFI\\BOOT\\BOOTX64.EFI"));
	check(text_is(path, "HD(1,GPT,6D7A0E4D-1234-5678-9ABC-DEF011223344,0x800,0x100000)/"
			    "\\EFI\\BOOT\\BOOTX64.EFI"));
	path_end(path_file(path, u"\\a b.efi"));
	check(text_is(path, "\\a b.efi"));
	path_end(path_node(path, 4, 3, &initrd_media_guid, 16));
	check(text_is(path, "VenMedia(5568E427-68FC-4F3D-AC74-CA555231CC68)"));
	path_end(path);
	check(text_is(path, ""));
}

/* 10.6.4: nodes, paths, and texts that are none. */
static void test_from_text(void)
{
	static const uint8_t pci[] = { 1, 1, 6, 0, 2, 0x1f };
	uint8_t *p = (uint8_t *)from_text->node(u"Pci(0x1F,0x2)");

	check(p != NULL && memcmp(p, pci, sizeof(pci)) == 0);
	bs->free_pool(p);
	p = (uint8_t *)from_text->path(u"Pci(31,2)");
	check(p != NULL && memcmp(p, pci, sizeof(pci)) == 0 && p[6] == 0x7f && p[7] == 0xff);
	bs->free_pool(p);
	/* a name that nobody knows is a file's */
	p = (uint8_t *)from_text->node(u"startup.nsh");
	check(p != NULL && p[0] == 4 && p[1] == 4 && p[2] == 4 + 2 * 12 &&
	      strcmp16((void *)(p + 4), u"startup.nsh") == 0);
	bs->free_pool(p);
	check(from_text->node(NULL) == NULL);
	check(from_text->path(NULL) == NULL);
	if (on_bardo()) /* EDK2 takes it for Pci(0,0) */
		check(from_text->path(u"Pci(x,y)") == NULL);
}

efi_status_t payload(void)
{
	static const uint8_t pci[] = { 3, 4 };
	char16 *text;

	require(bs->locate_protocol(&device_path_to_text_guid, NULL, &to_text));
	require(bs->locate_protocol(&device_path_from_text_guid, NULL, &from_text));
	test_from_text();
	test_hardware();
	test_messaging();
	test_media();
	check(to_text->path(NULL, false, false) == NULL);
	check(to_text->node(NULL, false, false) == NULL);
	/* one node, nothing behind it is looked at */
	memset(path, 0xff, sizeof(path));
	path_node(path, 1, 1, pci, 2);
	text = to_text->node((void *)path, true, true);
	check(text != NULL && strcmp16(text, u"Pci(0x4,0x3)") == 0);
	succeeds(bs->free_pool(text));
	return tap_done();
}
