/* tls: whom a handshake is with, told by RFC 8460's words (rules.md 55 to 57).
 * The handshakes run in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/base/clock.h"
#include "sts/engine/certtext.h"
#include "sts/engine/tls.h"
#include "testpki.h"
#include "tlspair.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WHY = 256 };

#define DAY_S 86400L

enum issuer {
	ROOT,
	STRANGER,
	SELF,
	INTER,
	INTER_OLD,
	INTER_EARLY,
	NARROW,
	LEAF
};

static struct world {
	struct testpki_cert issuer[LEAF + 1]; /* SELF stays empty */
	char path[TESTPKI_PATH];
	const struct sts_tls *tls;
} world;

static const struct testpki_spec inter = { .cn = "Inter", .ca = true };
static const struct testpki_spec inter_old = {
	.cn = "Old Inter", .ca = true, .from_s = -9 * DAY_S, .until_s = -DAY_S
};
static const struct testpki_spec inter_early = {
	.cn = "Early Inter", .ca = true, .from_s = DAY_S, .until_s = 9 * DAY_S
};
static const struct testpki_spec narrow = {
	.cn = "Narrow", .ca = true, .constraints = "permitted;DNS:other.example"
};

static int
make_world(void **state)
{
	char why[WHY];

	(void)state;
	world.issuer[ROOT] = testpki_root();
	world.issuer[STRANGER] = testpki_root();
	world.issuer[INTER] = testpki_make(&inter, &world.issuer[ROOT]);
	world.issuer[INTER_OLD] = testpki_make(&inter_old, &world.issuer[ROOT]);
	world.issuer[INTER_EARLY] =
	    testpki_make(&inter_early, &world.issuer[ROOT]);
	world.issuer[NARROW] = testpki_make(&narrow, &world.issuer[ROOT]);
	world.issuer[LEAF] = testpki_leaf("leaf.example", &world.issuer[ROOT]);
	testpki_write(&world.issuer[ROOT], world.path);
	assert_int_equal(
	    sts_tls_new(world.path, why, sizeof(why), &world.tls), STS_OK);
	assert_string_equal(why, "");
	return 0;
}

static int
end_world(void **state)
{
	(void)state;
	sts_tls_put(world.tls);
	for (size_t i = 0; i <= LEAF; i++)
		testpki_free(&world.issuer[i]);
	(void)unlink(world.path);
	return 0;
}

/* The outcome of a handshake with that leaf. */
static struct sts_host_finding
judge_leaf(const char *host, const struct testpki_cert *leaf, X509 *with)
{
	struct sts_host_finding o = { 0 };
	SSL *client, *server = tlspair_server(leaf, with);

	(void)snprintf(o.host, sizeof(o.host), "%s", host);
	assert_int_equal(sts_tls_client(world.tls, host, &client), STS_OK);
	assert_true(tlspair_shake(client, server));
	assert_string_equal(
	    SSL_get_servername(server, TLSEXT_NAMETYPE_host_name), host);
	sts_tls_judge(client, sts_wall_s(&sts_clock_system), &o);
	SSL_free(client);
	SSL_free(server);
	return o;
}

static struct sts_host_finding
judge_spec(const char *host, const struct testpki_spec *spec, enum issuer by)
{
	const struct testpki_cert *issuer =
	    by == SELF ? NULL : &world.issuer[by];
	struct testpki_cert leaf = testpki_make(spec, issuer);
	struct sts_host_finding o =
	    judge_leaf(host, &leaf, by >= INTER ? issuer->cert : NULL);

	testpki_free(&leaf);
	return o;
}

#define OK STS_REASON_NONE
#define MISMATCH STS_REASON_CERTIFICATE_HOST_MISMATCH
#define EXPIRED STS_REASON_CERTIFICATE_EXPIRED
#define UNTRUSTED STS_REASON_CERTIFICATE_NOT_TRUSTED
#define FAILURE STS_REASON_VALIDATION_FAILURE
#define PAST .from_s = -9 * DAY_S, .until_s = -DAY_S
#define FUTURE .from_s = DAY_S, .until_s = 9 * DAY_S
#define MX "mx.b.example"

