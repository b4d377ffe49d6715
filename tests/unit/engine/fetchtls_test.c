/* Whose word a fetch takes: the policy host's certificate and TLS version,
 * rules.md rows 17, 23 and 24. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetchworld.h"

#include <unistd.h>

enum { DAY_S = 86400 };

#define ANSWER                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"                      \
	"Content-Length: 5\r\n\r\nhello"

enum issuer { ROOT, STRANGER, IMPOSTOR, SELF, ISSUERS };

static const struct cert_case {
	const char *name;
	struct testpki_spec spec;
	enum issuer issuer;
	const char *fault; /* in the detail; NULL: accepted */
} certs[] = {
	{ "its name", { .dns = { POLICY_HOST } }, ROOT, NULL },
	{ "its name among others",
	    { .cn = "x", .dns = { "a.test", POLICY_HOST, "b.test" } }, ROOT,
	    NULL },
	{ "its name in capitals", { .dns = { "MTA-STS.Good.TEST" } }, ROOT,
	    NULL },
	{ "wildcard", { .dns = { "*.good.test" } }, ROOT, NULL },
	{ "RSA", { .dns = { POLICY_HOST }, .rsa_bits = 2048 }, ROOT, NULL },

	{ "another name", { .cn = POLICY_HOST, .dns = { "www.good.test" } },
	    ROOT, "certificate names www.good.test; not " POLICY_HOST },
	{ "the policy domain itself", { .dns = { "good.test" } }, ROOT,
	    "certificate names good.test; not " POLICY_HOST },
	{ "CN only", { .cn = POLICY_HOST }, ROOT,
	    "certificate names no host in subjectAltName; not " POLICY_HOST },
	{ "no name at all", { .cn = NULL }, ROOT, "names no host" },
	{ "wildcard too high", { .dns = { "*.test" } }, ROOT,
	    "names *.test; not" },
	{ "wildcard too low", { .dns = { "*." POLICY_HOST } }, ROOT,
	    "names *." POLICY_HOST "; not" },
	{ "half a wildcard", { .dns = { "mta*.good.test" } }, ROOT,
	    "names mta*.good.test; not" },
	{ "NUL inside", { .dns = { POLICY_HOST "|.evil.test" } }, ROOT,
	    "; not " POLICY_HOST },
	{ "expired",
	    { .dns = { POLICY_HOST }, .from_s = -9 * DAY_S, .until_s = -DAY_S },
	    ROOT, "certificate has expired" },
	{ "not valid yet",
	    { .dns = { POLICY_HOST }, .from_s = DAY_S, .until_s = 9 * DAY_S },
	    ROOT, "certificate is not yet valid" },
	{ "self-signed", { .cn = "x", .dns = { POLICY_HOST } }, SELF,
	    "self-signed certificate" },
	{ "not trusted", { .cn = "x", .dns = { POLICY_HOST } }, STRANGER,
	    "unable to get local issuer certificate" },
	{ "of an issuer that bears a trusted one's name",
	    { .cn = "x", .dns = { POLICY_HOST } }, IMPOSTOR,
	    "certificate signature failure" },
	{ "a client's", { .dns = { POLICY_HOST }, .usage = "clientAuth" }, ROOT,
	    "purpose" },
};

static void
run_once(struct fetch_world *w, const struct testpki_cert *cert,
    struct fetch_seen *seen)
{
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;

	w->server.cert = cert;
	w->server.answer = STS_LIT(ANSWER);
	w->server.port = 0;
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, seen);
	https_server_stop(&w->server);
}

static void
check_cert(struct fetch_world *w, const struct cert_case *c,
    const struct testpki_cert *const *issuers)
{
	struct testpki_cert cert = testpki_make(&c->spec, issuers[c->issuer]);
	struct fetch_seen seen;

	run_once(w, &cert, &seen);
	/* What must be proved is said to the server, too. */
	assert_string_equal(w->server.sni, POLICY_HOST);
	print_message("%s: %s\n", c->name, seen.result.detail);
	if (c->fault == NULL) {
		assert_true(seen.result.ok);
		assert_string_equal(seen.body, "hello");
	} else {
		assert_false(seen.result.ok);
		assert_int_equal(
		    seen.result.reason, STS_REASON_STS_WEBPKI_INVALID);
		assert_non_null(strstr(seen.result.detail, c->fault));
		/* Nothing was asked of whom we do not believe. */
		assert_string_equal(w->server.request, "");
	}
	w->server.request[0] = '\0';
	fetch_seen_deinit(&seen);
	testpki_free(&cert);
}

