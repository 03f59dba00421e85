// SPDX-License-Identifier: MIT
#include "trust/certificate.h"

#include <limits.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static const char modules[] = "1.3.6.1.4.1.2312.16.1.2";

enum {
	LEVEL = 1, /* of SSL_CTX_set_security_level(3): no SHA-1, no MD5, no RSA below 1024 bits */
};

X509 *certificate_read(const struct crypto *crypto, struct bytes der)
{
	X509 *certificate = X509_new_ex(crypto->library, NULL);
	const uint8_t *p = der.p;

	if (!certificate || der.n > LONG_MAX || !d2i_X509(&certificate, &p, (long)der.n) ||
	    p != der.p + der.n) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

static void name_text(const X509_NAME *name, char text[static NAME_BYTES])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE) >= 0)
		n = BIO_read(bio, text, NAME_BYTES - 1);
	text[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

void certificate_subject(const X509 *certificate, char text[static NAME_BYTES])
{
	name_text(X509_get_subject_name(certificate), text);
}

void certificate_issuer(const X509 *certificate, char text[static NAME_BYTES])
{
	name_text(X509_get_issuer_name(certificate), text);
}

bool certificate_is_for_modules(const X509 *certificate)
{
	EXTENDED_KEY_USAGE *use = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	char text[sizeof(modules) + 1];
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(use) && !found; i++)
		found = OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(use, i), 1) > 0 &&
			!strcmp(text, modules);
	EXTENDED_KEY_USAGE_free(use);
	return found;
}

bool certificate_leads_to(const struct crypto *crypto, X509 *leaf, void *others, X509 *anchor)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new_ex(crypto->library, NULL);
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *rules;
	bool ok = false;

	if (context && store && X509_STORE_add_cert(store, anchor) &&
	    X509_STORE_CTX_init(context, store, leaf, others)) {
		rules = X509_STORE_CTX_get0_param(context);
		X509_VERIFY_PARAM_set_auth_level(rules, LEVEL);
		ok = X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN |
								X509_V_FLAG_NO_CHECK_TIME) &&
		     X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY) &&
		     X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return ok;
}