static const struct row {
	const char *what;
	enum issuer by;
	struct testpki_spec spec;
	enum sts_reason reason;
	const char *detail; /* is in it */
} rows[] = {
	{ "one name", ROOT, { .dns = { MX } }, OK, "" },
	{ "the second name", ROOT, { .dns = { "a.example", MX } }, OK, "" },
	{ "upper case", ROOT, { .dns = { "MX.B.Example" } }, OK, "" },
	{ "wildcard", ROOT, { .dns = { "*.b.example" } }, OK, "" },
	{ "chain", INTER, { .dns = { MX } }, OK, "" },

	{ "other names", ROOT, { .dns = { "a.example", "c.example" } },
	    MISMATCH,
	    "certificate names a.example, c.example; not mx.b.example" },
	{ "CN alone", ROOT, { .cn = MX }, MISMATCH,
	    "no host in subjectAltName; not mx.b.example" },
	{ "CN beside a name", ROOT, { .cn = MX, .dns = { "a.example" } },
	    MISMATCH, "names a.example; not" },
	{ "the domain", ROOT, { .dns = { "b.example" } }, MISMATCH, "" },
	{ "a host below", ROOT, { .dns = { "a.mx.b.example" } }, MISMATCH, "" },
	{ "wildcard above", ROOT, { .dns = { "*.example" } }, MISMATCH, "" },
	{ "wildcard below", ROOT, { .dns = { "*.mx.b.example" } }, MISMATCH,
	    "" },
	{ "part wildcard", ROOT, { .dns = { "m*.b.example" } }, MISMATCH, "" },
	{ "inner wildcard", ROOT, { .dns = { "mx.*.example" } }, MISMATCH, "" },
	{ "bare wildcard", ROOT, { .dns = { "*" } }, MISMATCH, "" },
	{ "NUL in the name", ROOT, { .dns = { "mx.b.example|.a.example" } },
	    MISMATCH, "mx.b.example\\x00.a.example" },
	{ "escape codes", ROOT, { .dns = { "\x1b[31m\n" } }, MISMATCH,
	    "names \\x1b[31m\\x0a;" },

	{ "expired", ROOT, { .dns = { MX }, PAST }, EXPIRED,
	    "certificate expired on 20" },
	{ "not yet valid", ROOT, { .dns = { MX }, FUTURE }, EXPIRED,
	    "certificate is not valid before 20" },
	{ "issuer expired", INTER_OLD, { .dns = { MX } }, EXPIRED,
	    "a certificate of the issuers has expired" },
	{ "issuer early", INTER_EARLY, { .dns = { MX } }, EXPIRED,
	    "a certificate of the issuers is not valid yet" },

	{ "self-signed", SELF, { .cn = "x", .dns = { MX } }, UNTRUSTED,
	    "certificate is self-signed" },
	{ "stranger", STRANGER, { .dns = { MX } }, UNTRUSTED, "certificate" },
	{ "client's usage", ROOT, { .dns = { MX }, .usage = "clientAuth" },
	    UNTRUSTED, "purpose" },
	{ "issuer is no CA", LEAF, { .dns = { MX } }, UNTRUSTED, "CA" },
	{ "constraints", NARROW, { .dns = { MX } }, UNTRUSTED, "permitted" },
	{ "weak key", ROOT, { .dns = { MX }, .rsa_bits = 1024 }, FAILURE,
	    "key too" },

	{ "self-signed, expired", SELF, { .cn = "x", .dns = { MX }, PAST },
	    UNTRUSTED, "self-signed" },
	{ "self-signed, other name", SELF,
	    { .cn = "x", .dns = { "a.example" } }, UNTRUSTED, "self-signed" },
	{ "other name, expired", ROOT, { .dns = { "a.example" }, PAST },
	    MISMATCH, "names a.example" },
};

