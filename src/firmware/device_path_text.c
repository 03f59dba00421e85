// SPDX-License-Identifier: MIT
/* Device paths as people write them (UEFI 2.10, 10.6), and the protocol that does it. */
#include "base/bytes.h"
#include "firmware/internal.h"
#include "firmware/services.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Text that grows in a given place and notices when it did not fit. */
struct writer {
	char *at;
	size_t left;
	bool full;
};

enum { HARDWARE = 1, ACPI = 2, MESSAGING = 3, MEDIA = 4, BBS = 5, END = 0x7f };

static void say(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->at, w->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= w->left) {
		w->full = true; /* and nothing more: what is there stays a beginning */
		w->left = 0;
		return;
	}
	w->at += n;
	w->left -= (size_t)n;
}

static uint64_t le(struct bytes node, unsigned at, unsigned n)
{
	uint64_t v = 0;
	uint8_t b;

	while (n-- > 0)
		v = v << 8 | (bytes_u8(node, at + n, &b) ? b : 0);
	return v;
}

static void say_hex(struct writer *w, struct bytes node, size_t from)
{
	for (size_t i = from; i < node.n && !w->full; i++)
		say(w, "%02x", node.p[i]);
}

static void say_guid(struct writer *w, struct bytes node, unsigned at)
{
	say(w, "%08x-%04x-%04x-%02x%02x-", (unsigned)le(node, at, 4), (unsigned)le(node, at + 4, 2),
	    (unsigned)le(node, at + 6, 2), (unsigned)le(node, at + 8, 1),
	    (unsigned)le(node, at + 9, 1));
	for (unsigned i = 10; i < 16; i++)
		say(w, "%02x", (unsigned)le(node, at + i, 1));
}

static void say_vendor(struct writer *w, const char *name, struct bytes node)
{
	say(w, "%s(", name);
	say_guid(w, node, 4);
	if (node.n > 20) {
		say(w, ",");
		say_hex(w, node, 20);
	}
	say(w, ")");
}

static bool say_hardware(struct writer *w, struct bytes node)
{
	switch (node.p[1]) {
	case 1:
		say(w, "Pci(0x%x,0x%x)", (unsigned)le(node, 5, 1), (unsigned)le(node, 4, 1));
		return true;
	case 3:
		say(w, "MemoryMapped(0x%x,0x%jx,0x%jx)", (unsigned)le(node, 4, 4),
		    (uintmax_t)le(node, 8, 8), (uintmax_t)le(node, 16, 8));
		return true;
	case 4:
		say_vendor(w, "VenHw", node);
		return true;
	case 5:
		say(w, "Ctrl(0x%x)", (unsigned)le(node, 4, 4));
		return true;
	default:
		return false;
	}
}

/* EISA ids: three letters of five bits, then four digits */
static bool say_acpi(struct writer *w, struct bytes node)
{
	const unsigned hid = (unsigned)le(node, 4, 4), uid = (unsigned)le(node, 8, 4);
	const unsigned product = hid >> 16;

	if (node.p[1] != 1)
		return false;
	if ((hid & 0xffff) == 0x41d0 && product == 0x0a03)
		say(w, "PciRoot(0x%x)", uid);
	else if ((hid & 0xffff) == 0x41d0 && product == 0x0a08)
		say(w, "PcieRoot(0x%x)", uid);
	else if ((hid & 0xffff) == 0x41d0)
		say(w, "Acpi(PNP%04X,0x%x)", product, uid);
	else
		say(w, "Acpi(0x%08x,0x%x)", hid, uid);
	return true;
}

static void say_mac(struct writer *w, struct bytes node)
{
	const unsigned type = (unsigned)le(node, 36, 1), n = type <= 1 ? 6 : 32;

	say(w, "MAC(");
	for (unsigned i = 0; i < n; i++)
		say(w, "%02x", (unsigned)le(node, 4 + i, 1));
	say(w, ",0x%x)", type);
}

