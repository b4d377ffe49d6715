/*
 * Certificates for tests, made at run time: a CA, what it signs, and every
 * fault that one can have.
 *
 * Each function fails the test on failure.  What is made is the caller's, to be
 * given back with testpki_free.
 */
#ifndef STS_TESTS_TESTPKI_H
#define STS_TESTS_TESTPKI_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

enum { TESTPKI_DNS_MAX = 40, TESTPKI_PATH = 64 };

struct testpki_spec {
	const char *cn; /* NULL: an empty subject */
	const char *dns[TESTPKI_DNS_MAX]; /* SAN DNS-IDs; '|' is a NUL byte */
	long from_s, until_s; /* from now; both 0: yesterday to next month */
	bool ca;
	const char *usage; /* extended key usage; NULL: "serverAuth" */
	const char *constraints; /* of names, "permitted;DNS:example" */
	int rsa_bits; /* 0: an EC key */
};

struct testpki_cert {
	X509 *cert;
	EVP_PKEY *key;
};

/* `issuer` NULL: it signs itself. */
struct testpki_cert testpki_make(
    const struct testpki_spec *spec, const struct testpki_cert *issuer);
void testpki_free(struct testpki_cert *cert);

/* The usual ones: a root, and a leaf with one DNS-ID. */
struct testpki_cert testpki_root(void);
struct testpki_cert testpki_leaf(
    const char *host, const struct testpki_cert *issuer);

/* The certificate as a new PEM file, whose name comes into `path`; to be
 * unlinked. */
void testpki_write(const struct testpki_cert *cert, char path[TESTPKI_PATH]);

#endif
