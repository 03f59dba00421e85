// SPDX-License-Identifier: MIT
/* The tables, TAP and helpers for payloads: see lib.h. */
#include "lib.h"

#include <stdarg.h>

handle_t self;
struct system_table *st;
struct boot_services *bs;
struct runtime_services *rt;
void *return_gate;
uint64_t entry_sp;

static unsigned tap_n, tap_failed;

enum { HELD_CHARS = 32768, LINE_CHARS = 200 };

static struct {
	bool held;
	unsigned n;
	char16 text[HELD_CHARS];
} out;

static const char *const status_names[] = {
	"EFI_SUCCESS",	       "EFI_LOAD_ERROR",       "EFI_INVALID_PARAMETER", "EFI_UNSUPPORTED",
	"EFI_BAD_BUFFER_SIZE", "EFI_BUFFER_TOO_SMALL", "EFI_NOT_READY",		"EFI_DEVICE_ERROR",
	"EFI_WRITE_PROTECTED", "EFI_OUT_OF_RESOURCES", "EFI_VOLUME_CORRUPTED",	"EFI_VOLUME_FULL",
	"EFI_NO_MEDIA",	       "EFI_MEDIA_CHANGED",    "EFI_NOT_FOUND",		"EFI_ACCESS_DENIED",
	"EFI_NO_RESPONSE",     "EFI_NO_MAPPING",       "EFI_TIMEOUT",		"EFI_NOT_STARTED",
	"EFI_ALREADY_STARTED", "EFI_ABORTED",
};

static void out_flush(void)
{
	unsigned at, n, i;
	char16 part[LINE_CHARS + 1];

	for (at = 0; at < out.n; at += n) {
		n = out.n - at < LINE_CHARS ? out.n - at : LINE_CHARS;
		for (i = 0; i < n; i++)
			part[i] = out.text[at + i];
		part[n] = 0;
		st->con_out->output_string(st->con_out, part);
	}
	out.n = 0;
}

static void out_char(char16 c)
{
	if (out.n == HELD_CHARS)
		out_flush();
	out.text[out.n++] = c;
}

void hold_output(bool hold)
{
	out.held = hold;
	if (!hold)
		out_flush();
}

static void out_text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			out_char('\r');
		out_char((uint8_t)*s);
	}
}

static void out_number(uint64_t n, unsigned base)
{
	char digits[24];
	unsigned at = sizeof(digits);

	digits[--at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0);
	out_text(digits + at);
}

static void out_status(efi_status_t status)
{
	uint64_t n = status & ~EFI_ERROR(0);

	if ((status >> 63 || status == 0) && n < sizeof(status_names) / sizeof(*status_names)) {
		out_text(status_names[n]);
	} else {
		out_text("status 0x");
		out_number(status, 16);
	}
}

static void out_argument(char kind, va_list *ap)
{
	const char16 *wide;
	int64_t n;

	switch (kind) {
	case 's':
		out_text(va_arg(*ap, const char *));
		break;
	case 'S':
		for (wide = va_arg(*ap, const char16 *); *wide; wide++)
			out_char(*wide);
		break;
	case 'r':
		out_status(va_arg(*ap, efi_status_t));
		break;
	case 'c':
		out_char((char16)va_arg(*ap, int));
		break;
	case 'x':
		out_number(va_arg(*ap, uint64_t), 16);
		break;
	case 'u':
		out_number(va_arg(*ap, uint64_t), 10);
		break;
	case 'd':
		n = va_arg(*ap, int64_t);
		if (n < 0)
			out_char('-');
		out_number(n < 0 ? -(uint64_t)n : (uint64_t)n, 10);
		break;
	default:
		out_char((uint8_t)kind);
	}
}

void print(const char *fmt, ...)
{
	char one[2] = { 0 };
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt == '%' && fmt[1]) {
			out_argument(*++fmt, &ap);
			continue;
		}
		one[0] = *fmt;
		out_text(one);
	}
	va_end(ap);
	if (!out.held)
		out_flush();
}

bool tap_check(bool ok, const char *file, int line, const char *text)
{
	const char *base = file;

	for (; *file; file++)
		if (*file == '/')
			base = file + 1;
	print("%s %u - %s\n", ok ? "ok" : "not ok", (uint64_t)++tap_n, text);
	if (!ok) {
		tap_failed++;
		print("# at %s:%u\n", base, (uint64_t)line);
	}
	return ok;
}

bool tap_status(efi_status_t got, efi_status_t want, efi_status_t also, const char *file, int line,
		const char *text)
{
	bool ok = got == want || got == also;

	tap_check(ok, file, line, text);
	if (!ok)
		print("# got %r, want %r\n", got, want);
	return ok;
}

