// SPDX-License-Identifier: MIT
/* What is allowed and what is denied, on images that are signed here. */
#include "made_signed.h"
#include "tiny_pe.h"
#include "trust/policy.h"
#include "trust/verdict.h"

#include <openssl/pem.h>

static struct made_key ca, leaf, own, other, modules, modules_ca, below, expired, weak, same_name;
static struct made db, dbx, level;
static struct verdict v;

static struct made tiny(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct made m = { .n = 0 };

	made_put(&m, t.p, sizeof(t.p));
	return m;
}

static struct made signed_by(const struct made_key *by, const struct made_key *with, unsigned bits)
{
	struct made m = tiny();

	made_sign(&m, by, with, bits);
	return m;
}

/* The verdict on file by db and dbx, and level where it has text. */
static bool judged(const struct made *file, enum list_form form)
{
	const struct trust_list list[] = {
		{ "db", form, false, made_bytes(&db) },
		{ "dbx", form, true, made_bytes(&dbx) },
	};
	const struct trust_question q = {
		.file = made_bytes(file),
		.list = list,
		.n_lists = 2,
		.sbat_level = { level.n ? level.p : NULL, level.n },
	};

	policy_judge(&q, &v);
	made_need(verdict_is_sound(&v, 2));
	return v.allowed;
}

static bool allowed(const struct made *file)
{
	return judged(file, LIST_VARIABLE);
}

static bool denied(const struct made *file, const char *reason)
{
	return !allowed(file) && strstr(v.why.text, reason);
}

static void begin(void)
{
	db.n = dbx.n = level.n = 0;
}

static void test_allowed(void)
{
	struct made file = signed_by(&own, NULL, 256);

	begin();
	check(denied(&file, "leads to no certificate"));
	made_list_certificate(&db, &other);
	check(denied(&file, "leads to no certificate"));
	made_list_certificate(&db, &own);
	check(allowed(&file));
	check(v.allowed_by.source == 0 && v.allowed_by.list == 1 && v.allowed_by.index == 0 &&
	      v.allowed_by.owner[3] == 0x77 && !strcmp(v.allowed_by.subject, "CN = own"));
	check(v.n_signatures == 1 && !strcmp(v.signature[0].subject, "CN = own") &&
	      v.signature[0].of_this_file == ANSWER_YES && v.signature[0].by_its_key == ANSWER_YES);
	file = signed_by(&own, NULL, 384);
	check(allowed(&file) && v.signature[0].bank == BANK_SHA384 && v.banks & 1 << BANK_SHA384);
	file = signed_by(&own, NULL, 512);
	check(allowed(&file));
	file = signed_by(&own, NULL, 1);
	check(denied(&file, "weaker than SHA-256"));
}

static void test_chain(void)
{
	struct made file = signed_by(&leaf, &ca, 256);

	begin();
	made_list_certificate(&db, &ca);
	check(allowed(&file) && !strcmp(v.allowed_by.subject, "CN = ca") &&
	      !strcmp(v.signature[0].issuer, "CN = ca"));
	file = signed_by(&leaf, NULL, 256);
	check(allowed(&file));
	begin();
	/* its name is not enough */
	made_list_certificate(&db, &same_name);
	check(denied(&file, "leads to no certificate"));
	/* nor is a signature by a certificate that may not sign certificates */
	begin();
	made_list_certificate(&db, &own);
	file = signed_by(&other, &own, 256);
	check(denied(&file, "leads to no certificate"));
	/* a certificate by SHA-1 */
	begin();
	made_list_certificate(&db, &ca);
	file = signed_by(&weak, NULL, 256);
	check(denied(&file, "leads to no certificate"));
	/* no date counts */
	begin();
	made_list_certificate(&db, &expired);
	file = signed_by(&expired, NULL, 256);
	check(allowed(&file));
}

static void test_modules(void)
{
	struct made file = signed_by(&modules, NULL, 256);

	begin();
	made_list_certificate(&db, &modules);
	check(denied(&file, "for kernel modules"));
	made_list_certificate(&db, &ca);
	check(denied(&file, "for kernel modules"));
	/* nor does what such a certificate has signed */
	begin();
	made_list_certificate(&db, &modules_ca);
	file = signed_by(&below, &modules_ca, 256);
	check(denied(&file, "leads to no certificate"));
	made_list_certificate(&db, &below);
	check(allowed(&file));
}

