// SPDX-License-Identifier: MIT
#include "tool/inspect.h"
#include "firmware/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct bytes inspection_text(const struct inspection *in, const char *name)
{
	struct bytes text = { 0 };

	for (unsigned i = 0; i < in->n_sections && !text.p; i++) {
		if (!strcmp(in->section[i].name, ".profile"))
			break;
		if (!strcmp(in->section[i].name, name))
			text = in->section[i].data;
	}
	if (!text.p)
		return text;
	text.n = strnlen((const char *)text.p, text.n);
	while (text.n && strchr(" \n\r\t", text.p[text.n - 1]))
		text.n--;
	return text;
}

/*
 * Text of the image's, which may be anything: what could steer a terminal or is
 * no UTF-8 is shown as a question mark, or as JSON wants it.
 */
static void print_safe(struct bytes text, bool json)
{
	size_t used;
	uint32_t c;

	for (size_t i = 0; i < text.n; i += used) {
		used = text_decode_utf8(text.p + i, text.n - i, &c);
		if (used == 0 || (c == 0xfffd && memcmp(text.p + i, "\xef\xbf\xbd", 3))) {
			used = used ? used : 1;
			putchar('?');
		} else if (json && (c < 0x20 || c == 0x7f)) {
			printf("\\u%04x", c);
		} else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			putchar('?');
		} else {
			if (json && (c == '"' || c == '\\'))
				putchar('\\');
			fwrite(text.p + i, 1, used, stdout);
		}
	}
}

static struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static const char *profile_field(const struct inspection *in, unsigned i, const char *key,
				 char text[static 256])
{
	if (uki_text_field(uki_profile(&in->pe, i), key, text, 256) < 0)
		text[0] = '\0';
	return text;
}

static void print_line(const char *label, struct bytes text)
{
	printf("%-16s", label);
	print_safe(text, false);
	putchar('\n');
}

/* One line of the text each, the label in front of the first. */
static void print_lines(const char *label, struct bytes text)
{
	const uint8_t *end;
	struct bytes line;

	for (size_t at = 0; at < text.n; at += line.n + 1, label = "") {
		end = memchr(text.p + at, '\n', text.n - at);
		line = (struct bytes){ text.p + at,
				       end ? (size_t)(end - text.p) - at : text.n - at };
		print_line(label, line);
	}
}

static void print_sections(const struct inspection *in)
{
	printf("\n%-9s %10s %10s %10s     SHA-256\n", "section", "address", "memory", "file");
	for (unsigned i = 0; i < in->n_sections; i++) {
		const struct pe_section *s = &in->section[i];

		print_safe(bytes_of_text(s->name), false);
		printf("%*s %#10x %10u %10zu %c%c%c %s\n", 9 - (int)strlen(s->name), "", s->rva,
		       s->size, s->data.n, s->permissions & PE_READ ? 'r' : '-',
		       s->permissions & PE_WRITE ? 'w' : '-',
		       s->permissions & PE_EXECUTE ? 'x' : '-', in->sha256[i]);
	}
}

static const char *kind(const struct inspection *in, char text[static 64])
{
	struct pe_section s;
	bool linux_in = pe_image_find_section(&in->pe, ".linux", &s) == 0;

	if (in->stub)
		snprintf(text, 64, "%s, systemd-stub %u",
			 linux_in ? "unified kernel image" : "stub", in->stub);
	else
		snprintf(text, 64, "%s",
			 linux_in			     ? "unified kernel image"
			 : inspection_text(in, ".cmdline").n ? "addon"
							     : "EFI image");
	return text;
}

static void print_profiles(const struct inspection *in)
{
	const unsigned n = uki_count_profiles(&in->pe);
	char id[256], title[256];

	for (unsigned i = 0; i < n; i++) {
		printf("%-16s%u ", i ? "" : "profiles", i);
		print_safe(bytes_of_text(profile_field(in, i, "ID", id)), false);
		printf(id[0] ? " " : "");
		print_safe(bytes_of_text(profile_field(in, i, "TITLE", title)), false);
		putchar('\n');
	}
}

