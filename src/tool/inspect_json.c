// SPDX-License-Identifier: MIT
/* For programs: one JSON object on one line. */
#include "tool/inspect.h"
#include "tool/print.h"

static void answer(const char *name, enum signature_answer answer)
{
	static const char *const words[] = { "null", "false", "true" };

	json_word(name, words[answer]);
}

static void sections_out(const struct inspection *in)
{
	json_open("sections", '[');
	for (unsigned i = 0; i < in->n_sections; i++) {
		const struct pe_section *s = &in->section[i];

		json_open(NULL, '{');
		json_text("name", bytes_of_text(s->name));
		json_number("address", s->rva);
		json_number("memory_bytes", s->size);
		json_number("file_bytes", s->data.n);
		json_bool("read", s->permissions & PE_READ);
		json_bool("write", s->permissions & PE_WRITE);
		json_bool("execute", s->permissions & PE_EXECUTE);
		json_text("sha256", bytes_of_text(in->sha256[i]));
		json_close('}');
	}
	json_close(']');
}

static void field_member(const struct inspection *in, unsigned profile, const char *key,
			 const char *name)
{
	char text[256];

	if (uki_text_field(uki_profile(&in->pe, profile), key, text, sizeof(text)) < 0)
		text[0] = '\0';
	json_text(name, bytes_of_text(text));
}

static void profiles_out(const struct inspection *in)
{
	const unsigned n = uki_count_profiles(&in->pe);

	json_open("profiles", '[');
	for (unsigned i = 0; i < n; i++) {
		json_open(NULL, '{');
		json_number("number", i);
		field_member(in, i, "ID", "id");
		field_member(in, i, "TITLE", "title");
		json_text("cmdline", inspection_profile_text(in, i, ".cmdline"));
		json_close('}');
	}
	json_close(']');
}

static void signatures_out(const struct inspection *in)
{
	json_open("signatures", '[');
	for (unsigned i = 0; i < in->n_signatures; i++) {
		const struct signature *s = &in->signature[i];

		json_open(NULL, '{');
		json_number("bytes", s->n_bytes);
		json_text("subject", bytes_of_text(s->subject));
		json_text("issuer", bytes_of_text(s->issuer));
		json_text("not_before", bytes_of_text(s->from));
		json_text("not_after", bytes_of_text(s->until));
		json_text("digest_algorithm", bytes_of_text(s->algorithm));
		json_hex("digest", (struct bytes){ s->digest, s->n_digest });
		answer("of_this_file", s->of_this_file);
		answer("by_its_key", s->by_its_key);
		json_text("problem", bytes_of_text(s->problem));
		json_close('}');
	}
	json_close(']');
}

static void sidecars_out(const struct sidecars *sidecars)
{
	json_open("sidecars", '[');
	for (unsigned i = 0; i < sidecars->n; i++) {
		const struct sidecar *s = &sidecars->sidecar[i];

		json_open(NULL, '{');
		json_text("kind", bytes_of_text(s->kind));
		json_text("path", bytes_of_text(s->path));
		json_number("bytes", s->n_bytes);
		json_bool("taken", !s->why_not[0]);
		json_text("why_not", bytes_of_text(s->why_not[0] ? s->why_not : NULL));
		json_text("cmdline", bytes_of_text(s->cmdline));
		json_number("initrd_bytes", s->initrd_bytes);
		json_number("ucode_bytes", s->ucode_bytes);
		json_close('}');
	}
	json_close(']');
}

static void odd_out(const struct inspection *in)
{
	json_open("odd", '[');
	for (unsigned i = 0; i < in->n_odd; i++) {
		json_text(NULL, bytes_of_text(in->odd[i].text));
	}
	json_close(']');
}

void inspected_print_json(const struct inspected *shown)
{
	const struct inspection *in = &shown->image;
	char text[256];
	int r;

	json_begin();
	json_text("image", bytes_of_text(shown->path));
	json_number("bytes", in->pe.file.n);
	json_number("machine", in->pe.machine);
	json_number("subsystem", in->pe.subsystem);
	json_text("sha256", bytes_of_text(in->file_sha256));
	json_text("kind", bytes_of_text(inspection_kind(in, text)));
	json_number("stub", in->stub);
	r = uki_text_field(inspection_text(in, ".osrel"), "PRETTY_NAME", text, sizeof(text));
	json_text("system", bytes_of_text(r == 0 ? text : NULL));
	json_text("kernel", inspection_kernel(in));
	json_text("cmdline", inspection_text(in, ".cmdline"));
	json_text("sbat", inspection_text(in, ".sbat"));
	profiles_out(in);
	signatures_out(in);
	sidecars_out(&shown->sidecars);
	odd_out(in);
	sections_out(in);
	json_end();
}