static void test_changed(void)
{
	struct made file = signed_by(&own, NULL, 256);
	unsigned n_wrong = 0;

	begin();
	made_list_certificate(&db, &own);
	file.p[TINY_TEXT_DATA + 5] ^= 1;
	check(denied(&file, "changed after signing"));
	file.p[TINY_TEXT_DATA + 5] ^= 1;
	require(allowed(&file));
	/* of the signature, too: its end are the numbers that the key made */
	for (unsigned i = 8; i < 64; i++) {
		file.p[file.n - i] ^= 1;
		n_wrong += allowed(&file);
		file.p[file.n - i] ^= 1;
	}
	check_msg(n_wrong == 0 && allowed(&file), "each byte of the signature counts");
}

static void test_revoked(void)
{
	static const unsigned bits[] = { 256, 384, 512 };
	struct made file = signed_by(&leaf, &ca, 256);

	for (unsigned i = 0; i < 3; i++) {
		begin();
		made_list_certificate(&db, &ca);
		made_list_tbs(&dbx, &leaf, bits[i]);
		check(denied(&file, "certificate in it is denied by dbx") &&
		      v.denied_by.kind == ENTRY_TBS);
		dbx.n = 0;
		made_list_tbs(&dbx, &ca, bits[i]);
		check(denied(&file, "denied by dbx"));
		dbx.n = 0;
		made_list_image(&dbx, &file, bits[i]);
		check(denied(&file, "digest is denied by dbx") && v.denied_by.kind == ENTRY_IMAGE);
		/* its digest in db does not help against a certificate in dbx */
		begin();
		made_list_image(&db, &file, bits[i]);
		check(allowed(&file) && v.allowed_by.kind == ENTRY_IMAGE);
		made_list_certificate(&dbx, &ca);
		check(denied(&file, "its signer leads to is denied by dbx"));
	}
	begin();
	made_list_certificate(&db, &ca);
	made_list_certificate(&dbx, &leaf);
	check(denied(&file, "its signer leads to is denied by dbx") &&
	      !strcmp(v.denied_by.subject, "CN = leaf"));
	/* the digest of the anchor, which is not in the signature */
	begin();
	file = signed_by(&leaf, NULL, 256);
	made_list_certificate(&db, &ca);
	made_list_tbs(&dbx, &ca, 256);
	check(denied(&file, "its signer leads to is denied by dbx"));
	/* SHA-1 denies and does not allow */
	begin();
	made_list_image(&db, &file, 1);
	check(denied(&file, "leads to no certificate"));
	made_list_certificate(&db, &ca);
	require(allowed(&file));
	made_list_image(&dbx, &file, 1);
	check(denied(&file, "SHA-1 digest is denied by dbx"));
}

static void test_digest(void)
{
	struct made file = tiny();

	begin();
	check(denied(&file, "not signed"));
	made_list_image(&db, &file, 256);
	check(allowed(&file) && v.n_signatures == 0);
	file.p[TINY_TEXT_DATA] ^= 1;
	check(denied(&file, "not signed"));
	made_list_image(&dbx, &file, 256);
	made_list_image(&db, &file, 256);
	check(denied(&file, "digest is denied by dbx"));
}

static void test_several(void)
{
	struct made file = signed_by(&other, NULL, 256);

	made_sign(&file, &own, NULL, 384);
	begin();
	made_list_certificate(&db, &own);
	check(allowed(&file) && v.n_signatures == 2 && v.signature[0].problem[0] &&
	      !v.signature[1].problem[0]);
	/* one that is revoked is enough */
	made_list_certificate(&dbx, &other);
	check(denied(&file, "signature 1"));
	dbx.n = 0;
	made_list_tbs(&dbx, &other, 256);
	check(denied(&file, "signature 1"));
	/* and one that is none */
	dbx.n = 0;
	require(allowed(&file));
	made_add_entry(&file, 2, (struct bytes){ (const uint8_t *)"nothing", 7 }, 0);
	check(denied(&file, "signature 3: it is no PKCS #7"));
}

