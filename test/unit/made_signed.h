/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Keys, certificates, signed images and signature lists, made by the test itself with libcrypto:
 * the format of a signature stands here a second time, from its specification, so that what reads
 * it is not its own witness. test/unit/verify_files has other programs sign.
 */
#include "pe/authenticode.h"
#include "tap.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { MADE_BYTES = 1 << 16 };

/* As require(), and says nothing when it holds: this is called by the thousand. */
#define made_need(expr)                                                                            \
	do {                                                                                       \
		if (!(expr))                                                                       \
			tap_require(false, __FILE__, __LINE__, #expr);                             \
	} while (0)

/* Bytes that grow at their end. */
struct made {
	uint8_t p[MADE_BYTES];
	size_t n;
};

static inline void made_put(struct made *m, const void *data, size_t n)
{
	made_need(n <= MADE_BYTES - m->n);
	memcpy(m->p + m->n, data, n);
	m->n += n;
}

static inline void made_le32(struct made *m, uint32_t v)
{
	const uint8_t b[] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
			      (uint8_t)(v >> 24) };

	made_put(m, b, 4);
}

static inline void made_set32(struct made *m, size_t at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		m->p[at + i] = (uint8_t)(v >> 8 * i);
}

static inline struct bytes made_bytes(const struct made *m)
{
	return (struct bytes){ m->p, m->n };
}

/* A DER element around what content has. */
static inline void made_der(struct made *m, uint8_t tag, const struct made *content)
{
	uint8_t head[4] = { tag, (uint8_t)content->n };
	size_t n = 2;

	if (content->n >= 0x100) {
		head[1] = 0x82;
		head[2] = (uint8_t)(content->n >> 8);
		head[3] = (uint8_t)content->n;
		n = 4;
	} else if (content->n >= 0x80) {
		head[1] = 0x81;
		head[2] = (uint8_t)content->n;
		n = 3;
	}
	made_put(m, head, n);
	made_put(m, content->p, content->n);
}

struct made_key {
	EVP_PKEY *key;
	X509 *certificate;
};

enum { MADE_CA = 1, MADE_MODULES = 2, MADE_EXPIRED = 4, MADE_SHA1 = 8, MADE_IDS = 16 };

static inline void made_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	made_need(e && X509_add_ext(certificate, e, -1));
	X509_EXTENSION_free(e);
}

/* Of its key and its issuer's, by which kernels find who has signed it. */
static inline void made_ids(X509 *certificate, X509 *issuer)
{
	X509V3_CTX context;
	X509_EXTENSION *e;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "hash");
	made_need(e && X509_add_ext(certificate, e, -1));
	X509_EXTENSION_free(e);
	e = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
	made_need(e && X509_add_ext(certificate, e, -1));
	X509_EXTENSION_free(e);
}

/* A certificate for key by issuer, or by itself where that is NULL. */
static inline struct made_key made_key_of(EVP_PKEY *key, const char *name,
					  const struct made_key *issuer, unsigned flags)
{
	static long serial = 1;
	struct made_key k = { key, X509_new() };
	X509_NAME *subject = X509_get_subject_name(k.certificate);
	const bool expired = flags & MADE_EXPIRED;

	made_need(k.key && k.certificate);
	made_need(X509_set_version(k.certificate, 2));
	ASN1_INTEGER_set(X509_get_serialNumber(k.certificate), serial++);
	X509_gmtime_adj(X509_getm_notBefore(k.certificate), expired ? -200000 : -1000);
	X509_gmtime_adj(X509_getm_notAfter(k.certificate), expired ? -100000 : 100000);
	made_need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1,
					     -1, 0));
	X509_set_issuer_name(k.certificate,
			     issuer ? X509_get_subject_name(issuer->certificate) : subject);
	X509_set_pubkey(k.certificate, k.key);
	made_extension(k.certificate, NID_basic_constraints,
		       flags & MADE_CA ? "critical,CA:TRUE" : "CA:FALSE");
	if (flags & MADE_MODULES)
		made_extension(k.certificate, NID_ext_key_usage,
			       "codeSigning,1.3.6.1.4.1.2312.16.1.2");
	if (flags & MADE_IDS)
		made_ids(k.certificate, issuer ? issuer->certificate : k.certificate);
	made_need(X509_sign(k.certificate, issuer ? issuer->key : k.key,
			    flags & MADE_SHA1 ? EVP_sha1() : EVP_sha256()));
	return k;
}

static inline struct made_key made_key(const char *name, const struct made_key *issuer,
				       unsigned flags)
{
	return made_key_of(EVP_EC_gen("P-256"), name, issuer, flags);
}

/* The same with a key that kernels know, too: slower to make. */
static inline struct made_key made_rsa(const char *name, const struct made_key *issuer,
				       unsigned flags)
{
	return made_key_of(EVP_RSA_gen(2048), name, issuer, flags | MADE_IDS);
}

