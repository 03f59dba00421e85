// SPDX-License-Identifier: MIT
/* Device paths to text and back: each kind of node, and texts that are none. */
#include "base/util.h"
#include "firmware/device_path/kinds.h"
#include "base/text.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 70000 };

/* The path of a text, or NULL. */
static uint8_t *parse(const char *text, bool one_node, size_t *ret_n)
{
	static uint16_t utf16[ROOM];
	uint64_t n;

	require(text_from_utf8(text, utf16, ROOM, &n));
	return path_parse(NULL, utf16, n, one_node, ret_n);
}

static bool prints(const uint8_t *path, size_t n, const char *want)
{
	static char text[ROOM];
	bool ok = path_print((struct bytes){ path, n }, text, sizeof(text)) && !strcmp(text, want);

	if (!ok)
		printf("# got  %s\n# want %s\n", text, want);
	return ok;
}

#define G "12345678-9abc-def0-0102-030405060708"
#define G_BYTES "\x78\x56\x34\x12\xbc\x9a\xf0\xde\1\2\3\4\5\6\7\x08"

static void test_round_trip(void)
{
	static const char *const texts[] = {
		"",
		"Pci(0x1f,0x2)",
		"PcCard(0x3)",
		"MemoryMapped(0xb,0xffffffffffff0000,0x1fff)",
		"VenHw(" G ")",
		"VenHw(" G ",00ff1a)",
		"Ctrl(0x10)",
		"BMC(0x1,0xca2)",
		"PciRoot(0x0)",
		"PcieRoot(0x1)",
		"Floppy(0x0)",
		"Keyboard(0x0)",
		"Serial(0x1)",
		"ParallelPort(0x0)",
		"Acpi(PNP0A06,0x7)",
		"Acpi(0x12345678,0x7)",
		"Ata(Primary,Slave,0x0)",
		"Ata(Secondary,Master,0x5)",
		"Scsi(0x3,0x4)",
		"Fibre(0x1122334455667788,0x2)",
		"USB(0x5,0x6)",
		"I2O(0x7)",
		"VenMsg(" G ",ab)",
		"MAC(525400123456,0x1)",
		"MAC(000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,0x20)",
		"Uart(115200,8,N,1)",
		"Uart(9600,7,E,1.5)",
		"Uart(9600,7,0x9,0x7)",
		"Unit(0x2)",
		"Sata(0x1,0xffff,0x0)",
		"Vlan(4094)",
		"NVMe(0x1,08-07-06-05-04-03-02-FF)",
		"Uri(https://[fe80::1]/a(b),c?d=e)",
		"Uri()",
		"UFS(0x0,0x2)",
		"SD(0x0)",
		"eMMC(0x1)",
		"HD(1,GPT," G ",0x800,0x100000)",
		"HD(2,MBR,0xdeadbeef,0x3f,0x1000)",
		"HD(3,0,0,0x1,0x2)",
		"CDROM(0x1,0x2,0x3)",
		"VenMedia(" G ")",
		"Media(" G ")",
		"FvFile(" G ")",
		"Fv(" G ")",
		"Offset(0x10,0x20)",
		"RamDisk(0x100000,0x1fffff,0," G ")",
		"HardwarePath(99,aabb)",
		"AcpiPath(3)",
		"Msg(16,0011)",
		"MediaPath(200)",
		"BbsPath(1,0102)",
		"Path(9,1,cc)",
		"\\EFI\\BOOT\\BOOTX64.EFI",
		"PciRoot(0x0)/Pci(0x1,0x0)/HD(1,GPT," G
		",0x800,0x1000)/\\a b\xc3\xa4\xf0\x9f\x98\x80.efi",
		"USB(0x1,0x2),USB(0x3,0x4)/Unit(0x0),\\c",
		"name(1).efi",
		"Unknown(0x1)",
	};
	uint8_t *path;
	size_t n;

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		path = parse(texts[i], false, &n);
		check_msg(path && prints(path, n, texts[i]), "%s", texts[i]);
		heap_bytes_free(NULL, path);
	}
}