/* What signing programs do to the table, and what nobody should. */
static void test_table(void)
{
	static const uint8_t zeros[64], guid[] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
						   0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };
	struct made plain = tiny(), file = plain, pkcs7, padded, wrapped = { .n = 0 };
	const size_t directory = made_directory(&plain);

	/* of a length that has to be padded; it depends on the numbers that the key makes */
	do
		pkcs7 = made_signature(&plain, &own, NULL, 256);
	while (pkcs7.n % 8 == 0);
	padded = pkcs7;
	begin();
	made_list_certificate(&db, &own);
	/* a length that is rounded up and counts the padding */
	made_put(&padded, zeros, -padded.n % 8);
	made_add_entry(&file, 2, made_bytes(&padded), 0);
	check(allowed(&file));
	/* types that nobody knows are skipped, in front of and behind the one that counts */
	file = plain;
	made_add_entry(&file, 0x77, (struct bytes){ zeros, 20 }, 0);
	made_add_entry(&file, 2, made_bytes(&pkcs7), 0);
	made_add_entry(&file, 0x77, (struct bytes){ zeros, 20 }, 0);
	check(allowed(&file) && v.n_signatures == 1);
	made_put(&wrapped, guid, sizeof(guid));
	made_put(&wrapped, pkcs7.p, pkcs7.n);
	file = plain;
	made_add_entry(&file, 0x0ef1, made_bytes(&wrapped), 0);
	check(allowed(&file));
	/* bytes behind it, which firmware takes for what is signed */
	file = plain;
	made_add_entry(&file, 2, made_bytes(&pkcs7), 0);
	made_put(&file, zeros, 8);
	check(denied(&file, "is not the end of the file"));
	/* lengths of an entry */
	for (unsigned i = 0; i < 4; i++) {
		static const uint32_t wrong[] = { 8, 4, 0xffffffff, 0x10000 };

		file = plain;
		made_add_entry(&file, 2, made_bytes(&pkcs7), wrong[i]);
		check(denied(&file, "certificate table: the entry at 0x0"));
	}
	/* an entry without its padding */
	file = plain;
	made_add_entry(&file, 2, made_bytes(&pkcs7), 0);
	file.n = plain.n + 8 + pkcs7.n;
	made_set32(&file, directory + 4, (uint32_t)pkcs7.n + 8);
	check(denied(&file, "does not fit"));
	/* too many */
	file = plain;
	for (unsigned i = 0; i < 65; i++)
		made_add_entry(&file, 0x77, (struct bytes){ zeros, 8 }, 0);
	check(denied(&file, "more than 64"));
	/* sections that reach into it */
	file = plain;
	made_add_entry(&file, 2, made_bytes(&pkcs7), 0);
	made_set32(&file, tiny_section(2, TINY_RAW_SIZE), 0x88);
	check(denied(&file, "headers and sections have"));
}

/* Bytes between the sections are in no digest: changing one changes no verdict. */
static void test_gap(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct made file = { .n = 0 };

	/* .data loses its first half in the file, and the end of the file is signed instead */
	tiny_put32(&t, tiny_section(1, TINY_RAW_SIZE), 0x40);
	made_put(&file, t.p, sizeof(t.p));
	made_put(&file, t.p, 0x40);
	made_sign(&file, &own, NULL, 256);
	begin();
	made_list_certificate(&db, &own);
	check(allowed(&file));
	file.p[TINY_DATA_DATA + 0x50] ^= 1;
	check(allowed(&file));
	file.p[TINY_DATA_DATA + 0x30] ^= 1;
	check(denied(&file, "changed after signing"));
}

static struct made with_sbat(const char *text, unsigned n_sections)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct made file = { .n = 0 };

	memset(t.p + TINY_DATA_DATA, 0, 0x80);
	memcpy(t.p + TINY_DATA_DATA, text, strlen(text));
	for (unsigned i = 0; i < n_sections; i++)
		memcpy(t.p + tiny_section(1 + i, 0), ".sbat\0\0", 8);
	made_put(&file, t.p, sizeof(t.p));
	made_sign(&file, &own, NULL, 256);
	return file;
}

static void test_sbat(void)
{
	struct made file = with_sbat("sbat,1,a,b,1,u\nstub,3,a,b,1,u\n", 1);

	begin();
	made_list_certificate(&db, &own);
	check(allowed(&file) && v.sbat == SBAT_UNCHECKED);
	made_put(&level, "sbat,1,2026\nstub,3\n", 19);
	check(allowed(&file) && v.sbat == SBAT_PASSED);
	level.p[17] = '4';
	check(denied(&file, "SBAT: stub has generation 3, this machine asks for 4") &&
	      v.sbat == SBAT_FAILED);
	file = tiny();
	made_sign(&file, &own, NULL, 256);
	check(allowed(&file) && v.sbat == SBAT_MISSING);
	file = with_sbat("sbat,1,a,b,1,u\n", 2);
	check(denied(&file, "more than one"));
	file = with_sbat("sbat,0,a,b,1,u\n", 1);
	check(denied(&file, "a generation is no number"));
}