static void
judges_each_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct sts_host_finding o = judge_spec(MX, &row->spec, row->by);

		if (o.reason != row->reason ||
		    strstr(o.detail, row->detail) == NULL)
			fail_msg("%s: reason %s, detail '%s'", row->what,
			    sts_reason_text(o.reason), o.detail);
		assert_int_equal(o.path,
		    row->reason == OK ? STS_PATH_VALIDATED : STS_PATH_INVALID);
		assert_int_equal(row->reason == OK, o.detail[0] == '\0');
		assert_string_equal(o.tls, "TLSv1.3");
		assert_string_not_equal(o.cipher, "");
	}
}

static void
tells_dates_and_names(void **state)
{
	struct testpki_spec spec = { .cn = "Zoë\n, Inc", .dns = { MX }, PAST };
	struct sts_host_finding o = judge_spec(MX, &spec, ROOT);
	char text[64], day[STS_DAY_TEXT];
	int64_t now = sts_wall_s(&sts_clock_system);

	(void)state;
	assert_string_equal(o.subject, "CN=Zo\\xc3\\xab\\x0a\\\\, Inc");
	assert_string_equal(o.issuer, "CN=Test Root");
	assert_true(o.not_after < now && o.not_after > now - 2 * DAY_S);
	(void)snprintf(text, sizeof(text), "certificate expired on %s",
	    sts_certtext_day(o.not_after, day));
	assert_string_equal(o.detail, text);
}

static void
cuts_many_names(void **state)
{
	struct testpki_spec spec = { .cn = "x" };
	char name[TESTPKI_DNS_MAX][130];
	struct sts_host_finding o;

	(void)state;
	for (size_t i = 0; i < TESTPKI_DNS_MAX; i++) {
		(void)snprintf(
		    name[i], sizeof(name[i]), "host%zu.%0100d.example", i, 0);
		spec.dns[i] = name[i];
	}
	o = judge_spec(MX, &spec, ROOT);
	assert_int_equal(o.reason, MISMATCH);
	assert_non_null(strstr(o.detail, "names host0.000"));
	assert_non_null(strstr(o.detail, ", ...; not mx.b.example"));
}

static void
misses_an_intermediate(void **state)
{
	struct testpki_cert leaf = testpki_leaf(MX, &world.issuer[INTER]);
	struct sts_host_finding o = judge_leaf(MX, &leaf, NULL);

	(void)state;
	assert_int_equal(o.reason, UNTRUSTED);
	assert_string_equal(o.detail,
	    "issuer is unknown, or its certificate was not sent: CN=Inter");
	testpki_free(&leaf);
}

/* OpenSSL says X509_V_OK where there was nothing to verify. */
static void
wants_a_certificate(void **state)
{
	struct sts_host_finding o = { .host = MX };
	SSL *client, *server = tlspair_server(&world.issuer[LEAF], NULL);

	(void)state;
	assert_int_equal(sts_tls_client(world.tls, MX, &client), STS_OK);
	SSL_set_security_level(client, 0);
	SSL_set_max_proto_version(client, TLS1_2_VERSION);
	assert_int_equal(SSL_set_cipher_list(client, "aNULL"), 1);
	assert_int_equal(SSL_set_cipher_list(server, "aNULL"), 1);
	SSL_set_dh_auto(server, 1);
	assert_true(tlspair_shake(client, server));
	sts_tls_judge(client, 0, &o);
	assert_int_equal(o.path, STS_PATH_INVALID);
	assert_int_equal(o.reason, FAILURE);
	assert_string_equal(o.detail, "no certificate was shown");
	SSL_free(client);
	SSL_free(server);
}

