// SPDX-License-Identifier: MIT
#include "inspect/signature.h"
#include "crypto/digest.h"
#include "crypto/pkcs7.h"

#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* X509_NAME_print_ex() escapes what could steer a terminal. */
static void name_text(const X509_NAME *name, char text[static SIGNATURE_NAME])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_read(bio, text, SIGNATURE_NAME - 1);
	text[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

static void time_text(const ASN1_TIME *time, char *text, size_t room)
{
	struct tm tm;

	text[0] = '\0';
	if (ASN1_TIME_to_tm(time, &tm) == 1)
		strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void describe_signer(PKCS7 *p7, struct signature *s)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(p7);
	PKCS7_SIGNER_INFO *signer;
	X509 *certificate;

	if (sk_PKCS7_SIGNER_INFO_num(signers) != 1) {
		s->problem = "it does not have one signer";
		return;
	}
	signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
	certificate = PKCS7_cert_from_signer_info(p7, signer);
	if (!certificate) {
		name_text(signer->issuer_and_serial->issuer, s->issuer);
		s->problem = "the signer's certificate is not in it";
		return;
	}
	name_text(X509_get_subject_name(certificate), s->subject);
	name_text(X509_get_issuer_name(certificate), s->issuer);
	time_text(X509_get0_notBefore(certificate), s->from, sizeof(s->from));
	time_text(X509_get0_notAfter(certificate), s->until, sizeof(s->until));
}

/* The content of the SEQUENCE at *inout_p, which moves behind its head; false when it is none. */
static bool open_sequence(const uint8_t **inout_p, const uint8_t *end, const uint8_t **ret_end)
{
	int tag, class, r;
	long n;

	r = ASN1_get_object(inout_p, &n, &tag, &class, end - *inout_p);
	if (r & 0x81 || tag != V_ASN1_SEQUENCE || n > end - *inout_p)
		return false;
	*ret_end = *inout_p + n;
	return true;
}

/* SpcIndirectDataContent: what kind of file it is, then the DigestInfo. */
static X509_SIG *find_digest(PKCS7 *p7, struct bytes *ret_content)
{
	const ASN1_TYPE *other = p7->d.sign->contents->d.other;
	const uint8_t *p, *end, *data_end;

	if (!other || other->type != V_ASN1_SEQUENCE)
		return NULL;
	p = other->value.sequence->data;
	end = p + other->value.sequence->length;
	if (!open_sequence(&p, end, &end))
		return NULL;
	*ret_content = (struct bytes){ p, (size_t)(end - p) };
	if (!open_sequence(&p, end, &data_end))
		return NULL;
	p = data_end;
	return d2i_X509_SIG(NULL, &p, end - p);
}

static void compare_digest(const struct pe_image *image, const X509_SIG *info, struct signature *s)
{
	uint8_t own[EVP_MAX_MD_SIZE];
	const ASN1_OCTET_STRING *said;
	const ASN1_OBJECT *object;
	const X509_ALGOR *algorithm;
	const EVP_MD *md;

	X509_SIG_get0(info, &algorithm, &said);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_obj2txt(s->algorithm, sizeof(s->algorithm), object, 0) <= 0)
		s->algorithm[0] = '\0';
	s->n_digest = min_u64((uint64_t)said->length, sizeof(s->digest));
	memcpy(s->digest, said->data, s->n_digest);
	md = EVP_get_digestbyobj(object);
	if (!md || !digest_image(md, image, own)) {
		s->problem = "its digest is of a kind that is not known here";
		return;
	}
	/* the short names are what people know them by */
	snprintf(s->algorithm, sizeof(s->algorithm), "%s", OBJ_nid2sn(EVP_MD_get_type(md)));
	s->of_this_file = said->length == EVP_MD_get_size(md) &&
					  !memcmp(said->data, own, (size_t)said->length)
				  ? SIGNATURE_YES
				  : SIGNATURE_NO;
}

/* Entries of the table are padded to 8 bytes with zeros, and some count them in. */
static size_t behind(struct bytes rest)
{
	bool other = rest.n >= 8;

	for (size_t i = 0; i < rest.n && !other; i++)
		other = rest.p[i];
	return other ? rest.n : 0;
}

void signature_read(const struct pe_image *image, struct bytes pkcs7, struct signature *ret)
{
	struct signature s = { .n_bytes = pkcs7.n };
	const uint8_t *p = pkcs7.p;
	struct bytes content;
	X509_SIG *digest = NULL;
	int by_signer;
	PKCS7 *p7 = pkcs7.n <= INT32_MAX ? d2i_PKCS7(NULL, &p, (long)pkcs7.n) : NULL;

	if (p7)
		s.n_behind = behind((struct bytes){ p, pkcs7.n - (size_t)(p - pkcs7.p) });
	if (!p7 || !PKCS7_type_is_signed(p7) || !p7->d.sign || !p7->d.sign->contents ||
	    !PKCS7_type_is_other(p7->d.sign->contents)) {
		s.problem = "is not a PKCS #7 signature of an image";
	} else {
		describe_signer(p7, &s);
		digest = find_digest(p7, &content);
		if (!digest)
			s.problem = "has no digest of an image in it";
	}
	if (digest) {
		compare_digest(image, digest, &s);
		by_signer = s.subject[0] ? pkcs7_is_by_signer(p7, content) : -ENOENT;
		if (by_signer >= 0)
			s.by_its_key = by_signer ? SIGNATURE_YES : SIGNATURE_NO;
	}
	X509_SIG_free(digest);
	PKCS7_free(p7);
	ERR_clear_error();
	*ret = s;
}
