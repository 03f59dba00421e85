// SPDX-License-Identifier: MIT
/* systemd's list of measurements: taken as systemd writes it, and else refused. */
#include "tpm/cel.h"
#include "tap.h"
#include "tpm/hash.h"
#include "unit/tiny_cel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct bytes text(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static bool is(struct bytes b, const char *s)
{
	return b.n == strlen(s) && !memcmp(b.p, s, b.n);
}

static void test_real(void)
{
	char both[sizeof(tiny_cel_1) + sizeof(tiny_cel_2)];
	const struct bytes word = text("shutdown");
	uint8_t digest[TPM_MAX_DIGEST];
	struct cel_record r;
	struct why why;
	size_t at = 0;

	memcpy(both, tiny_cel_1, sizeof(tiny_cel_1) - 1);
	memcpy(both + sizeof(tiny_cel_1) - 1, tiny_cel_2, sizeof(tiny_cel_2));
	require(cel_next(text(both), &at, &r, &why) == 1);
	check(r.pcr == 11 && r.bank.n == 4 && is(r.kind, "phase") && is(r.text, "shutdown"));
	for (unsigned b = 0; b < r.bank.n; b++) {
		require(tpm_hash(r.bank.bank[b].id, &word, 1, digest));
		check(!memcmp(r.digest[b], digest, r.bank.bank[b].n_bytes));
	}
	cel_free(&r);
	require(cel_next(text(both), &at, &r, &why) == 1);
	check(r.pcr == 15 && is(r.text, "final \\\"x\\\" \\303\\244"));
	cel_free(&r);
	check(cel_next(text(both), &at, &r, &why) == 0 && at == strlen(both));
}

/* One that is being written is refused, wherever it ends. */
static void test_cut(void)
{
	struct cel_record r;
	struct why why;
	unsigned n_bad = 0;
	size_t at;

	for (size_t n = 1; n < sizeof(tiny_cel_1) - 2; n++) {
		uint8_t *copy = malloc(n); /* of its own: what is read behind it is found */

		require(copy);
		memcpy(copy, tiny_cel_1, n);
		at = 0;
		n_bad += cel_next((struct bytes){ copy, n }, &at, &r, &why) == -EBADMSG && at == 0;
		free(copy);
	}
	check(n_bad == sizeof(tiny_cel_1) - 3);
}

/* What text is, and whether its record is as it should be; it is gone then. */
static int take(const char *s, bool (*right)(const struct cel_record *))
{
	struct cel_record r = { 0 };
	struct why why;
	size_t at = 0;
	const int n = cel_next(text(s), &at, &r, &why);

	if (right)
		check(right(&r));
	cel_free(&r);
	return n;
}

#define SHA1 "{\"hashAlg\":\"sha1\",\"digest\":\"00112233445566778899aabbccddeeff00112233\"}"

static bool is_sha1(const struct cel_record *r)
{
	return r->pcr == 23 && r->bank.n == 1 && r->digest[0][1] == 0x11 && r->kind.n == 0;
}

static bool has_one(const struct cel_record *r)
{
	return r->pcr == 0 && r->bank.n == 1;
}

static bool is_of_no_pcr(const struct cel_record *r)
{
	return r->pcr == CEL_NO_PCR;
}

static bool has_quote(const struct cel_record *r)
{
	return is(r->text, " a \" \n\xc3\xa4");
}

static void test_forms(void)
{
	check(take("", NULL) == 0 && take(" \n", NULL) == 0);
	check(take("{ \"pcr\" : 23 , \"digests\" : [ " SHA1 " ] }", is_sha1) == 1);
	check(take("{\"digests\":[" SHA1 ",{\"hashAlg\":\"new\",\"digest\":\"\"}],\"pcr\":0,"
		   "\"x\":[-1.5e+3,true,{\"a\":null}],\"content\":\"\"}",
		   has_one) == 1);
	check(take("{\"nv_index\":3,\"digests\":[" SHA1 "]}", is_of_no_pcr) == 1);
	check(take("{}", is_of_no_pcr) == 1);
	check(take("{\"pcr\":1,\"digests\":[" SHA1
		   "],\"content\":{\"string\":\" a \\\" \\n\\u00e4\"}}",
		   has_quote) == 1);
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"x",
		"\x1e",
		"[]",
		"{\"pcr\":24,\"digests\":[" SHA1 "]}",
		"{\"pcr\":4294967307,\"digests\":[" SHA1 "]}",
		"{\"pcr\":-1,\"digests\":[" SHA1 "]}",
		"{\"pcr\":\"1\",\"digests\":[" SHA1 "]}",
		"{\"pcr\":1}",
		"{\"pcr\":1,\"digests\":[]}",
		"{\"pcr\":1,\"digests\":[" SHA1 "," SHA1 "]}",
		"{\"pcr\":1,\"digests\":[1]}",
		"{\"pcr\":1,\"digests\":" SHA1 "}",
		"{\"pcr\":null,\"digests\":[" SHA1 "]}",
		"{\"pcr\":1,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":"
		"\"0112233445566778899aabbccddeeff0011223\\u0000\"}]}",
		"{\"pcr\":1,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"00\"}]}",
		"{\"pcr\":1,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":"
		"\"g0112233445566778899aabbccddeeff00112233\"}]}",
		"{\"pcr\":1,\"digests\":[" SHA1 "],}",
		"{\"pcr\":1 \"digests\":[" SHA1 "]}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\\",
		"{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}",
	};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check_msg(take(bad[i], NULL) == -EBADMSG, "number %u", i);
}

int main(void)
{
	if (tpm_hash_prepare() < 0)
		return 1;
	test_real();
	test_cut();
	test_forms();
	test_bad();
	return tap_done();
}
