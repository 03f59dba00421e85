// SPDX-License-Identifier: MIT
/* For people: aligned columns. */
#include "tool/inspect.h"
#include "tool/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = 16 };

/* Text, and blanks up to so many columns. */
static void print_padded(struct bytes text, unsigned columns)
{
	const unsigned n = print_safe(text);

	printf("%*s", n < columns ? (int)(columns - n) : 0, "");
}

static void print_line(const char *label, struct bytes text)
{
	printf("%-*s", LABEL_COLUMNS, label);
	print_safe(text);
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

		print_padded(bytes_of_text(s->name), 9);
		printf(" %#10x %10u %10zu %c%c%c %s\n", s->rva, s->size, s->data.n,
		       s->permissions & PE_READ ? 'r' : '-', s->permissions & PE_WRITE ? 'w' : '-',
		       s->permissions & PE_EXECUTE ? 'x' : '-', in->sha256[i]);
	}
}

static void profile_field(const struct inspection *in, unsigned i, const char *key,
			  char text[static 256])
{
	if (uki_text_field(uki_profile(&in->pe, i), key, text, 256) < 0)
		text[0] = '\0';
}

static void print_profiles(const struct inspection *in)
{
	const unsigned n = uki_count_profiles(&in->pe);
	char id[256], title[256];

	for (unsigned i = 0; i < n; i++) {
		profile_field(in, i, "ID", id);
		profile_field(in, i, "TITLE", title);
		printf("%-*s%-3u ", LABEL_COLUMNS, i ? "" : "profiles", i);
		print_padded(bytes_of_text(id), 12);
		putchar(' ');
		print_safe(bytes_of_text(title));
		putchar('\n');
		if (i) {
			printf("%-*s    ", LABEL_COLUMNS, "");
			print_safe(inspection_profile_text(in, i, ".cmdline"));
			putchar('\n');
		}
	}
}

static void print_signature(const struct signature *s, const char *label)
{
	static const char *const of_file[] = { "not compared with the file",
					       "NOT of this file, which was changed behind it",
					       "of this file" };
	static const char *const by_key[] = { "not checked", "NOT made with that certificate's key",
					      "made with that certificate's key" };

	print_line(label,
		   bytes_of_text(s->subject[0] ? s->subject : "a signer without certificate"));
	printf("%-*sissued by ", LABEL_COLUMNS, "");
	print_safe(bytes_of_text(s->issuer));
	printf("\n%-*svalid     %s to %s\n", LABEL_COLUMNS, "", s->from, s->until);
	printf("%-*s%-9s %s\n", LABEL_COLUMNS, "", s->algorithm, of_file[s->of_this_file]);
	printf("%-*ssigned    %s; whose it is was not verified\n", LABEL_COLUMNS, "",
	       by_key[s->by_its_key]);
}

static void print_signatures(const struct inspection *in)
{
	if (!in->n_signatures)
		print_line("signatures", bytes_of_text("none"));
	for (unsigned i = 0; i < in->n_signatures; i++)
		print_signature(&in->signature[i], i ? "" : "signatures");
}

static void print_sidecars(const struct sidecars *sidecars)
{
	unsigned widest = 0;

	for (unsigned i = 0; i < sidecars->n; i++)
		widest = (unsigned)max_u64(widest, strlen(sidecars->sidecar[i].path));
	for (unsigned i = 0; i < sidecars->n; i++) {
		const struct sidecar *s = &sidecars->sidecar[i];

		printf("%-*s%-10s ", LABEL_COLUMNS, i ? "" : "sidecars", s->kind);
		print_padded(bytes_of_text(s->path), widest);
		printf(" %8" PRIu64 " ", s->n_bytes);
		if (s->why_not[0]) {
			printf("not taken: ");
			print_safe(bytes_of_text(s->why_not));
		} else if (s->cmdline) {
			print_safe(bytes_of_text(s->cmdline));
		}
		putchar('\n');
	}
}

void inspected_print(const struct inspected *shown)
{
	const struct inspection *in = &shown->image;
	char text[256];

	print_line("image", bytes_of_text(shown->path));
	print_line("kind", bytes_of_text(inspection_kind(in, text)));
	if (uki_text_field(inspection_text(in, ".osrel"), "PRETTY_NAME", text, sizeof(text)) == 0)
		print_line("system", bytes_of_text(text));
	print_lines("kernel", inspection_kernel(in));
	print_lines("command line", inspection_text(in, ".cmdline"));
	print_profiles(in);
	print_signatures(in);
	print_lines("SBAT", inspection_text(in, ".sbat"));
	print_sidecars(&shown->sidecars);
	for (unsigned i = 0; i < in->n_odd; i++)
		print_line(i ? "" : "odd", bytes_of_text(in->odd[i].text));
	print_line("SHA-256", bytes_of_text(in->file_sha256));
	print_sections(in);
}