static void
test_certificates(void **state)
{
	struct fetch_world *w = *state;
	struct testpki_spec spec = { .cn = "Stranger", .ca = true };
	struct testpki_cert stranger = testpki_make(&spec, NULL);
	/* The same subject as the trusted root, and another key. */
	struct testpki_cert impostor = testpki_root();
	const struct testpki_cert *issuers[ISSUERS] = {
		[ROOT] = &w->pki->root,
		[STRANGER] = &stranger,
		[IMPOSTOR] = &impostor,
	};

	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		check_cert(w, &certs[i], issuers);
	testpki_free(&stranger);
	testpki_free(&impostor);
}

/* How many anchors there are, and the rules that they are used by. */
static void
look_at_anchors(const struct sts_tls *tls, int *n, unsigned long *flags)
{
	X509_STORE *store;
	SSL *ssl;

	assert_int_equal(sts_tls_client(tls, POLICY_HOST, &ssl), STS_OK);
	store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
	*n = sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
	*flags = X509_VERIFY_PARAM_get_flags(X509_STORE_get0_param(store));
	SSL_free(ssl);
}

/* libcurl would add its own to them: a bundle that the configuration does not
 * name. */
static void
test_anchors_stay_as_they_were(void **state)
{
	struct fetch_world *w = *state;
	unsigned long flags, flags_after;
	struct fetch_seen seen;
	int n, n_after;

	look_at_anchors(w->tls, &n, &flags);
	assert_int_equal(n, 1);
	run_once(w, w->server.cert, &seen);
	assert_true(seen.result.ok);
	look_at_anchors(w->tls, &n_after, &flags_after);
	assert_int_equal(n_after, n);
	assert_int_equal((flags ^ flags_after) & X509_V_FLAG_PARTIAL_CHAIN, 0);
	fetch_seen_deinit(&seen);
}

/* Each fetch has the anchors that it came with, whatever another fetch of the
 * same fetcher had, and never libcurl's. */
static void
test_anchors_of_each_fetch(void **state)
{
	struct fetch_world *w = *state;
	struct testpki_spec spec = { .cn = "Other Root", .ca = true };
	struct testpki_cert other = testpki_make(&spec, NULL);
	struct testpki_cert leaf = testpki_leaf(POLICY_HOST, &other);
	const struct sts_tls *ours = w->tls, *theirs;
	const struct testpki_cert *good = w->server.cert;
	struct fetch_seen seen;
	char path[TESTPKI_PATH], why[256];

	testpki_write(&other, path);
	assert_int_equal(sts_tls_new(path, why, sizeof(why), &theirs), STS_OK);
	(void)unlink(path);
	for (int i = 0; i < 4; i++) {
		bool swap = (i & 1) != 0, fits = (i & 2) == 0;

		w->tls = swap ? theirs : ours;
		run_once(w, swap == fits ? &leaf : good, &seen);
		assert_int_equal(seen.result.ok, fits);
		fetch_seen_deinit(&seen);
	}
	w->tls = ours;
	sts_tls_put(theirs);
	testpki_free(&leaf);
	testpki_free(&other);
}

static void
test_versions(void **state)
{
	static const struct {
		int version;
		const char *fault;
	} cases[] = {
		{ TLS1_1_VERSION, "TLS handshake failed: " },
		{ TLS1_2_VERSION, NULL },
		{ TLS1_3_VERSION, NULL },
	};
	struct fetch_world *w = *state;
	struct fetch_seen seen;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->server.tls_version = cases[i].version;
		run_once(w, w->server.cert, &seen);
		print_message("%s\n", seen.result.detail);
		assert_int_equal(seen.result.ok, cases[i].fault == NULL);
		if (cases[i].fault != NULL) {
			assert_int_equal(seen.result.reason,
			    STS_REASON_STS_POLICY_FETCH_ERROR);
			assert_non_null(
			    strstr(seen.result.detail, cases[i].fault));
		}
		fetch_seen_deinit(&seen);
	}
}

#define FETCH_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(                                       \
	    f, fetch_world_set_up, fetch_world_tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FETCH_TEST(test_certificates),
		FETCH_TEST(test_anchors_stay_as_they_were),
		FETCH_TEST(test_anchors_of_each_fetch),
		FETCH_TEST(test_versions),
	};

	return cmocka_run_group_tests(
	    tests, fetch_pki_set_up, fetch_pki_tear_down);
}
