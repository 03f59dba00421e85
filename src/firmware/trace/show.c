// SPDX-License-Identifier: MIT
#include "firmware/trace/show.h"
#include "base/text.h"
#include "base/util.h"
#include "firmware/core/access.h"
#include "firmware/core/guid.h"
#include "firmware/core/status.h"
#include "firmware/device_path/protocols/protocols.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT_SHOWN = 256, REPLACEMENT = 0xfffd };

/* One character as a C string has it, without what a terminal would obey; returns its bytes. */
static size_t show_char(FILE *out, const char *utf8, size_t n)
{
	const uint8_t *p = (const uint8_t *)utf8;
	uint32_t c;
	size_t used = text_decode_utf8(p, n, &c);

	used = used ? used : n; /* cut off */
	if (c == '\n' || c == '\r')
		fputs(c == '\n' ? "\\n" : "\\r", out);
	else if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (int)c);
	else if (text_is_control(c))
		fprintf(out, "\\x%02x", c);
	else if (c == REPLACEMENT && (used != 3 || memcmp(p, "\xef\xbf\xbd", 3) != 0))
		for (size_t i = 0; i < used; i++)
			fprintf(out, "\\x%02x", p[i]);
	else
		fwrite(utf8, 1, used, out);
	return used;
}

static void show_text(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char utf8[4];
	const void *text;
	long n = addr ? guest_text(fw, addr, 65536, &text) : -1;
	size_t used, bytes;

	if (n < 0) {
		fprintf(out, addr ? "%#" PRIx64 : "NULL", addr);
		return;
	}
	fputs("L\"", out);
	for (long i = 0; i < n && i < TEXT_SHOWN; i += (long)used) {
		bytes = text_to_utf8((const uint8_t *)text + 2 * i, (size_t)(n - i), utf8, &used);
		show_char(out, utf8, bytes);
	}
	fputs(n > TEXT_SHOWN ? "\"..." : "\"", out);
}

static void show_guid(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char buf[GUID_TEXT_BYTES];
	struct efi_guid guid;

	if (!addr)
		fputs("NULL", out);
	else if (guest_get_guid(fw, addr, &guid))
		fputs(guid_name(&guid, buf), out);
	else
		fprintf(out, "%#" PRIx64, addr);
}

/* Pointers to values: what they point to, marked as a reference. */
void show_target(struct firmware *fw, FILE *out, enum arg_kind kind, efi_addr_t addr)
{
	uint64_t v = 0;

	if (!addr)
		fputs("NULL", out);
	else if (guest_get(fw, addr, &v, kind == ARG_OUT_U32 ? 4 : 8))
		fprintf(out, "&%#" PRIx64, v);
	else
		fprintf(out, "%#" PRIx64 "?", addr);
}

static void show_path(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char text[512];

	if (!addr || !device_path_text(fw, addr, text, sizeof(text))) {
		fprintf(out, addr ? "%#" PRIx64 : "NULL", addr);
		return;
	}
	fputs(text[0] ? "" : "END", out);
	for (size_t at = 0, n = strlen(text); at < n;)
		at += show_char(out, text + at, n - at);
}

/* The specification's names of enumerated values, and of flags from bit 0 up. */
static const char *const value_names[][8] = {
	[ARG_ALLOCATE_TYPE] = { "AnyPages", "MaxAddress", "Address" },
	[ARG_SEARCH_TYPE] = { "AllHandles", "ByRegisterNotify", "ByProtocol" },
	[ARG_TIMER_TYPE] = { "Cancel", "Periodic", "Relative" },
	[ARG_RESET_TYPE] = { "Cold", "Warm", "Shutdown", "PlatformSpecific" },
	[ARG_OPEN_ATTRIBUTES] = { "BY_HANDLE_PROTOCOL", "GET_PROTOCOL", "TEST_PROTOCOL",
				  "BY_CHILD_CONTROLLER", "BY_DRIVER", "EXCLUSIVE" },
	[ARG_VARIABLE_ATTRIBUTES] = { "NV", "BS", "RT", "HR", "AUTHENTICATED", "AT", "APPEND",
				      "ENHANCED" },
};

static void show_value(FILE *out, enum arg_kind kind, uint64_t v)
{
	if (v < ARRAY_SIZE(value_names[kind]) && value_names[kind][v])
		fputs(value_names[kind][v], out);
	else
		fprintf(out, "%" PRIu64, v);
}

static void show_flags(FILE *out, enum arg_kind kind, uint64_t v)
{
	const char *separator = "";

	for (unsigned i = 0; i < ARRAY_SIZE(value_names[kind]) && value_names[kind][i]; i++) {
		if (!(v >> i & 1))
			continue;
		fprintf(out, "%s%s", separator, value_names[kind][i]);
		separator = "|";
		v &= ~(UINT64_C(1) << i);
	}
	if (v || !*separator)
		fprintf(out, v ? "%s%#" PRIx64 : "%s0", separator, v);
}

void show_arg(struct firmware *fw, FILE *out, enum arg_kind kind, uint64_t v)
{
	switch (kind) {
	case ARG_NONE:
	case ARG_THIS:
		break;
	case ARG_GUID:
		show_guid(fw, out, v);
		break;
	case ARG_TEXT:
		show_text(fw, out, v);
		break;
	case ARG_PATH:
		show_path(fw, out, v);
		break;
	case ARG_STATUS:
		fputs(firmware_status_name(v), out);
		break;
	case ARG_MEMORY_TYPE:
		fputs(firmware_memory_type_name((uint32_t)v), out);
		break;
	case ARG_ALLOCATE_TYPE:
	case ARG_SEARCH_TYPE:
	case ARG_TIMER_TYPE:
	case ARG_RESET_TYPE:
		show_value(out, kind, v);
		break;
	case ARG_OPEN_ATTRIBUTES:
	case ARG_VARIABLE_ATTRIBUTES:
		show_flags(out, kind, v);
		break;
	case ARG_BOOL:
		fputs(v ? "TRUE" : "FALSE", out);
		break;
	case ARG_SIZE:
	case ARG_U8:
	case ARG_U16:
	case ARG_TPL:
		fprintf(out, "%" PRIu64, v);
		break;
	case ARG_INOUT:
		show_target(fw, out, kind, v);
		break;
	case ARG_OUT:
	case ARG_OUT_HANDLE:
	case ARG_OUT_U32:
		fputs(v ? "&" : "NULL", out);
		break;
	case ARG_HANDLE:
	case ARG_EVENT:
	case ARG_ADDR:
	case ARG_U32:
	case ARG_HEX:
		fprintf(out, v ? "%#" PRIx64 : "0", v);
		break;
	}
}