static bool say_messaging(struct writer *w, struct bytes node)
{
	switch (node.p[1]) {
	case 1:
		say(w, "Ata(%s,%s,0x%x)", le(node, 4, 1) ? "Secondary" : "Primary",
		    le(node, 5, 1) ? "Slave" : "Master", (unsigned)le(node, 6, 2));
		return true;
	case 2:
		say(w, "Scsi(0x%x,0x%x)", (unsigned)le(node, 4, 2), (unsigned)le(node, 6, 2));
		return true;
	case 5:
		say(w, "USB(0x%x,0x%x)", (unsigned)le(node, 4, 1), (unsigned)le(node, 5, 1));
		return true;
	case 10:
		say_vendor(w, "VenMsg", node);
		return true;
	case 11:
		say_mac(w, node);
		return true;
	case 18:
		say(w, "Sata(0x%x,0x%x,0x%x)", (unsigned)le(node, 4, 2), (unsigned)le(node, 6, 2),
		    (unsigned)le(node, 8, 2));
		return true;
	case 23:
		say(w, "NVMe(0x%x,", (unsigned)le(node, 4, 4));
		for (unsigned i = 0; i < 8; i++)
			say(w, i ? "-%02X" : "%02X", (unsigned)le(node, 15 - i, 1));
		say(w, ")");
		return true;
	case 24:
		say(w, "Uri(%.*s)", (int)(node.n - 4), (const char *)node.p + 4);
		return true;
	default:
		return false;
	}
}

static void say_partition(struct writer *w, struct bytes node)
{
	const unsigned number = (unsigned)le(node, 4, 4), kind = (unsigned)le(node, 41, 1);

	if (kind == 2) {
		say(w, "HD(%u,GPT,", number);
		say_guid(w, node, 24);
	} else if (kind == 1) {
		say(w, "HD(%u,MBR,0x%08x", number, (unsigned)le(node, 24, 4));
	} else {
		say(w, "HD(%u,%u,0", number, kind);
	}
	say(w, ",0x%jx,0x%jx)", (uintmax_t)le(node, 8, 8), (uintmax_t)le(node, 16, 8));
}

static void say_file_path(struct writer *w, struct bytes node)
{
	const size_t n = (node.n - 4) / 2;
	char utf8[4];
	size_t used, bytes;

	for (size_t i = 0; i < n && text_char(node.p + 4, i) && !w->full; i += used) {
		bytes = text_to_utf8(node.p + 4 + 2 * i, n - i, utf8, &used);
		say(w, "%.*s", (int)bytes, utf8);
	}
}

static bool say_media(struct writer *w, struct bytes node)
{
	switch (node.p[1]) {
	case 1:
		say_partition(w, node);
		return true;
	case 2:
		say(w, "CDROM(0x%x,0x%jx,0x%jx)", (unsigned)le(node, 4, 4),
		    (uintmax_t)le(node, 8, 8), (uintmax_t)le(node, 16, 8));
		return true;
	case 3:
		say_vendor(w, "VenMedia", node);
		return true;
	case 4:
		say_file_path(w, node);
		return true;
	case 6:
	case 7:
		say(w, node.p[1] == 6 ? "FvFile(" : "Fv(");
		say_guid(w, node, 4);
		say(w, ")");
		return true;
	case 8:
		say(w, "Offset(0x%jx,0x%jx)", (uintmax_t)le(node, 8, 8),
		    (uintmax_t)le(node, 16, 8));
		return true;
	default:
		return false;
	}
}

static const char *generic_name(uint8_t type)
{
	switch (type) {
	case HARDWARE:
		return "HardwarePath";
	case ACPI:
		return "AcpiPath";
	case MESSAGING:
		return "Msg";
	case MEDIA:
		return "MediaPath";
	case BBS:
		return "BbsPath";
	default:
		return NULL;
	}
}