static void test_lists(void)
{
	struct made file = signed_by(&own, NULL, 256), list = { .n = 0 };
	const struct trust_list l = { "db", LIST_VARIABLE, false, made_bytes(&db) };
	struct trust_question q = { .file = made_bytes(&file), .list = &l, .n_lists = 1 };
	uint8_t *der = NULL;
	long n;

	begin();
	made_list_certificate(&db, &own);
	made_list_certificate(&list, &own);
	db.n--;
	check(denied(&file, "db: signature list at 0x0"));
	db.n++;
	made_put(&dbx, "x", 1);
	check(denied(&file, "dbx: signature list at 0x0"));
	/* a certificate that nobody can read: it allows nothing, and what it denies nobody knows */
	dbx.n = 0;
	made_list(&db, made_guid(MADE_X509).b, (struct bytes){ (const uint8_t *)"junk", 4 });
	check(allowed(&file));
	made_list(&dbx, made_guid(MADE_X509).b, (struct bytes){ (const uint8_t *)"junk", 4 });
	check(denied(&file, "dbx: signature list 0, entry 0: no certificate"));
	/* a machine whose dbx is unknown */
	q.list = &(struct trust_list){ "db", LIST_VARIABLE, false, made_bytes(&db) };
	q.refusal = "dbx cannot be read: Permission denied";
	policy_judge(&q, &v);
	check(!v.allowed && strstr(v.why.text, "dbx cannot be read") && v.n_signatures == 1);
	/* as files: attributes in front, DER */
	begin();
	made_le32(&db, 0x27);
	made_put(&db, list.p, list.n);
	check(judged(&file, LIST_FILE));
	db.n = 0;
	n = i2d_X509(own.certificate, &der);
	made_put(&db, der, (size_t)n);
	check(judged(&file, LIST_FILE) && v.allowed_by.list == 0);
	db.n--;
	check(!judged(&file, LIST_FILE) && strstr(v.why.text, "db: is neither"));
	OPENSSL_free(der);
}

/* A file of two certificates; with a letter of one that is none. */
static void made_pem(struct made *to, int damaged)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *at;
	long n;

	PEM_write_bio_X509(bio, other.certificate);
	PEM_write_bio_X509(bio, own.certificate);
	n = BIO_get_mem_data(bio, &text);
	at = memmem(text, (size_t)n, "BEGIN", 5);
	if (damaged == 1)
		at = memmem(at + 1, (size_t)(n - (at + 1 - text)), "BEGIN", 5);
	if (damaged >= 0)
		at[100] = '!';
	to->n = 0;
	made_put(to, text, (size_t)n);
	BIO_free(bio);
}

/* Each that can be read allows; where one was to deny, all are to be read. */
static void test_pem(void)
{
	struct made file = signed_by(&own, NULL, 256);

	begin();
	made_pem(&db, -1);
	check(judged(&file, LIST_FILE) && v.allowed_by.index == 1);
	made_pem(&db, 0);
	check(judged(&file, LIST_FILE) && v.allowed_by.index == 1);
	made_pem(&db, 1);
	check(!judged(&file, LIST_FILE) && strstr(v.why.text, "leads to no certificate"));
	db.n = db.n / 2 - 40;
	db.p[100] = '!';
	check(!judged(&file, LIST_FILE) && strstr(v.why.text, "db: holds no certificate"));
	db.n = 0;
	made_list_certificate(&db, &own);
	made_pem(&dbx, -1);
	check(!judged(&file, LIST_FILE) && v.denied_by.index == 1);
	for (int i = 0; i < 2; i++) {
		made_pem(&dbx, i);
		check(!judged(&file, LIST_FILE) &&
		      strstr(v.why.text, i ? "dbx: signature list 0, entry 1: no certificate"
					   : "dbx: signature list 0, entry 0: no certificate"));
	}
	/* it has no end */
	made_pem(&dbx, -1);
	dbx.n -= 40;
	check(!judged(&file, LIST_FILE) && strstr(v.why.text, "entry 1: no certificate"));
}

