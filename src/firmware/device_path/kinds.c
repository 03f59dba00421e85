// SPDX-License-Identifier: MIT
#include "firmware/device_path/kinds.h"
#include "base/util.h"

#define HEX(at, n)                                                                                 \
	{                                                                                          \
		FIELD_HEX, at, n                                                                   \
	}
#define DECIMAL(at, n)                                                                             \
	{                                                                                          \
		FIELD_DECIMAL, at, n                                                               \
	}
#define GUID(at)                                                                                   \
	{                                                                                          \
		FIELD_GUID, at, 16                                                                 \
	}
#define REST(kind, at)                                                                             \
	{                                                                                          \
		kind, at, 0                                                                        \
	}
#define WORD(at, list)                                                                             \
	{                                                                                          \
		FIELD_WORD, at, list                                                               \
	}
#define PNP(number) ((uint32_t)(number) << 16 | 0x41d0)

enum { CHANNEL, DRIVE, PARITY, STOP_BITS };

const char *const path_words[][PATH_WORDS] = {
	[CHANNEL] = { "Primary", "Secondary" },
	[DRIVE] = { "Master", "Slave" },
	[PARITY] = { "D", "N", "E", "O", "M", "S" },
	[STOP_BITS] = { "D", "1", "1.5", "2" },
};

const struct path_kind path_kinds[] = {
	{ "Pci", 1, 1, 6, 0, { HEX(5, 1), HEX(4, 1) } },
	{ "PcCard", 1, 2, 5, 0, { HEX(4, 1) } },
	{ "MemoryMapped", 1, 3, 24, 0, { HEX(4, 4), HEX(8, 8), HEX(16, 8) } },
	{ "VenHw", 1, 4, 20, 0, { GUID(4), REST(FIELD_DATA, 20) } },
	{ "Ctrl", 1, 5, 8, 0, { HEX(4, 4) } },
	{ "BMC", 1, 6, 13, 0, { HEX(4, 1), HEX(5, 8) } },
	{ "PciRoot", 2, 1, 12, PNP(0x0a03), { HEX(8, 4) } },
	{ "PcieRoot", 2, 1, 12, PNP(0x0a08), { HEX(8, 4) } },
	{ "Floppy", 2, 1, 12, PNP(0x0604), { HEX(8, 4) } },
	{ "Keyboard", 2, 1, 12, PNP(0x0301), { HEX(8, 4) } },
	{ "Serial", 2, 1, 12, PNP(0x0501), { HEX(8, 4) } },
	{ "ParallelPort", 2, 1, 12, PNP(0x0401), { HEX(8, 4) } },
	{ "Acpi", 2, 1, 12, 0, { { FIELD_EISA, 4, 4 }, HEX(8, 4) } },
	{ "Ata", 3, 1, 8, 0, { WORD(4, CHANNEL), WORD(5, DRIVE), HEX(6, 2) } },
	{ "Scsi", 3, 2, 8, 0, { HEX(4, 2), HEX(6, 2) } },
	{ "Fibre", 3, 3, 24, 0, { HEX(8, 8), HEX(16, 8) } },
	{ "USB", 3, 5, 6, 0, { HEX(4, 1), HEX(5, 1) } },
	{ "I2O", 3, 6, 8, 0, { HEX(4, 4) } },
	{ "VenMsg", 3, 10, 20, 0, { GUID(4), REST(FIELD_DATA, 20) } },
	{ "MAC", 3, 11, 37, 0, { { FIELD_MAC, 4, PATH_MAC_BYTES }, HEX(PATH_MAC_TYPE_AT, 1) } },
	{ "Uart",
	  3,
	  14,
	  19,
	  0,
	  { DECIMAL(8, 8), DECIMAL(16, 1), WORD(17, PARITY), WORD(18, STOP_BITS) } },
	{ "Unit", 3, 17, 5, 0, { HEX(4, 1) } },
	{ "Sata", 3, 18, 10, 0, { HEX(4, 2), HEX(6, 2), HEX(8, 2) } },
	{ "Vlan", 3, 20, 6, 0, { DECIMAL(4, 2) } },
	{ "NVMe", 3, 23, 16, 0, { HEX(4, 4), { FIELD_EUI, 8, 8 } } },
	{ "Uri", 3, 24, 4, 0, { REST(FIELD_TEXT, 4) } },
	{ "UFS", 3, 25, 6, 0, { HEX(4, 1), HEX(5, 1) } },
	{ "SD", 3, 26, 5, 0, { HEX(4, 1) } },
	{ "eMMC", 3, 29, 5, 0, { HEX(4, 1) } },
	{ "HD",
	  4,
	  1,
	  42,
	  0,
	  { DECIMAL(4, 4), { FIELD_SIGNATURE, 24, 16 }, HEX(8, 8), HEX(16, 8) } },
	{ "CDROM", 4, 2, 24, 0, { HEX(4, 4), HEX(8, 8), HEX(16, 8) } },
	{ "VenMedia", 4, 3, 20, 0, { GUID(4), REST(FIELD_DATA, 20) } },
	{ "Media", 4, 5, 20, 0, { GUID(4) } },
	{ "FvFile", 4, 6, 20, 0, { GUID(4) } },
	{ "Fv", 4, 7, 20, 0, { GUID(4) } },
	{ "Offset", 4, 8, 24, 0, { HEX(8, 8), HEX(16, 8) } },
	{ "RamDisk", 4, 9, 38, 0, { HEX(4, 8), HEX(12, 8), DECIMAL(36, 2), GUID(20) } },
	{ "HardwarePath", 1, 0, 4, 0, { DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
	{ "AcpiPath", 2, 0, 4, 0, { DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
	{ "Msg", 3, 0, 4, 0, { DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
	{ "MediaPath", 4, 0, 4, 0, { DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
	{ "BbsPath", 5, 0, 4, 0, { DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
	{ "Path", 0, 0, 4, 0, { DECIMAL(0, 1), DECIMAL(1, 1), REST(FIELD_DATA, 4) } },
};
const unsigned path_n_kinds = ARRAY_SIZE(path_kinds);