static void
refuses_old_tls(void **state)
{
	SSL *client, *server = tlspair_server(&world.issuer[LEAF], NULL);
	char text[64];

	(void)state;
	SSL_set_min_proto_version(server, TLS1_VERSION);
	SSL_set_max_proto_version(server, TLS1_1_VERSION);
	assert_int_equal(
	    sts_tls_client(world.tls, "leaf.example", &client), STS_OK);
	/* Not only by the security level, which a system may lower. */
	assert_int_equal(SSL_get_min_proto_version(client), TLS1_2_VERSION);
	ERR_clear_error();
	assert_false(tlspair_shake(client, server));
	assert_non_null(
	    strstr(sts_tls_error_text(text, sizeof(text)), "protocol"));
	assert_int_equal(ERR_peek_error(), 0);
	assert_string_equal(
	    sts_tls_error_text(text, sizeof(text)), "unknown TLS error");
	SSL_free(client);
	SSL_free(server);
}

/* A library's own context: whether its handshake with `leaf` succeeds. */
static bool
applied(const char *host, const struct testpki_cert *leaf, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *client, *server = tlspair_server(leaf, NULL);
	bool ok;

	assert_non_null(ctx);
	assert_int_equal(sts_tls_apply(world.tls, host, ctx), STS_OK);
	client = SSL_new(ctx);
	SSL_CTX_free(ctx);
	assert_non_null(client);
	SSL_set_connect_state(client);
	if (version != 0)
		SSL_set_max_proto_version(server, version);
	ok = tlspair_shake(client, server);
	SSL_free(client);
	SSL_free(server);
	ERR_clear_error();
	return ok;
}

static void
applies_to_other_contexts(void **state)
{
	struct testpki_spec cn_alone = { .cn = MX };
	struct testpki_cert leaf = testpki_leaf(MX, &world.issuer[ROOT]);
	struct testpki_cert cn = testpki_make(&cn_alone, &world.issuer[ROOT]);
	struct testpki_cert alien = testpki_leaf(MX, &world.issuer[STRANGER]);

	(void)state;
	assert_true(applied(MX, &leaf, 0));
	assert_true(applied(MX, &leaf, TLS1_2_VERSION));
	assert_false(applied(MX, &leaf, TLS1_1_VERSION));
	assert_false(applied("b.example", &leaf, 0));
	assert_false(applied(MX, &cn, 0));
	assert_false(applied(MX, &alien, 0));
	testpki_free(&leaf);
	testpki_free(&cn);
	testpki_free(&alien);
}

/* With either OpenSSL would accept the certificate of anybody. */
static void
wants_a_host(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;

	(void)state;
	assert_int_equal(sts_tls_client(world.tls, "", &ssl), STS_E_RANGE);
	assert_int_equal(
	    sts_tls_client(world.tls, ".example", &ssl), STS_E_RANGE);
	assert_int_equal(sts_tls_apply(world.tls, "", ctx), STS_E_RANGE);
	assert_int_equal(
	    sts_tls_apply(world.tls, ".example", ctx), STS_E_RANGE);
	assert_null(ssl);
	SSL_CTX_free(ctx);
}

static void
write_text(char path[TESTPKI_PATH], const char *text)
{
	FILE *f;

	(void)snprintf(path, TESTPKI_PATH, "/tmp/sts-tls-XXXXXX");
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
write_crl(char path[TESTPKI_PATH])
{
	const struct testpki_cert *root = &world.issuer[ROOT];
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	FILE *f;

	write_text(path, "");
	f = fopen(path, "w");
	assert_true(crl != NULL && now != NULL && f != NULL);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(root->cert));
	X509_CRL_set1_lastUpdate(crl, now);
	assert_true(X509_CRL_sign(crl, root->key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509_CRL(f, crl), 1);
	assert_int_equal(fclose(f), 0);
	ASN1_TIME_free(now);
	X509_CRL_free(crl);
}

static void
refuses_bad_bundles(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "not a PEM bundle" },
		{ "no PEM at all\n", "not a PEM bundle" },
		{ "-----BEGIN CERTIFICATE-----\nMIIB\n-----END "
		  "CERTIFICATE-----\n",
		    "not a PEM bundle" },
	};
	const struct sts_tls *tls = NULL;
	char path[TESTPKI_PATH], why[WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_text(path, bad[i].text);
		assert_int_equal(
		    sts_tls_new(path, why, sizeof(why), &tls), STS_E_SYNTAX);
		assert_non_null(strstr(why, path));
		assert_non_null(strstr(why, bad[i].why));
		(void)unlink(path);
	}
	write_crl(path);
	assert_int_equal(
	    sts_tls_new(path, why, sizeof(why), &tls), STS_E_SYNTAX);
	assert_non_null(strstr(why, "holds no certificate"));
	(void)unlink(path);
	assert_int_equal(sts_tls_new("/no/such.pem", why, sizeof(why), &tls),
	    STS_E_NOTFOUND);
	assert_string_equal(why, "/no/such.pem: No such file or directory");
	assert_null(tls);
	assert_int_equal(ERR_peek_error(), 0);
}

