// SPDX-License-Identifier: MIT
#include "tpm/describe.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that grows as far as there is room. */
struct text {
	char *p;
	size_t n;
};

static void say(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *t, const char *fmt, ...)
{
	const size_t room = TPM_TEXT_BYTES - t->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += min_u64((uint64_t)n, room - 1);
}

static bool is_shown(uint8_t c)
{
	return c >= ' ' && c < 0x7f;
}

static bool is_ascii(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!is_shown(b.p[i]) && b.p[i] != '\n' && b.p[i] != '\t')
			return false;
	return b.n > 0;
}

/* Every other byte is 0, which hardly anything else has. */
static bool is_utf16(struct bytes b)
{
	for (size_t i = 0; i + 1 < b.n; i += 2)
		if (b.p[i + 1] || !is_shown(b.p[i]))
			return false;
	return b.n >= 2 && b.n % 2 == 0;
}

static void say_utf16(struct text *t, struct bytes b)
{
	char c[4];
	size_t used, n;

	for (size_t i = 0; i + 1 < b.n; i += 2 * used) {
		n = text_to_utf8(b.p + i, (b.n - i) / 2, c, &used);
		if (n == 0 || t->n + n >= TPM_TEXT_BYTES)
			return;
		say(t, "%.*s", (int)n, c);
	}
}

static void say_hex(struct text *t, struct bytes b)
{
	enum { SHOWN = 32 };

	for (size_t i = 0; i < b.n && i < SHOWN; i++)
		say(t, "%02x", b.p[i]);
	if (b.n > SHOWN)
		say(t, "... (%zu bytes)", b.n);
}

/* Text of either width, whose end may be marked by a NUL; else bytes. */
static void say_any(struct text *t, struct bytes b)
{
	struct bytes ascii = b, wide = b;

	while (ascii.n && ascii.p[ascii.n - 1] == 0)
		ascii.n--;
	while (wide.n >= 2 && wide.n % 2 == 0 && !wide.p[wide.n - 1] && !wide.p[wide.n - 2])
		wide.n -= 2;
	if (is_ascii(ascii))
		say(t, "%.*s", (int)min_u64(ascii.n, TPM_TEXT_BYTES), (const char *)ascii.p);
	else if (is_utf16(wide))
		say_utf16(t, wide);
	else
		say_hex(t, b);
}

static void about_any(struct text *t, struct bytes event)
{
	say_any(t, event);
}

/* TCG_PCClientTaggedEvent */
static void about_tag(struct text *t, struct bytes event)
{
	uint32_t id, n;
	struct bytes data;

	if (!bytes_le32(event, 0, &id) || !bytes_le32(event, 4, &n) ||
	    !bytes_sub(event, 8, n, &data)) {
		say_hex(t, event);
		return;
	}
	say(t, "%#010" PRIx32 " ", id);
	say_any(t, data);
}

/* UEFI_VARIABLE_DATA */
static void about_variable(struct text *t, struct bytes event)
{
	uint64_t n_name, n_data;
	struct bytes name;
	uint16_t b, c;
	uint32_t a;

	if (!bytes_le32(event, 0, &a) || !bytes_le16(event, 4, &b) || !bytes_le16(event, 6, &c) ||
	    !bytes_le64(event, 16, &n_name) || !bytes_le64(event, 24, &n_data) ||
	    n_name > event.n || !bytes_sub(event, 32, 2 * n_name, &name)) {
		say_hex(t, event);
		return;
	}
	say_utf16(t, name);
	say(t, "-%08" PRIx32 "-%04x-%04x-%02x%02x-", a, b, c, event.p[8], event.p[9]);
	for (unsigned i = 10; i < 16; i++)
		say(t, "%02x", event.p[i]);
	say(t, ", %" PRIu64 " bytes", n_data);
}