/* Every kind there is was among them, by what its row says. */
static void test_bytes(void)
{
	static const struct {
		const char *text, *bytes;
		size_t n;
	} rows[] = {
#define ROW(text, bytes) { text, bytes, sizeof(bytes) - 1 }
		ROW("Pci(31,2)", "\1\1\6\0\2\x1f"),
		ROW("PciRoot(1)", "\2\1\x0c\0\xd0\x41\x03\x0a\1\0\0\0"),
		ROW("Acpi(PNP0A03,0)", "\2\1\x0c\0\xd0\x41\x03\x0a\0\0\0\0"),
		ROW("Ata(1,0,0x1234)", "\3\1\x08\0\1\0\x34\x12"),
		ROW("NVMe(0x1,11-22-33-44-55-66-77-88)",
		    "\3\x17\x10\0\1\0\0\0\x88\x77\x66\x55\x44\x33\x22\x11"),
		ROW("HD(2,GPT," G ",0x800,0x10)",
		    "\4\1\x2a\0\2\0\0\0\0\x08\0\0\0\0\0\0\x10\0\0\0\0\0\0\0" G_BYTES "\2\2"),
		ROW("HD(1,MBR,0x1)",
		    "\4\1\x2a\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0\1\1"),
		ROW("VenMedia(" G ",aB)", "\4\3\x15\0" G_BYTES "\xab"),
		ROW("\\a", "\4\4\x0a\0\\\0a\0\0\0"),
		ROW("Uri(\xc3\xa4)", "\3\x18\6\0\xc3\xa4"),
		ROW("Path(9,1,cc)", "\x09\1\5\0\xcc"),
		ROW("Sata(0x1,0xffff)", "\3\x12\x0a\0\1\0\xff\xff\0\0"),
	};
	uint8_t *path;
	size_t n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		path = parse(rows[i].text, true, &n);
		check_msg(path && n == rows[i].n && !memcmp(path, rows[i].bytes, n),
			  "the bytes of %s", rows[i].text);
		heap_bytes_free(NULL, path);
		path = parse(rows[i].text, false, &n);
		check(path && n == rows[i].n + 4 && !memcmp(path + n - 4, "\x7f\xff\4", 4));
		heap_bytes_free(NULL, path);
	}
	path = parse("/USB(1,2)//USB(3,4)/", false, &n);
	check_msg(path && prints(path, n, "USB(0x1,0x2)/USB(0x3,0x4)"), "slashes too many");
	heap_bytes_free(NULL, path);
	path = parse("a/b,c", true, &n);
	check_msg(path && n == 4 + 12, "one node: nothing in it divides");
	heap_bytes_free(NULL, path);
}

static void test_refusals(void)
{
	static const char *const texts[] = {
		"Pci()",
		"Pci(x,0)",
		"Pci(0x,0)",
		"Pci(0x1,0x100)",
		"Pci(1,2,3)",
		"Pci(1,,)",
		"Pci(-1,0)",
		"Pci( 1,0)",
		"Pci(0x1f,0xfg)",
		"MemoryMapped(0,0x10000000000000000,0)",
		"MemoryMapped(0,18446744073709551616,0)",
		"VenHw()",
		"VenHw(12345678-9abc-def0-0102-03040506070)",
		"VenHw(12345678-9abc-def0-0102+030405060708)",
		"VenHw(12345678-9abc-def0-0102-03040506070g)",
		"VenHw(" G ",abc)",
		"VenHw(" G ",zz)",
		"VenHw(" G ",aa,bb)",
		"Acpi(PNP0A0,0)",
		"Acpi(PNPZZZZ,0)",
		"Ata(Tertiary,Master,0)",
		"Ata(256,0,0)",
		"Uart(9600,7,X,1)",
		"MAC(,0)",
		"MAC(123,0)",
		"MAC(000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20,0)",
		"NVMe(1,11-22-33-44-55-66-77)",
		"NVMe(1,11:22:33:44:55:66:77:88)",
		"HD(1)",
		"HD(1,GPT)",
		"HD(1,GPT,0x1)",
		"HD(1,MBR," G ")",
		"HD(1,2,0)",
		"HD(1,3,1)",
		"Path()",
		"Path(1)",
		"Path(127,1)",
		"Path(255,255)",
		"Path(127,255)",
		"Path(0,1)",
		"Msg()",
		"USB(0x1,0x2)/Pci(z)",
	};
	static uint16_t longest[32765];
	uint8_t *path;
	size_t n;

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		path = parse(texts[i], false, &n);
		check_msg(!path, "%s is none", texts[i]);
		heap_bytes_free(NULL, path);
	}
	check(!parse("", true, &n));
	/* a name as long as a node can be, and one character more */
	for (unsigned i = 0; i < ARRAY_SIZE(longest); i++)
		longest[i] = 'a';
	path = path_parse(NULL, longest, 32764, true, &n);
	check(path && n == 65534);
	heap_bytes_free(NULL, path);
	check(!path_parse(NULL, longest, 32765, true, &n));
}

int main(void)
{
	test_round_trip();
	test_bytes();
	test_refusals();
	return tap_done();
}