static inline void made_key_free(struct made_key *k)
{
	EVP_PKEY_free(k->key);
	X509_free(k->certificate);
}

static inline const EVP_MD *made_md(unsigned bits)
{
	switch (bits) {
	case 1:
		return EVP_sha1();
	case 384:
		return EVP_sha384();
	case 512:
		return EVP_sha512();
	default:
		return EVP_sha256();
	}
}

/* The Authenticode digest; returns its length. */
static inline unsigned made_digest(struct bytes file, unsigned bits, uint8_t *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct bytes piece[64];
	struct pe_image pe;
	unsigned n, n_digest;

	made_need(pe_image_parse(file, PE_MACHINE_OURS, UINT32_MAX, &pe, NULL) == 0 &&
		  pe.n_sections + PE_SIGNED_PIECES <= 64);
	n = pe_signed_pieces(&pe, piece);
	EVP_DigestInit_ex(context, made_md(bits), NULL);
	for (unsigned i = 0; i < n; i++)
		EVP_DigestUpdate(context, piece[i].p, piece[i].n);
	EVP_DigestFinal_ex(context, digest, &n_digest);
	EVP_MD_CTX_free(context);
	return n_digest;
}

/* SpcIndirectDataContent: what kind of file, and the digest. */
static inline void made_indirect_data(struct made *m, unsigned bits, const uint8_t *digest,
				      unsigned n_digest)
{
	/* 1.3.6.1.4.1.311.2.1.15, then SpcPeImageData: no flags, the file "<<<Obsolete>>>" left out
	 */
	static const uint8_t data[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37,
					0x02, 0x01, 0x0f, 0x30, 0x03, 0x03, 0x01, 0x00 };
	struct made kind = { .n = 0 }, algorithm = { .n = 0 }, info = { .n = 0 }, all = { .n = 0 },
		    octets = { .n = 0 };
	X509_ALGOR *a = X509_ALGOR_new();
	uint8_t *der = NULL;
	int n;

	made_put(&kind, data, sizeof(data));
	X509_ALGOR_set_md(a, made_md(bits));
	n = i2d_X509_ALGOR(a, &der);
	made_put(&algorithm, der, (size_t)n);
	OPENSSL_free(der);
	X509_ALGOR_free(a);
	made_put(&info, algorithm.p, algorithm.n);
	made_put(&octets, digest, n_digest);
	made_der(&info, 0x04, &octets);
	made_der(&all, 0x30, &kind);
	made_der(&all, 0x30, &info);
	made_der(m, 0x30, &all);
}

/* PKCS #7 over this content, with the certificates of by and of ca, which may be NULL. */
static inline void made_pkcs7(struct made *m, const struct made *content, const struct made_key *by,
			      const struct made_key *ca, unsigned bits)
{
	PKCS7 *p7 = PKCS7_new(), *inner = PKCS7_new();
	ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);
	const size_t head = content->p[1] & 0x80 ? 2 + (content->p[1] & 0x7f) : 2;
	PKCS7_SIGNER_INFO *info;
	uint8_t *der = NULL;
	BIO *bio;
	int n;

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_content_new(p7, NID_pkcs7_data);
	info = PKCS7_add_signature(p7, by->certificate, by->key, made_md(bits));
	made_need(info);
	PKCS7_add_certificate(p7, by->certificate);
	if (ca)
		PKCS7_add_certificate(p7, ca->certificate);
	PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_dup(type));
	bio = PKCS7_dataInit(p7, NULL);
	made_need(bio && BIO_write(bio, content->p + head, (int)(content->n - head)) > 0);
	made_need(PKCS7_dataFinal(p7, bio) == 1);
	BIO_free_all(bio);
	ASN1_OBJECT_free(inner->type);
	inner->type = type;
	inner->d.other = ASN1_TYPE_new();
	inner->d.other->type = V_ASN1_SEQUENCE;
	inner->d.other->value.sequence = ASN1_STRING_new();
	ASN1_STRING_set(inner->d.other->value.sequence, content->p, (int)content->n);
	PKCS7_set_content(p7, inner);
	n = i2d_PKCS7(p7, &der);
	made_need(n > 0);
	made_put(m, der, (size_t)n);
	OPENSSL_free(der);
	PKCS7_free(p7);
}

static inline size_t made_directory(const struct made *file)
{
	return (size_t)(file->p[0x3c] | file->p[0x3d] << 8) + 4 + 20 + 112 + 4 * 8;
}

/* One more entry in the certificate table; length 0: as long as it is. */
static inline void made_add_entry(struct made *file, uint16_t type, struct bytes data,
				  uint32_t length)
{
	static const uint8_t zeros[8];
	const size_t directory = made_directory(file), from = file->n;
	uint32_t size = file->p[directory + 4] | file->p[directory + 5] << 8;

	made_le32(file, length ? length : (uint32_t)data.n + 8);
	made_le32(file, 0x0200 | (uint32_t)type << 16);
	made_put(file, data.p, data.n);
	made_put(file, zeros, -file->n % 8);
	if (!size)
		made_set32(file, directory, (uint32_t)from);
	made_set32(file, directory + 4, size + (uint32_t)(file->n - from));
}