static void say_node(struct writer *w, struct bytes node)
{
	const uint8_t type = node.p[0];
	bool said = false;

	switch (type) {
	case HARDWARE:
		said = say_hardware(w, node);
		break;
	case ACPI:
		said = say_acpi(w, node);
		break;
	case MESSAGING:
		said = say_messaging(w, node);
		break;
	case MEDIA:
		said = say_media(w, node);
		break;
	default:
		break;
	}
	if (said)
		return;
	if (generic_name(type))
		say(w, "%s(%u", generic_name(type), node.p[1]);
	else
		say(w, "Path(%u,%u", type, node.p[1]);
	if (node.n > 4)
		say(w, ",");
	say_hex(w, node, 4);
	say(w, ")");
}

static struct bytes node_at(struct firmware *fw, efi_addr_t addr)
{
	struct bytes node = { guest_read(fw, addr, 4), 4 };

	if (!node.p)
		return (struct bytes){ NULL, 0 };
	node.n = (size_t)(node.p[2] | node.p[3] << 8);
	if (node.n < 4 || !guest_read(fw, addr, node.n))
		node.p = NULL;
	return node;
}

bool device_path_text(struct firmware *fw, efi_addr_t path, char *out, size_t room)
{
	struct writer w = { out, room, false };
	const uint64_t n = device_path_bytes(fw, path);
	const char *separator = "";
	struct bytes node;

	if (!n)
		return false;
	out[0] = '\0';
	for (uint64_t at = 0; at < n - 4; at += node.n) {
		node = node_at(fw, path + at);
		if (!node.p)
			return false;
		if (node.p[0] == END) { /* of one instance; another follows */
			separator = ",";
			continue;
		}
		say(&w, "%s", separator);
		say_node(&w, node);
		separator = "/";
	}
	return !w.full;
}

/* Text to the image: pool memory that it frees. 0, as the specification has it, when there is none.
 */
static efi_status_t give(struct firmware *fw, const char *text)
{
	const uint64_t n = 2 * (strlen(text) + 1);
	efi_addr_t at;
	uint64_t used;
	void *out;

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, n, &at) != EFI_SUCCESS)
		return 0;
	out = guest_write(fw, at, n);
	if (out && text_from_utf8(text, out, n / 2, &used))
		return at;
	pool_free(fw, at); /* a URI may hold any bytes, also such as are no UTF-8 */
	return 0;
}

enum { MAX_TEXT = 1 << 16 };

static efi_status_t convert_path(struct call *c)
{
	char *text = malloc(MAX_TEXT);
	efi_status_t at = 0;

	if (text && c->arg[0] && device_path_text(c->fw, c->arg[0], text, MAX_TEXT))
		at = give(c->fw, text);
	free(text);
	return at;
}

static efi_status_t convert_node(struct call *c)
{
	struct bytes node = c->arg[0] ? node_at(c->fw, c->arg[0]) : (struct bytes){ NULL, 0 };
	char *text = malloc(MAX_TEXT);
	struct writer w = { text, MAX_TEXT, false };
	efi_status_t at = 0;

	if (text && node.p) {
		text[0] = '\0';
		say_node(&w, node);
		at = w.full ? 0 : give(c->fw, text);
	}
	free(text);
	return at;
}

static const struct service services[] = {
	{ "ConvertDeviceNodeToText",
	  0,
	  convert_node,
	  { ARG_PATH, ARG_BOOL, ARG_BOOL },
	  .result = RESULT_ADDR },
	{ "ConvertDevicePathToText",
	  1,
	  convert_path,
	  { ARG_PATH, ARG_BOOL, ARG_BOOL },
	  .result = RESULT_ADDR },
};

const struct service_group group_device_path_to_text = {
	.name = "EFI_DEVICE_PATH_TO_TEXT_PROTOCOL",
	.section = "10.6",
	.guid = &guid_device_path_to_text,
	.n_slots = 2,
	.service = services,
	.n = ARRAY_SIZE(services),
};

int device_path_to_text_open(struct firmware *fw, struct why *why)
{
	efi_handle_t handle = 0;

	return protocol_offer(fw, &handle, &group_device_path_to_text, NULL, why);
}
