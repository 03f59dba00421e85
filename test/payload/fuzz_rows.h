/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What is called, and how each argument is made; a letter each, see argument()
 * in fuzz.c. Behind the blank: what the result is, when it is no status.
 */
#include "fuzz.h"

enum { TAME = 100 };
enum table { TABLE_BOOT, TABLE_RUNTIME, TABLE_FILE, TABLE_PROTOCOL };

struct row {
	uint8_t table, slot; /* in pointers from the table's start */
	uint8_t weight;	     /* TAME: 1, and arguments that it can do something with */
	const char *args;
	const struct efi_guid *guid; /* of TABLE_PROTOCOL */
	uint64_t gate, interface;    /* found when it begins; 0: not offered */
};

static const struct efi_guid unicode_guid = {
	0x1d85cd7f, 0xf43d, 0x11d2, { 0x9a, 0x0c, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }
};
static const struct efi_guid unicode2_guid = {
	0xa4c751fc, 0x23ae, 0x4c3e, { 0x92, 0xe9, 0x49, 0x64, 0xcf, 0x63, 0xf3, 0x49 }
};
static const struct efi_guid path_utilities_guid = {
	0x0379be4e, 0xd706, 0x437d, { 0xb0, 0x37, 0xed, 0xb8, 0x2f, 0xb7, 0x72, 0xa4 }
};
static const struct efi_guid hii_database_guid = {
	0xef9fc172, 0xa1b2, 0x4693, { 0xb3, 0x27, 0x6d, 0x32, 0xfc, 0x41, 0x60, 0x42 }
};
static const struct efi_guid hii_string_guid = {
	0x0fd96974, 0x23aa, 0x4cdc, { 0xb9, 0xcb, 0x98, 0xd1, 0x77, 0x50, 0x32, 0x2a }
};

static struct row rows[] = {
	{ TABLE_BOOT, 5, 3, "3uNQ" },	   /* AllocatePages */
	{ TABLE_BOOT, 7, 1, "Zbooo" },	   /* GetMemoryMap */
	{ TABLE_BOOT, 8, 4, "uzL" },	   /* AllocatePool */
	{ TABLE_BOOT, 9, 3, "p" },	   /* FreePool */
	{ TABLE_BOOT, 10, 4, "yqcxE" },	   /* CreateEvent */
	{ TABLE_BOOT, 13, 8, "e" },	   /* SignalEvent */
	{ TABLE_BOOT, 14, 3, "e" },	   /* CloseEvent */
	{ TABLE_BOOT, 15, 5, "e" },	   /* CheckEvent */
	{ TABLE_BOOT, 16, 5, "Vg0s" },	   /* InstallProtocolInterface */
	{ TABLE_BOOT, 17, 1, "hgss" },	   /* ReinstallProtocolInterface */
	{ TABLE_BOOT, 18, 1, "hgs" },	   /* UninstallProtocolInterface */
	{ TABLE_BOOT, 19, 4, "hgJ" },	   /* HandleProtocol */
	{ TABLE_BOOT, 21, 3, "geR" },	   /* RegisterProtocolNotify */
	{ TABLE_BOOT, 22, 2, "3grZb" },	   /* LocateHandle */
	{ TABLE_BOOT, 23, 2, "gDH" },	   /* LocateDevicePath */
	{ TABLE_BOOT, 24, 1, "gs" },	   /* InstallConfigurationTable */
	{ TABLE_BOOT, 25, 1, "1hdbzA" },   /* LoadImage */
	{ TABLE_BOOT, 25, 4, "1Id00A" },   /* the same, off a device */
	{ TABLE_BOOT, 26, 2, "IoL" },	   /* StartImage */
	{ TABLE_BOOT, 28, 2, "I" },	   /* UnloadImage */
	{ TABLE_BOOT, 30, 1, "o" },	   /* GetNextMonotonicCount */
	{ TABLE_BOOT, 33, 4, "hGd1" },	   /* ConnectController */
	{ TABLE_BOOT, 34, 3, "hhh" },	   /* DisconnectController */
	{ TABLE_BOOT, 35, 6, "hgJhhj" },   /* OpenProtocol */
	{ TABLE_BOOT, 36, 2, "hghh" },	   /* CloseProtocol */
	{ TABLE_BOOT, 37, 2, "hgLo" },	   /* OpenProtocolInformation */
	{ TABLE_BOOT, 38, 2, "hLo" },	   /* ProtocolsPerHandle */
	{ TABLE_BOOT, 39, 2, "3groL" },	   /* LocateHandleBuffer */
	{ TABLE_BOOT, 40, 3, "grJ" },	   /* LocateProtocol */
	{ TABLE_BOOT, 41, 3, "Vgsgs0" },   /* InstallMultipleProtocolInterfaces */
	{ TABLE_BOOT, 42, 2, "hgsgs0" },   /* UninstallMultipleProtocolInterfaces */
	{ TABLE_BOOT, 43, 1, "bzo" },	   /* CalculateCrc32 */
	{ TABLE_BOOT, 46, 4, "yqcxgE" },   /* CreateEventEx */
	{ TABLE_RUNTIME, 3, 1, "bo" },	   /* GetTime */
	{ TABLE_RUNTIME, 8, 1, "Bo" },	   /* ConvertPointer */
	{ TABLE_RUNTIME, 9, 3, "tgoZb" },  /* GetVariable */
	{ TABLE_RUNTIME, 10, 2, "Ztg" },   /* GetNextVariableName */
	{ TABLE_RUNTIME, 11, 6, "tgvzb" }, /* SetVariable */
	{ TABLE_RUNTIME, 12, 1, "o" },	   /* GetNextHighMonotonicCount */
	{ TABLE_RUNTIME, 16, 1, "vooo" },  /* QueryVariableInfo */