/* Certificates take memory: they are counted, and what is too much is said. */
static void test_many(void)
{
	struct made file = signed_by(&own, NULL, 256);
	struct trust_list list = { "db", LIST_VARIABLE, false, { NULL, 0 } };
	const struct trust_question q = { .file = made_bytes(&file), .list = &list, .n_lists = 1 };
	struct made one = { .n = 0 };
	uint8_t *all;

	made_list_certificate(&one, &own);
	all = malloc(4097 * one.n);
	made_need(all != NULL);
	for (unsigned i = 0; i < 4097; i++)
		memcpy(all + i * one.n, one.p, one.n);
	list.data = (struct bytes){ all, 4097 * one.n };
	policy_judge(&q, &v);
	check(!v.allowed && strstr(v.why.text, "db: more than 4096 certificates"));
	free(all);
}

/* What /proc/keys shows of the kernel's blacklist. */
static void test_blacklist(void)
{
	struct made file = signed_by(&own, NULL, 256), keys = { .n = 0 };
	const struct trust_list list[] = {
		{ "db", LIST_VARIABLE, false, made_bytes(&db) },
		{ "keys", LIST_KEYS, true, { keys.p, 0 } },
	};
	struct trust_question q = { .file = made_bytes(&file), .list = list, .n_lists = 2 };
	struct trust_list of[2];
	uint8_t digest[64];
	char line[256];
	unsigned n, at;

	begin();
	made_list_certificate(&db, &own);
	n = made_digest(made_bytes(&file), 256, digest);
	at = (unsigned)snprintf(line, sizeof(line),
				"3a1f2c7b I------     1 perm 1f030000     0     0 keyring   a: 3\n"
				"1fe2c0de I------     1 perm 080b0000     0     0 blacklist bin:");
	for (unsigned i = 0; i < n; i++)
		at += (unsigned)snprintf(line + at, sizeof(line) - at, "%02x", digest[i]);
	snprintf(line + at, sizeof(line) - at, "\n");
	memcpy(of, list, sizeof(of));
	of[0].data = made_bytes(&db);
	q.list = of;
	policy_judge(&q, &v);
	check(v.allowed);
	of[1].data = (struct bytes){ (const uint8_t *)line, strlen(line) };
	policy_judge(&q, &v);
	check(!v.allowed && strstr(v.why.text, "digest is denied by keys"));
	line[at - 1] ^= 1;
	policy_judge(&q, &v);
	check(v.allowed);
}

/* What the process that parses may say; and what nobody has to believe. */
static void test_sound(void)
{
	struct made file = signed_by(&own, NULL, 256);
	struct verdict w;

	begin();
	made_list_certificate(&db, &own);
	require(allowed(&file));
	w = v;
	check(verdict_is_sound(&w, 1));
	check(!verdict_is_sound(&w, 0));
	w.allowed = 2;
	check(!verdict_is_sound(&w, 2));
	w = v;
	w.allowed_by.source = VERDICT_NO_SOURCE;
	check(!verdict_is_sound(&w, 2));
	w = v;
	w.denied_by.source = 0;
	check(!verdict_is_sound(&w, 2));
	w = v;
	memset(w.signature[7].subject, 'x', NAME_BYTES);
	check(!verdict_is_sound(&w, 2));
	w = v;
	w.signature[0].issuer[2] = '\033';
	check(!verdict_is_sound(&w, 2));
	w = v;
	w.sbat = SBAT_FAILED;
	check(!verdict_is_sound(&w, 2));
	w = v;
	strcpy(w.why.text, "denied");
	check(!verdict_is_sound(&w, 2));
	w = v;
	w.signature[3].bank = N_BANKS;
	check(!verdict_is_sound(&w, 2));
}

int main(void)
{
	ca = made_key("ca", NULL, MADE_CA);
	same_name = made_key("ca", NULL, MADE_CA);
	leaf = made_key("leaf", &ca, 0);
	own = made_key("own", NULL, 0);
	other = made_key("other", &own, 0);
	modules = made_key("modules", &ca, MADE_MODULES);
	modules_ca = made_key("modules ca", NULL, MADE_CA | MADE_MODULES);
	below = made_key("below", &modules_ca, 0);
	expired = made_key("expired", NULL, MADE_EXPIRED);
	weak = made_key("weak", &ca, MADE_SHA1);
	test_allowed();
	test_chain();
	test_modules();
	test_changed();
	test_revoked();
	test_digest();
	test_several();
	test_table();
	test_gap();
	test_sbat();
	test_lists();
	test_pem();
	test_many();
	test_blacklist();
	test_sound();
	for (struct made_key *k[] = { &ca, &same_name, &leaf, &own, &other, &modules, &modules_ca,
				      &below, &expired, &weak, NULL },
			     **p = k;
	     *p; p++)
		made_key_free(*p);
	return tap_done();
}