void skip(const char *why)
{
	print("ok %u # SKIP %s\n", (uint64_t)++tap_n, why);
}

efi_status_t tap_done(void)
{
	print("1..%u\n", (uint64_t)tap_n);
	return tap_n == 0 || tap_failed != 0 ? EFI_ABORTED : EFI_SUCCESS;
}

efi_status_t EFIAPI payload_start(handle_t image, struct system_table *table)
{
	self = image;
	st = table;
	bs = table->boot_services;
	rt = table->runtime_services;
	return payload();
}

bool on_bardo(void)
{
	static const char16 name[] = u"bardo";
	unsigned i;

	for (i = 0; i < 5; i++)
		if (st->firmware_vendor == NULL || st->firmware_vendor[i] != name[i])
			return false;
	return true;
}

bool status_is_error(efi_status_t status)
{
	return status >> 63;
}

bool guid_same(const struct efi_guid *a, const struct efi_guid *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

struct loaded_image *own_image(void)
{
	struct loaded_image *image = NULL;

	bs->handle_protocol(self, &loaded_image_guid, &image);
	return image;
}

efi_status_t load_beside(const char16 *path, handle_t *ret_image)
{
	struct device_path *device = NULL;
	uint8_t whole[512];
	uint64_t n = 0;

	if (bs->handle_protocol(own_image()->device, &device_path_guid, &device))
		return EFI_NOT_FOUND;
	for (const uint8_t *p = (void *)device; p[0] != 0x7f; p += p[2] | p[3] << 8)
		n += p[2] | (uint64_t)p[3] << 8;
	if (n > sizeof(whole) / 2)
		return EFI_NOT_FOUND;
	memcpy(whole, device, n);
	path_end(path_file(whole + n, path));
	return bs->load_image(false, self, (void *)whole, NULL, 0, ret_image);
}

bool option_is(const char *word)
{
	struct loaded_image *image = own_image();
	const char16 *options = image->load_options;
	size_t n = image->load_options_bytes / 2, n_word = 0, i;

	while (n > 0 && (options[n - 1] == 0 || options[n - 1] == ' '))
		n--;
	while (word[n_word])
		n_word++;
	if (n < n_word || (n > n_word && options[n - n_word - 1] != ' '))
		return false;
	for (i = 0; i < n_word; i++)
		if (options[n - n_word + i] != (uint8_t)word[i])
			return false;
	return true;
}

uint64_t ticks_of_microseconds(uint64_t n)
{
	static uint64_t per_10ms;
	uint64_t start, ticks;
	unsigned i;

	/* the shortest of some: on a busy machine a stall may last longer, never less */
	for (i = 0; i < 4 && (i > 0 || per_10ms == 0); i++) {
		start = cpu_ticks();
		bs->stall(10000);
		ticks = cpu_ticks() - start;
		per_10ms = i == 0 || ticks < per_10ms ? ticks : per_10ms;
	}
	return per_10ms * n / 10000;
}

efi_status_t map_get(struct map *ret_map)
{
	struct map m = { 0 };
	efi_status_t status;
	uint64_t room = 0;

	for (;;) {
		m.n_bytes = room;
		status = bs->get_memory_map(&m.n_bytes, m.p, &m.key, &m.descriptor_bytes,
					    &m.version);
		if (status != EFI_BUFFER_TOO_SMALL)
			break;
		if (m.p)
			bs->free_pool(m.p);
		/* the pool block for the map may itself add descriptors */
		room = m.n_bytes + 8 * m.descriptor_bytes;
		status = bs->allocate_pool(EFI_LOADER_DATA, room, (void **)&m.p);
		if (status != EFI_SUCCESS)
			return status;
	}
	if (status == EFI_SUCCESS)
		*ret_map = m;
	return status;
}

void map_free(struct map *map)
{
	bs->free_pool(map->p);
}

uint64_t map_pages_of_type(uint64_t addr, uint64_t n_pages, uint32_t type)
{
	uint64_t n = 0, start, end, d_end;
	struct map map;

	if (map_get(&map) != EFI_SUCCESS)
		return 0;
	for_each_descriptor(d, &map)
	{
		d_end = d->physical_start + d->n_pages * 4096;
		start = d->physical_start > addr ? d->physical_start : addr;
		end = d_end < addr + n_pages * 4096 ? d_end : addr + n_pages * 4096;
		if (d->type == type && start < end)
			n += (end - start) / 4096;
	}
	map_free(&map);
	return n;
}