	{ TABLE_FILE, 1, 6, "fOtlw" }, /* Open */
	{ TABLE_FILE, 2, 2, "f" },     /* Close */
	{ TABLE_FILE, 3, 1, "f" },     /* Delete */
	{ TABLE_FILE, 4, 4, "fZb" },   /* Read */
	{ TABLE_FILE, 5, 3, "fZb" },   /* Write */
	{ TABLE_FILE, 6, 1, "fo" },    /* GetPosition */
	{ TABLE_FILE, 7, 1, "fB" },    /* SetPosition */
	{ TABLE_FILE, 8, 2, "fgZb" },  /* GetInfo */
	{ TABLE_FILE, 9, 2, "fgzb" },  /* SetInfo */
	{ TABLE_FILE, 10, 1, "f" },    /* Flush */

#define P(guid_, slot_, weight_, args_)                                                            \
	{                                                                                          \
		TABLE_PROTOCOL, slot_, weight_, args_, &guid_                                      \
	}
	P(text_output_guid, 0, 1, "i1"),
	P(text_output_guid, 1, 1, "it"),
	P(text_output_guid, 2, 1, "it"),
	P(text_output_guid, 3, 1, "inoo"),
	P(text_output_guid, 4, 1, "in"),
	P(text_output_guid, 5, 1, "iw"),
	P(text_output_guid, 6, 1, "i"),
	P(text_output_guid, 7, 1, "inn"),
	P(text_output_guid, 8, 1, "i1"),
	P(text_input_guid, 0, 1, "i1"),
	P(text_input_guid, 1, 3, "ib"),
	P(text_input_ex_guid, 0, 1, "i1"),
	P(text_input_ex_guid, 1, 4, "ib"),
	P(text_input_ex_guid, 3, 1, "ib"),
	P(text_input_ex_guid, 4, 6, "iYcK"),
	P(text_input_ex_guid, 5, 2, "ik"),
	P(rng_guid, 0, 1, "iZb"),
	P(rng_guid, 1, 1, "ig0zb"),
	P(memory_attribute_guid, 0, 1, "iPzo"),
	P(device_path_to_text_guid, 0, 1, "d11 p"),
	P(device_path_to_text_guid, 1, 1, "d11 p"),
	P(device_path_from_text_guid, 0, 1, "t p"),
	P(device_path_from_text_guid, 1, 1, "t p"),
	P(load_file2_guid, 0, 2, "id1Zb"),
	P(simple_file_system_guid, 1, 3, "iO"),
	P(block_io_guid, 2, 1, "i1"),
	P(block_io_guid, 3, 2, "i2nCb"),
	P(block_io_guid, 4, 1, "i2nCb"),
	P(block_io_guid, 5, 1, "i"),
	P(block_io2_guid, 1, 1, "i1"),
	P(block_io2_guid, 2, 2, "i2nTCb"),
	P(block_io2_guid, 3, 1, "i2nTCb"),
	P(block_io2_guid, 4, 1, "iT"),
	P(disk_io_guid, 1, 2, "i2Bzb"),
	P(disk_io_guid, 2, 1, "i2Bzb"),
	P(unicode_guid, 0, TAME, "itt v"),
	P(unicode_guid, 1, TAME, "itt v"),
	P(unicode_guid, 2, TAME, "it v"),
	P(unicode_guid, 3, TAME, "it v"),
	P(unicode_guid, 4, TAME, "inbb v"),
	P(unicode_guid, 5, TAME, "itnb v"),
	P(unicode2_guid, 0, TAME, "itt v"),
	P(unicode2_guid, 1, TAME, "itt v"),
	P(unicode2_guid, 2, TAME, "it v"),
	P(unicode2_guid, 3, TAME, "it v"),
	P(unicode2_guid, 4, TAME, "izbb v"),
	P(unicode2_guid, 5, TAME, "itzb v"),
	P(path_utilities_guid, 0, 1, "d v"),
	P(path_utilities_guid, 1, 1, "d p"),
	P(path_utilities_guid, 2, 2, "dd p"),
	P(path_utilities_guid, 3, 2, "dd p"),
	P(path_utilities_guid, 4, 1, "dd p"),
	P(path_utilities_guid, 5, 1, "Do p"),
	P(path_utilities_guid, 6, 1, "d v"),
	P(path_utilities_guid, 7, 2, "nnz p"),
	P(hii_database_guid, 0, 3, "iXhM"),
	P(hii_database_guid, 1, 1, "im"),
	P(hii_database_guid, 2, 2, "imX"),
	P(hii_database_guid, 3, 1, "iwgZb"),
	P(hii_database_guid, 4, 1, "imZb"),
	P(hii_database_guid, 10, 1, "imH"),
	P(hii_string_guid, 1, 2, "iamnbZo"),
	P(hii_string_guid, 3, 1, "imbZ"),
	P(graphics_output_guid, 0, 1, "inoL"),
	P(graphics_output_guid, 1, 1, "in"),
	P(graphics_output_guid, 2, 6, "ib3nnnnnn0"),
	P(serial_io_guid, 1, 1, "i"),
	P(serial_io_guid, 2, 1, "iBw2nnn"), /* with a time-out of next to nothing */
	P(serial_io_guid, 3, 1, "iw"),
	P(serial_io_guid, 4, 1, "io"),
	P(serial_io_guid, 5, 1, "iZb"),
	P(smbios_guid, 3, 2, "ioboo"),
	P(dt_fixup_guid, 1, 2, "ibZ3"),
#undef P
};
enum { N_ROWS = sizeof(rows) / sizeof(*rows) };