/* Whoever starts the daemon must not say whom it trusts. */
static void
ignores_the_environment(void **state)
{
	const struct sts_tls *mine = world.tls, *tls;
	struct testpki_spec spec = { .dns = { MX } };
	char why[WHY];

	(void)state;
	if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) != 0)
		skip();
	assert_int_equal(setenv("SSL_CERT_FILE", world.path, 1), 0);
	assert_int_equal(setenv("SSL_CERT_DIR", "/no/such", 1), 0);
	assert_int_equal(sts_tls_new("", why, sizeof(why), &tls), STS_OK);
	world.tls = tls;
	assert_int_equal(judge_spec(MX, &spec, ROOT).reason, UNTRUSTED);
	world.tls = mine;
	sts_tls_put(tls);
	(void)unsetenv("SSL_CERT_FILE");
	(void)unsetenv("SSL_CERT_DIR");
}

static void
lives_while_used(void **state)
{
	const struct sts_tls *tls;
	char why[WHY];
	SSL *ssl;

	(void)state;
	assert_int_equal(
	    sts_tls_new(world.path, why, sizeof(why), &tls), STS_OK);
	assert_ptr_equal(sts_tls_get(tls), tls);
	sts_tls_put(tls);
	assert_int_equal(sts_tls_client(tls, MX, &ssl), STS_OK);
	sts_tls_put(tls);
	sts_tls_put(NULL);
	SSL_free(ssl);
}

static void
names_each_reason(void **state)
{
	static const struct {
		long error;
		enum sts_reason reason;
	} cases[] = {
		{ X509_V_OK, OK },
		{ X509_V_ERR_CERT_HAS_EXPIRED, EXPIRED },
		{ X509_V_ERR_CERT_NOT_YET_VALID, EXPIRED },
		{ X509_V_ERR_HOSTNAME_MISMATCH, MISMATCH },
		{ X509_V_ERR_DANE_NO_MATCH, STS_REASON_TLSA_INVALID },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, UNTRUSTED },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UNTRUSTED },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNTRUSTED },
		{ X509_V_ERR_CERT_SIGNATURE_FAILURE, UNTRUSTED },
		{ X509_V_ERR_CERT_REVOKED, UNTRUSTED },
		{ X509_V_ERR_EXCLUDED_VIOLATION, UNTRUSTED },
		{ X509_V_ERR_EE_KEY_TOO_SMALL, FAILURE },
		{ X509_V_ERR_UNSPECIFIED, FAILURE },
		{ X509_V_ERR_OUT_OF_MEM, FAILURE },
		{ 9999, FAILURE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    sts_tls_reason(cases[i].error), cases[i].reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_each_fault),
		cmocka_unit_test(tells_dates_and_names),
		cmocka_unit_test(cuts_many_names),
		cmocka_unit_test(misses_an_intermediate),
		cmocka_unit_test(wants_a_certificate),
		cmocka_unit_test(refuses_old_tls),
		cmocka_unit_test(applies_to_other_contexts),
		cmocka_unit_test(wants_a_host),
		cmocka_unit_test(refuses_bad_bundles),
		cmocka_unit_test(ignores_the_environment),
		cmocka_unit_test(lives_while_used),
		cmocka_unit_test(names_each_reason),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}
