// SPDX-License-Identifier: MIT
#include "tool/verify.h"
#include "tool/print.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = 16 };

static const char *source_of(const struct verified *shown, const struct verdict_entry *e)
{
	return shown->question.list[e->source].name;
}

static const char *kind_of(const struct verdict_entry *e)
{
	static const char *const names[] = { "other", "certificate", "digest",
					     "certificate digest" };

	return names[e->kind];
}

struct guid_line {
	char text[37];
};

static struct guid_line guid_line(const uint8_t g[static 16])
{
	struct guid_line l;

	snprintf(l.text, sizeof(l.text),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3], g[2],
		 g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14],
		 g[15]);
	return l;
}

static void label(const char *text)
{
	printf("%-*s", LABEL_COLUMNS, text);
}

static void print_entry(const struct verified *shown, const char *name,
			const struct verdict_entry *e)
{
	if (e->source == VERDICT_NO_SOURCE)
		return;
	label(name);
	print_safe(bytes_of_text(source_of(shown, e)));
	printf(", list %u, entry %u: %s", e->list, e->index, kind_of(e));
	if (e->subject[0])
		printf(" %s", e->subject);
	putchar('\n');
	/* only lists have owners */
	if (memcmp(e->owner, (uint8_t[16]){ 0 }, 16) != 0) {
		label("");
		printf("owner %s\n", guid_line(e->owner).text);
	}
}

static void print_signature(const struct verified *shown, unsigned i)
{
	const struct verdict_signature *s = &shown->verdict.signature[i];
	char name[32];

	snprintf(name, sizeof(name), "signature %u", i + 1);
	label(name);
	printf("%s\n", s->subject[0] ? s->subject : "a signer without certificate");
	if (s->issuer[0]) {
		label("");
		printf("issued by %s\n", s->issuer);
	}
	label("");
	if (s->problem[0])
		printf("does not count: %s\n", s->problem);
	else
		printf("%s, of this file, made with its certificate's key\n", bank_name(s->bank));
	print_entry(shown, "  trusted by", &s->allowed_by);
	print_entry(shown, "  denied by", &s->denied_by);
}

static void print_digest(const struct verdict *v, enum bank bank)
{
	if (!(v->banks & 1U << bank))
		return;
	label(bank_name(bank));
	for (size_t i = 0; i < bank_bytes(bank); i++)
		printf("%02x", v->digest[bank][i]);
	putchar('\n');
}

static unsigned told(const struct verdict *v)
{
	return v->n_signatures < VERDICT_SIGNATURES ? v->n_signatures : VERDICT_SIGNATURES;
}

void verified_print(const struct verified *shown)
{
	static const char *const sbat[] = {
		"not checked: this machine has no level",
		"the image has none, which is no reason to deny it",
		"as this machine asks for, or newer",
		"denied",
	};
	const struct verdict *v = &shown->verdict;

	label("image");
	print_safe(bytes_of_text(shown->path));
	putchar('\n');
	label("verdict");
	print_safe(bytes_of_text(v->allowed ? "allowed" : "denied: "));
	print_safe(bytes_of_text(v->why.text));
	putchar('\n');
	print_entry(shown, "allowed by", &v->allowed_by);
	print_entry(shown, "denied by", &v->denied_by);
	if (!v->n_signatures) {
		label("signatures");
		puts("none");
	}
	for (unsigned i = 0; i < told(v); i++)
		print_signature(shown, i);
	if (v->n_signatures > told(v)) {
		label("");
		printf("and %u more signatures\n", v->n_signatures - told(v));
	}
	label("SBAT");
	puts(sbat[v->sbat]);
	for (unsigned i = 0; i < N_BANKS; i++)
		print_digest(v, i);
	arguments_print(&shown->arguments, shown->question.list);
}

static void entry_member(const struct verified *shown, const char *name,
			 const struct verdict_entry *e)
{
	if (e->source == VERDICT_NO_SOURCE) {
		json_word(name, "null");
		return;
	}
	json_open(name, '{');
	json_text("source", bytes_of_text(source_of(shown, e)));
	json_number("list", e->list);
	json_number("entry", e->index);
	json_text("kind", bytes_of_text(kind_of(e)));
	json_text("owner", bytes_of_text(guid_line(e->owner).text));
	json_text("subject", bytes_of_text(e->subject[0] ? e->subject : NULL));
	json_close('}');
}

static void answer(const char *name, uint32_t answer)
{
	static const char *const words[] = { "null", "false", "true" };

	json_word(name, words[answer]);
}

static void signature_element(const struct verified *shown, const struct verdict_signature *s)
{
	json_open(NULL, '{');
	json_text("subject", bytes_of_text(s->subject[0] ? s->subject : NULL));
	json_text("issuer", bytes_of_text(s->issuer[0] ? s->issuer : NULL));
	json_text("digest_algorithm", bytes_of_text(s->of_this_file ? bank_name(s->bank) : NULL));
	answer("of_this_file", s->of_this_file);
	answer("by_its_key", s->by_its_key);
	json_text("problem", bytes_of_text(s->problem[0] ? s->problem : NULL));
	entry_member(shown, "allowed_by", &s->allowed_by);
	entry_member(shown, "denied_by", &s->denied_by);
	json_close('}');
}

void verified_print_json(const struct verified *shown)
{
	static const char *const sbat[] = { "unchecked", "missing", "passed", "failed" };
	static const char *const banks[N_BANKS] = { "sha1", "sha256", "sha384", "sha512" };
	const struct verdict *v = &shown->verdict;

	json_begin();
	json_text("image", bytes_of_text(shown->path));
	json_bool("allowed", v->allowed);
	json_text("reason", bytes_of_text(v->allowed ? NULL : v->why.text));
	entry_member(shown, "allowed_by", &v->allowed_by);
	entry_member(shown, "denied_by", &v->denied_by);
	json_text("sbat", bytes_of_text(sbat[v->sbat]));
	json_number("n_signatures", v->n_signatures);
	json_open("signatures", '[');
	for (unsigned i = 0; i < told(v); i++)
		signature_element(shown, &v->signature[i]);
	json_close(']');
	json_open("digests", '{');
	for (unsigned i = 0; i < N_BANKS; i++)
		if (v->banks & 1U << i)
			json_hex(banks[i], (struct bytes){ v->digest[i], bank_bytes(i) });
	json_close('}');
	arguments_print_json(&shown->arguments, shown->question.list);
	json_end();
}
