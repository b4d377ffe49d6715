/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "testpki.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY_S = 86400 };

static void
set_serial(X509 *cert)
{
	uint32_t n;

	assert_int_equal(RAND_bytes((unsigned char *)&n, sizeof(n)), 1);
	assert_int_equal(
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), n), 1);
}

static void
set_times(X509 *cert, const struct testpki_spec *spec)
{
	bool usual = spec->from_s == 0 && spec->until_s == 0;

	assert_non_null(X509_gmtime_adj(
	    X509_getm_notBefore(cert), usual ? -DAY_S : spec->from_s));
	assert_non_null(X509_gmtime_adj(
	    X509_getm_notAfter(cert), usual ? 30L * DAY_S : spec->until_s));
}

static void
set_subject(X509 *cert, const char *cn)
{
	if (cn != NULL)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert),
			"CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1,
			0),
		    1);
}

static void
add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static GENERAL_NAME *
dns_id(const char *name)
{
	GENERAL_NAME *id = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	char *bytes = strdup(name);

	assert_true(id != NULL && s != NULL && bytes != NULL);
	for (char *p = bytes; *p != '\0'; p++)
		if (*p == '|')
			*p = '\0';
	assert_int_equal(ASN1_STRING_set(s, bytes, (int)strlen(name)), 1);
	GENERAL_NAME_set0_value(id, GEN_DNS, s);
	free(bytes);
	return id;
}

static void
add_dns_ids(X509 *cert, const struct testpki_spec *spec)
{
	GENERAL_NAMES *ids = GENERAL_NAMES_new();

	assert_non_null(ids);
	for (size_t i = 0; i < TESTPKI_DNS_MAX && spec->dns[i] != NULL; i++)
		assert_true(
		    sk_GENERAL_NAME_push(ids, dns_id(spec->dns[i])) > 0);
	if (sk_GENERAL_NAME_num(ids) > 0)
		assert_int_equal(
		    X509_add1_ext_i2d(cert, NID_subject_alt_name, ids, 0, 0),
		    1);
	GENERAL_NAMES_free(ids);
}

static void
add_extensions(X509 *cert, X509 *issuer, const struct testpki_spec *spec)
{
	add_ext(cert, issuer, NID_basic_constraints,
	    spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (spec->ca)
		add_ext(cert, issuer, NID_key_usage, "critical,keyCertSign");
	else
		add_ext(cert, issuer, NID_ext_key_usage,
		    spec->usage != NULL ? spec->usage : "serverAuth");
	if (spec->constraints != NULL)
		add_ext(cert, issuer, NID_name_constraints, spec->constraints);
	add_dns_ids(cert, spec);
}

struct testpki_cert
testpki_make(const struct testpki_spec *spec, const struct testpki_cert *issuer)
{
	struct testpki_cert made = { X509_new(), NULL };

	made.key = spec->rsa_bits > 0
		       ? EVP_RSA_gen((unsigned int)spec->rsa_bits)
		       : EVP_EC_gen("P-256");
	assert_true(made.cert != NULL && made.key != NULL);
	if (issuer == NULL)
		issuer = &made;
	assert_int_equal(X509_set_version(made.cert, X509_VERSION_3), 1);
	set_serial(made.cert);
	set_times(made.cert, spec);
	set_subject(made.cert, spec->cn);
	assert_int_equal(X509_set_issuer_name(
			     made.cert, X509_get_subject_name(issuer->cert)),
	    1);
	assert_int_equal(X509_set_pubkey(made.cert, made.key), 1);
	add_extensions(made.cert, issuer->cert, spec);
	assert_true(X509_sign(made.cert, issuer->key, EVP_sha256()) > 0);
	return made;
}

void
testpki_free(struct testpki_cert *cert)
{
	X509_free(cert->cert);
	EVP_PKEY_free(cert->key);
	*cert = (struct testpki_cert){ NULL, NULL };
}

struct testpki_cert
testpki_root(void)
{
	struct testpki_spec spec = { .cn = "Test Root", .ca = true };

	return testpki_make(&spec, NULL);
}

struct testpki_cert
testpki_leaf(const char *host, const struct testpki_cert *issuer)
{
	struct testpki_spec spec = { .cn = host, .dns = { host } };

	return testpki_make(&spec, issuer);
}

void
testpki_write(const struct testpki_cert *cert, char path[TESTPKI_PATH])
{
	FILE *f;
	int fd;

	(void)snprintf(path, TESTPKI_PATH, "/tmp/sts-testpki-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert->cert), 1);
	assert_int_equal(fclose(f), 0);
}