/* The file path nodes of UEFI_IMAGE_LOAD_EVENT's device path. */
static void about_image(struct text *t, struct bytes event)
{
	enum { PATH = 32, NODE_BYTES = 4, MEDIA = 4, FILE_PATH = 4 };
	const size_t begin = t->n;
	struct bytes node;
	uint64_t at = PATH;
	uint16_t n;

	for (; bytes_le16(event, at + 2, &n) && n >= NODE_BYTES; at += n) {
		if (!bytes_sub(event, at, n, &node) || node.p[0] != MEDIA || node.p[1] != FILE_PATH)
			continue;
		node = (struct bytes){ node.p + NODE_BYTES, n - NODE_BYTES };
		while (node.n >= 2 && !node.p[node.n - 1] && !node.p[node.n - 2])
			node.n -= 2;
		say_utf16(t, node);
	}
	if (t->n == begin)
		say(t, "no file");
}

static void about_separator(struct text *t, struct bytes event)
{
	static const uint8_t error[] = { 1, 0, 0, 0 };

	if (event.n == sizeof(error) && !memcmp(event.p, error, sizeof(error)))
		say(t, "after an error");
	else
		say_any(t, event);
}

static void about_gpt(struct text *t, struct bytes event)
{
	uint64_t n;

	/* UEFI_GPT_DATA: the header, then how many */
	if (bytes_le64(event, 92, &n))
		say(t, "%" PRIu64 " partitions", n);
	else
		say_hex(t, event);
}

/* What it is begins with its name. */
static void about_no_action(struct text *t, struct bytes event)
{
	size_t n = 0;

	if (is_ascii(event)) {
		say_any(t, event);
		return;
	}
	while (n < event.n && n < 16 && is_shown(event.p[n]))
		n++;
	if (n)
		say(t, "%.*s", (int)n, (const char *)event.p);
	else
		say_hex(t, event);
}

static const struct {
	uint32_t type;
	const char *name;
	void (*about)(struct text *t, struct bytes event);
} types[] = {
	{ 0x00, "EV_PREBOOT_CERT", about_any },
	{ 0x01, "EV_POST_CODE", about_any },
	{ EV_NO_ACTION, "EV_NO_ACTION", about_no_action },
	{ EV_SEPARATOR, "EV_SEPARATOR", about_separator },
	{ 0x05, "EV_ACTION", about_any },
	{ EV_EVENT_TAG, "EV_EVENT_TAG", about_tag },
	{ 0x07, "EV_S_CRTM_CONTENTS", about_any },
	{ 0x08, "EV_S_CRTM_VERSION", about_any },
	{ 0x09, "EV_CPU_MICROCODE", about_any },
	{ 0x0a, "EV_PLATFORM_CONFIG_FLAGS", about_any },
	{ 0x0b, "EV_TABLE_OF_DEVICES", about_any },
	{ 0x0c, "EV_COMPACT_HASH", about_any },
	{ EV_IPL, "EV_IPL", about_any },
	{ 0x0e, "EV_IPL_PARTITION_DATA", about_any },
	{ 0x0f, "EV_NONHOST_CODE", about_any },
	{ 0x10, "EV_NONHOST_CONFIG", about_any },
	{ 0x11, "EV_NONHOST_INFO", about_any },
	{ 0x12, "EV_OMIT_BOOT_DEVICE_EVENTS", about_any },
	{ 0x13, "EV_POST_CODE2", about_any },
	{ 0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG", about_variable },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT", about_variable },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION", about_image },
	{ EV_EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER", about_image },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER", about_image },
	{ 0x80000006, "EV_EFI_GPT_EVENT", about_gpt },
	{ EV_EFI_ACTION, "EV_EFI_ACTION", about_any },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB", about_any },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES", about_any },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", about_any },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2", about_any },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2", about_variable },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2", about_gpt },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT", about_any },
	{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY", about_variable },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", about_any },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", about_any },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY", about_variable },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY", about_variable },
};

const char *tpm_type_name(uint32_t type)
{
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

void tpm_describe(const struct tpm_record *record, char ret_text[static TPM_TEXT_BYTES])
{
	struct text t = { ret_text, 0 };
	unsigned i = 0;

	ret_text[0] = '\0';
	while (i < ARRAY_SIZE(types) && types[i].type != record->type)
		i++;
	if (i < ARRAY_SIZE(types))
		types[i].about(&t, record->event);
	else
		about_any(&t, record->event);
}
