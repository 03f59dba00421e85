// SPDX-License-Identifier: MIT
#include "trust/signed_data.h"
#include "crypto/pkcs7.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <string.h>

static const char spc_indirect_data[] = "1.3.6.1.4.1.311.2.1.4";

static bool is_object(const ASN1_OBJECT *object, const char *wanted)
{
	char text[64];

	return object && OBJ_obj2txt(text, sizeof(text), object, 1) > 0 && !strcmp(text, wanted);
}

/* SHA-256 and up, for what the signer has signed as well as for the file. */
static bool is_strong(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int nid;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	nid = OBJ_obj2nid(object);
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* What is signed, where d.other has it with tag and length. */
static const char *find_content(struct signed_data *data)
{
	const PKCS7 *content = data->pkcs7->d.sign->contents;
	const ASN1_TYPE *other;
	const char *problem;
	struct bytes whole;

	if (!is_object(content->type, spc_indirect_data))
		return "it is no signature of an image";
	other = content->d.other;
	if (!other || other->type != V_ASN1_SEQUENCE)
		return "there is nothing in it that is signed";
	whole = (struct bytes){ other->value.sequence->data,
				(size_t)other->value.sequence->length };
	return indirect_data_read(whole, &data->file, &data->covered, &problem) ? NULL : problem;
}

static const char *find_signer(struct signed_data *data)
{
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(data->pkcs7);
	PKCS7_SIGNER_INFO *info;

	if (sk_PKCS7_SIGNER_INFO_num(infos) != 1)
		return "it does not have one signer";
	info = sk_PKCS7_SIGNER_INFO_value(infos, 0);
	data->signer = PKCS7_cert_from_signer_info(data->pkcs7, info);
	if (!data->signer)
		return "its signer's certificate is not in it";
	return is_strong(info->digest_alg) ? NULL : "it is made with a digest weaker than SHA-256";
}

static const char *read_all(const struct crypto *crypto, struct bytes der, struct signed_data *data)
{
	const uint8_t *p = der.p;
	const char *problem;

	data->pkcs7 = PKCS7_new_ex(crypto->library, NULL);
	/* behind it may be padding: some signing programs count it as part of the entry */
	if (!data->pkcs7 || der.n > LONG_MAX || !d2i_PKCS7(&data->pkcs7, &p, (long)der.n))
		return "it is no PKCS #7";
	if (!PKCS7_type_is_signed(data->pkcs7) || !data->pkcs7->d.sign ||
	    !data->pkcs7->d.sign->contents)
		return "it is no PKCS #7 of signed data";
	problem = find_signer(data);
	return problem ? problem : find_content(data);
}

int signed_data_read(const struct crypto *crypto, struct bytes der, struct signed_data *ret,
		     const char **ret_problem)
{
	*ret = (struct signed_data){ 0 };
	*ret_problem = read_all(crypto, der, ret);
	return *ret_problem ? -EBADMSG : 0;
}

void signed_data_free(struct signed_data *data)
{
	PKCS7_free(data->pkcs7);
	*data = (struct signed_data){ 0 };
}

bool signed_data_is_by_signer(const struct signed_data *data)
{
	return pkcs7_is_by_signer(data->pkcs7, data->covered) == 1;
}

X509 *signed_data_certificate(const struct signed_data *data, int i)
{
	STACK_OF(X509) *all = data->pkcs7->d.sign->cert;

	return i < sk_X509_num(all) ? sk_X509_value(all, i) : NULL;
}

bool signed_data_leads_to(const struct crypto *crypto, const struct signed_data *data, X509 *anchor)
{
	return certificate_leads_to(crypto, data->signer, data->pkcs7->d.sign->cert, anchor);
}