/* The PKCS #7 that by makes for the file as it is. */
static inline struct made made_signature(const struct made *file, const struct made_key *by,
					 const struct made_key *ca, unsigned bits)
{
	struct made content = { .n = 0 }, pkcs7 = { .n = 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	const unsigned n = made_digest(made_bytes(file), bits, digest);

	made_indirect_data(&content, bits, digest, n);
	made_pkcs7(&pkcs7, &content, by, ca, bits);
	return pkcs7;
}

static inline void made_sign(struct made *file, const struct made_key *by,
			     const struct made_key *ca, unsigned bits)
{
	struct made pkcs7 = made_signature(file, by, ca, bits);

	made_add_entry(file, 2, made_bytes(&pkcs7), 0);
}

/* EFI_SIGNATURE_LIST with one entry, whose owner is all 0x77. */
static inline void made_list(struct made *m, const uint8_t type[static 16], struct bytes data)
{
	uint8_t owner[16];

	memset(owner, 0x77, sizeof(owner));
	made_put(m, type, 16);
	made_le32(m, 28 + 16 + (uint32_t)data.n);
	made_le32(m, 0);
	made_le32(m, 16 + (uint32_t)data.n);
	made_put(m, owner, 16);
	made_put(m, data.p, data.n);
}

/* The GUIDs once more, as UEFI 2.10 writes them. */
struct made_guid {
	uint8_t b[16];
};

static inline struct made_guid made_guid(const char *text)
{
	unsigned v[11];
	struct made_guid g;

	made_need(sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &v[0], &v[1], &v[2], &v[3],
			 &v[4], &v[5], &v[6], &v[7], &v[8], &v[9], &v[10]) == 11);
	for (unsigned i = 0; i < 4; i++)
		g.b[i] = (uint8_t)(v[0] >> 8 * i);
	for (unsigned i = 0; i < 2; i++) {
		g.b[4 + i] = (uint8_t)(v[1] >> 8 * i);
		g.b[6 + i] = (uint8_t)(v[2] >> 8 * i);
	}
	for (unsigned i = 0; i < 8; i++)
		g.b[8 + i] = (uint8_t)v[3 + i];
	return g;
}

#define MADE_X509 "a5c059a1-94e4-4aa7-87b5-ab155c2bf072"
#define MADE_IMAGE_SHA1 "826ca512-cf10-4ac9-b187-be01496631bd"
#define MADE_IMAGE_SHA256 "c1c41626-504c-4092-aca9-41f936934328"
#define MADE_IMAGE_SHA384 "ff3e5307-9fd0-48c9-85f1-8ad56c701e01"
#define MADE_IMAGE_SHA512 "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a"
#define MADE_TBS_SHA256 "3bd2a492-96c0-4079-b420-fcf98ef103ed"
#define MADE_TBS_SHA384 "7076876e-80c2-4ee6-aad2-28b349a6865b"
#define MADE_TBS_SHA512 "446dbf63-2502-4cda-bcfa-2465d2b0fe9d"

static inline void made_list_certificate(struct made *m, const struct made_key *k)
{
	uint8_t *der = NULL;
	const int n = i2d_X509(k->certificate, &der);

	made_need(n > 0);
	made_list(m, made_guid(MADE_X509).b, (struct bytes){ der, (size_t)n });
	OPENSSL_free(der);
}

static inline const char *made_image_type(unsigned bits)
{
	switch (bits) {
	case 1:
		return MADE_IMAGE_SHA1;
	case 384:
		return MADE_IMAGE_SHA384;
	case 512:
		return MADE_IMAGE_SHA512;
	default:
		return MADE_IMAGE_SHA256;
	}
}

static inline void made_list_image(struct made *m, const struct made *file, unsigned bits)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	const unsigned n = made_digest(made_bytes(file), bits, digest);

	made_list(m, made_guid(made_image_type(bits)).b, (struct bytes){ digest, n });
}

/* A certificate's digest without its signature, and a time of revocation that is 0: always. */
static inline void made_list_tbs(struct made *m, const struct made_key *k, unsigned bits)
{
	const char *type = bits == 384	 ? MADE_TBS_SHA384
			   : bits == 512 ? MADE_TBS_SHA512
					 : MADE_TBS_SHA256;
	uint8_t data[EVP_MAX_MD_SIZE + 16] = { 0 }, *der = NULL;
	const int n = i2d_re_X509_tbs(k->certificate, &der);
	unsigned n_digest = 0;

	made_need(n > 0 && EVP_Digest(der, (size_t)n, data, &n_digest, made_md(bits), NULL));
	OPENSSL_free(der);
	made_list(m, made_guid(type).b, (struct bytes){ data, n_digest + 16 });
}