void inspection_print(const struct inspection *in)
{
	char text[256];

	print_line("image", bytes_of_text(in->path));
	print_line("kind", bytes_of_text(kind(in, text)));
	if (uki_text_field(inspection_text(in, ".osrel"), "PRETTY_NAME", text, sizeof(text)) == 0)
		print_line("system", bytes_of_text(text));
	print_lines("kernel", inspection_text(in, ".uname"));
	print_lines("command line", inspection_text(in, ".cmdline"));
	print_profiles(in);
	if (in->n_signatures)
		printf("%-16s%u, %" PRIu64 " bytes, not verified\n", "signatures", in->n_signatures,
		       in->signature_bytes);
	else
		printf("%-16snone\n", "signatures");
	print_lines("SBAT", inspection_text(in, ".sbat"));
	for (unsigned i = 0; i < in->n_sidecars; i++)
		print_line(i ? "" : "sidecars", bytes_of_text(in->sidecar[i]));
	for (unsigned i = 0; i < in->n_odd; i++)
		print_line(i ? "" : "odd", bytes_of_text(in->odd[i]));
	print_line("SHA-256", bytes_of_text(in->file_sha256));
	print_sections(in);
}

static void json_member(const char *name, struct bytes text)
{
	printf(", \"%s\": ", name);
	if (!text.p) {
		printf("null");
		return;
	}
	putchar('"');
	print_safe(text, true);
	putchar('"');
}

static void json_list(const char *name, unsigned n)
{
	printf(", \"%s\": [%s", name, n ? "" : "]");
}

static void json_string(unsigned i, unsigned n, const char *text)
{
	printf("%s\"", i ? ", " : "");
	print_safe(bytes_of_text(text), true);
	printf("\"%s", i + 1 == n ? "]" : "");
}

static void json_sections(const struct inspection *in)
{
	json_list("sections", in->n_sections);
	for (unsigned i = 0; i < in->n_sections; i++) {
		const struct pe_section *s = &in->section[i];

		printf("%s{\"name\": \"", i ? ", " : "");
		print_safe(bytes_of_text(s->name), true);
		printf("\", \"address\": %u, \"memory_bytes\": %u, \"file_bytes\": %zu, "
		       "\"read\": %s, \"write\": %s, \"execute\": %s, \"sha256\": \"%s\"}%s",
		       s->rva, s->size, s->data.n, s->permissions & PE_READ ? "true" : "false",
		       s->permissions & PE_WRITE ? "true" : "false",
		       s->permissions & PE_EXECUTE ? "true" : "false", in->sha256[i],
		       i + 1 == in->n_sections ? "]" : "");
	}
}

static void json_profiles(const struct inspection *in)
{
	const unsigned n = uki_count_profiles(&in->pe);
	char text[256];

	json_list("profiles", n);
	for (unsigned i = 0; i < n; i++) {
		printf("%s{\"number\": %u", i ? ", " : "", i);
		json_member("id", bytes_of_text(profile_field(in, i, "ID", text)));
		json_member("title", bytes_of_text(profile_field(in, i, "TITLE", text)));
		printf("}%s", i + 1 == n ? "]" : "");
	}
}

void inspection_print_json(const struct inspection *in)
{
	char text[256];

	printf("{\"image\": \"");
	print_safe(bytes_of_text(in->path), true);
	printf("\", \"bytes\": %zu, \"machine\": %u, \"subsystem\": %u", in->pe.file.n,
	       in->pe.machine, in->pe.subsystem);
	json_member("sha256", bytes_of_text(in->file_sha256));
	json_member("kind", bytes_of_text(kind(in, text)));
	printf(", \"stub\": %u", in->stub);
	if (uki_text_field(inspection_text(in, ".osrel"), "PRETTY_NAME", text, sizeof(text)) == 0)
		json_member("system", bytes_of_text(text));
	else
		json_member("system", (struct bytes){ 0 });
	json_member("kernel", inspection_text(in, ".uname"));
	json_member("cmdline", inspection_text(in, ".cmdline"));
	json_member("sbat", inspection_text(in, ".sbat"));
	json_profiles(in);
	printf(", \"signatures\": %u", in->n_signatures);
	json_list("sidecars", in->n_sidecars);
	for (unsigned i = 0; i < in->n_sidecars; i++)
		json_string(i, in->n_sidecars, in->sidecar[i]);
	json_list("odd", in->n_odd);
	for (unsigned i = 0; i < in->n_odd; i++)
		json_string(i, in->n_odd, in->odd[i]);
	json_sections(in);
	printf("}\n");
}
