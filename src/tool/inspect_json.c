// SPDX-License-Identifier: MIT
/* For programs: one JSON object on one line. */
#include "tool/inspect.h"

#include <inttypes.h>
#include <stdio.h>

static const char *separator = ""; /* before the next member or element */

static void name_out(const char *name)
{
	printf("%s\"%s\": ", separator, name);
	separator = ", ";
}

static void text_out(struct bytes text)
{
	putchar('"');
	print_safe(text, true);
	putchar('"');
}

static void text_member(const char *name, const char *text)
{
	name_out(name);
	text_out(bytes_of_text(text));
}

/* Text that may be missing: null then. */
static void maybe_member(const char *name, struct bytes text)
{
	name_out(name);
	if (text.p)
		text_out(text);
	else
		printf("null");
}

static void number_member(const char *name, uint64_t v)
{
	name_out(name);
	printf("%" PRIu64, v);
}

static void bool_member(const char *name, bool v)
{
	name_out(name);
	printf(v ? "true" : "false");
}

static void answer_member(const char *name, enum signature_answer answer)
{
	static const char *const words[] = { "null", "false", "true" };

	name_out(name);
	printf("%s", words[answer]);
}

static void hex_member(const char *name, const uint8_t *p, size_t n)
{
	name_out(name);
	putchar('"');
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
	putchar('"');
}

/* Of a list or an object, which a name or nothing stands in front of. */
static void open_out(const char *name, char bracket)
{
	if (name)
		name_out(name);
	else
		printf("%s", separator);
	putchar(bracket);
	separator = "";
}

static void close_out(char bracket)
{
	putchar(bracket);
	separator = ", ";
}

static void sections_out(const struct inspection *in)
{
	open_out("sections", '[');
	for (unsigned i = 0; i < in->n_sections; i++) {
		const struct pe_section *s = &in->section[i];

		open_out(NULL, '{');
		text_member("name", s->name);
		number_member("address", s->rva);
		number_member("memory_bytes", s->size);
		number_member("file_bytes", s->data.n);
		bool_member("read", s->permissions & PE_READ);
		bool_member("write", s->permissions & PE_WRITE);
		bool_member("execute", s->permissions & PE_EXECUTE);
		text_member("sha256", in->sha256[i]);
		close_out('}');
	}
	close_out(']');
}

static void field_member(const struct inspection *in, unsigned profile, const char *key,
			 const char *name)
{
	char text[256];

	if (uki_text_field(uki_profile(&in->pe, profile), key, text, sizeof(text)) < 0)
		text[0] = '\0';
	text_member(name, text);
}

static void profiles_out(const struct inspection *in)
{
	const unsigned n = uki_count_profiles(&in->pe);

	open_out("profiles", '[');
	for (unsigned i = 0; i < n; i++) {
		open_out(NULL, '{');
		number_member("number", i);
		field_member(in, i, "ID", "id");
		field_member(in, i, "TITLE", "title");
		maybe_member("cmdline", inspection_profile_text(in, i, ".cmdline"));
		close_out('}');
	}
	close_out(']');
}

static void signatures_out(const struct inspection *in)
{
	open_out("signatures", '[');
	for (unsigned i = 0; i < in->n_signatures; i++) {
		const struct signature *s = &in->signature[i];

		open_out(NULL, '{');
		number_member("bytes", s->n_bytes);
		text_member("subject", s->subject);
		text_member("issuer", s->issuer);
		text_member("not_before", s->from);
		text_member("not_after", s->until);
		text_member("digest_algorithm", s->algorithm);
		hex_member("digest", s->digest, s->n_digest);
		answer_member("of_this_file", s->of_this_file);
		answer_member("by_its_key", s->by_its_key);
		maybe_member("problem",
			     s->problem ? bytes_of_text(s->problem) : (struct bytes){ 0 });
		close_out('}');
	}
	close_out(']');
}

static void sidecars_out(const struct inspection *in)
{
	open_out("sidecars", '[');
	for (unsigned i = 0; i < in->sidecars.n; i++) {
		const struct sidecar *s = &in->sidecars.sidecar[i];

		open_out(NULL, '{');
		text_member("kind", s->kind);
		text_member("path", s->path);
		number_member("bytes", s->n_bytes);
		bool_member("taken", !s->why_not[0]);
		maybe_member("why_not",
			     s->why_not[0] ? bytes_of_text(s->why_not) : (struct bytes){ 0 });
		maybe_member("cmdline",
			     s->cmdline ? bytes_of_text(s->cmdline) : (struct bytes){ 0 });
		number_member("initrd_bytes", s->initrd_bytes);
		number_member("ucode_bytes", s->ucode_bytes);
		close_out('}');
	}
	close_out(']');
}

static void odd_out(const struct inspection *in)
{
	open_out("odd", '[');
	for (unsigned i = 0; i < in->n_odd; i++) {
		printf("%s", separator);
		text_out(bytes_of_text(in->odd[i].text));
		separator = ", ";
	}
	close_out(']');
}

void inspection_print_json(const struct inspection *in)
{
	char text[256];

	separator = "";
	open_out(NULL, '{');
	text_member("image", in->path);
	number_member("bytes", in->pe.file.n);
	number_member("machine", in->pe.machine);
	number_member("subsystem", in->pe.subsystem);
	text_member("sha256", in->file_sha256);
	text_member("kind", inspection_kind(in, text));
	number_member("stub", in->stub);
	if (uki_text_field(inspection_text(in, ".osrel"), "PRETTY_NAME", text, sizeof(text)) == 0)
		text_member("system", text);
	else
		maybe_member("system", (struct bytes){ 0 });
	maybe_member("kernel", inspection_kernel(in));
	maybe_member("cmdline", inspection_text(in, ".cmdline"));
	maybe_member("sbat", inspection_text(in, ".sbat"));
	profiles_out(in);
	signatures_out(in);
	sidecars_out(in);
	odd_out(in);
	sections_out(in);
	close_out('}');
	putchar('\n');
}
