/* dane: which TLSA records are usable, and what they say of a certificate
 * (rules.md rows 64 to 68).  The handshakes run in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/base/clock.h"
#include "sts/engine/dane.h"
#include "testpki.h"
#include "tlspair.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_S 86400L
#define MX "mx.b.example"

enum { RECORDS_MAX = 3, DATA_MAX = 2048 };

enum who { ROOT, STRANGER, INTER, LEAF, NOBODY }; /* LEAF is the row's own */

static struct world {
	struct testpki_cert cert[NOBODY + 1]; /* NOBODY stays empty */
	const struct sts_tls *tls; /* trusts ROOT */
} world;

static int
make_world(void **state)
{
	static const struct testpki_spec stranger = { .cn = "S", .ca = true },
					 inter = { .cn = "I", .ca = true };
	char path[TESTPKI_PATH], why[256];

	(void)state;
	world.cert[ROOT] = testpki_root();
	world.cert[STRANGER] = testpki_make(&stranger, NULL);
	world.cert[INTER] = testpki_make(&inter, &world.cert[STRANGER]);
	testpki_write(&world.cert[ROOT], path);
	assert_int_equal(
	    sts_tls_new(path, why, sizeof(why), &world.tls), STS_OK);
	(void)unlink(path);
	return 0;
}

static int
end_world(void **state)
{
	(void)state;
	sts_tls_put(world.tls);
	for (size_t i = 0; i < COUNT(world.cert); i++)
		testpki_free(&world.cert[i]);
	return 0;
}

/* --- records --- */

struct record { /* as a zone has it, of somebody's certificate */
	uint8_t usage, selector, mtype;
	enum who of;
};

static size_t
write_data(uint8_t dst[DATA_MAX], const struct record *r)
{
	const X509 *cert = world.cert[r->of].cert;
	unsigned char *der = NULL;
	int n = r->selector == 0
		    ? i2d_X509(cert, &der)
		    : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	size_t size = r->mtype == 0   ? (size_t)n
		      : r->mtype == 1 ? SHA256_DIGEST_LENGTH
				      : SHA512_DIGEST_LENGTH;

	assert_in_range(n, 1, DATA_MAX);
	if (r->mtype == 0)
		memcpy(dst, der, size);
	else if (r->mtype == 1)
		(void)SHA256(der, (size_t)n, dst);
	else
		(void)SHA512(der, (size_t)n, dst);
	OPENSSL_free(der);
	return size;
}

/* A secure answer; its memory is static. */
static struct sts_dns_answer
answer_of(const struct record *records, size_t n)
{
	static uint8_t data[RECORDS_MAX][DATA_MAX];
	static struct sts_tlsa tlsa[RECORDS_MAX];

	for (size_t i = 0; i < n; i++)
		tlsa[i] = (struct sts_tlsa){
			.usage = records[i].usage,
			.selector = records[i].selector,
			.mtype = records[i].mtype,
			.n = write_data(data[i], &records[i]),
			.data = data[i],
		};
	return (struct sts_dns_answer){ .status = STS_DNS_OK,
		.secure = true,
		.type = STS_DNS_TLSA,
		.n = n,
		.tlsa = tlsa };
}

/* --- what they say of a certificate --- */

#define OK STS_REASON_NONE
#define NO_MATCH STS_REASON_TLSA_INVALID
#define MISMATCH STS_REASON_CERTIFICATE_HOST_MISMATCH
#define EXPIRED STS_REASON_CERTIFICATE_EXPIRED
#define PAST .from_s = -9 * DAY_S, .until_s = -DAY_S
#define FUTURE .from_s = DAY_S, .until_s = 9 * DAY_S
#define GOOD                                                                   \
	{                                                                      \
		.cn = "x", .dns = { MX }                                       \
	}
#define OTHER                                                                  \
	{                                                                      \
		.cn = "x", .dns = { "a.example" }                              \
	}

static const struct row {
	const char *what;
	struct record records[RECORDS_MAX]; /* up to a usage of 0 */
	struct testpki_spec leaf;
	enum who by, sent; /* NOBODY: self-signed, and nothing sent along */
	enum sts_reason reason;
} rows[] = {
	{ "3 1 1", { { 3, 1, 1, LEAF } }, GOOD, ROOT, NOBODY, OK },
	{ "3 1 2", { { 3, 1, 2, LEAF } }, GOOD, ROOT, NOBODY, OK },
	{ "3 1 0", { { 3, 1, 0, LEAF } }, GOOD, ROOT, NOBODY, OK },
	{ "3 0 1", { { 3, 0, 1, LEAF } }, GOOD, ROOT, NOBODY, OK },
	{ "3 0 2", { { 3, 0, 2, LEAF } }, GOOD, ROOT, NOBODY, OK },
	{ "3 0 0", { { 3, 0, 0, LEAF } }, GOOD, ROOT, NOBODY, OK },

	/* Row 64: DANE-EE needs nothing that STS does. */
	{ "EE, issuer unknown", { { 3, 1, 1, LEAF } }, GOOD, STRANGER, NOBODY,
	    OK },
	{ "EE, self-signed", { { 3, 0, 1, LEAF } }, GOOD, NOBODY, NOBODY, OK },
	{ "EE, other name", { { 3, 1, 1, LEAF } }, OTHER, ROOT, NOBODY, OK },
	{ "EE, no name", { { 3, 1, 1, LEAF } }, { .cn = "x" }, NOBODY, NOBODY,
	    OK },
	{ "EE, expired", { { 3, 1, 1, LEAF } }, { .dns = { MX }, PAST }, ROOT,
	    NOBODY, OK },
	{ "EE, not yet valid", { { 3, 0, 1, LEAF } }, { .dns = { MX }, FUTURE },
	    ROOT, NOBODY, OK },
	{ "EE, all wrong", { { 3, 1, 1, LEAF } },
	    { .cn = "x", .dns = { "a.example" }, PAST }, STRANGER, NOBODY, OK },
	{ "EE, the old one and the new",
	    { { 3, 1, 1, INTER }, { 3, 1, 1, LEAF } }, GOOD, STRANGER, NOBODY,
	    OK },

	/* Row 65: the anchors would say yes. */
	{ "EE, other key", { { 3, 1, 1, STRANGER } }, GOOD, ROOT, NOBODY,
	    NO_MATCH },
	{ "EE, other certificate", { { 3, 0, 1, ROOT } }, GOOD, ROOT, ROOT,
	    NO_MATCH },
	{ "EE, two others", { { 3, 0, 1, ROOT }, { 3, 1, 1, INTER } }, GOOD,
	    ROOT, NOBODY, NO_MATCH },
	{ "EE, the issuer's key", { { 3, 1, 1, ROOT } }, GOOD, ROOT, ROOT,
	    NO_MATCH },
	{ "EE, other key, expired", { { 3, 1, 1, ROOT } },
	    { .dns = { MX }, PAST }, ROOT, NOBODY, NO_MATCH },
	/* RFC 7671 section 9: of two digests the stronger one counts. */
	{ "EE, the weaker digest", { { 3, 1, 2, ROOT }, { 3, 1, 1, LEAF } },
	    GOOD, ROOT, NOBODY, NO_MATCH },

	/* DANE-TA: a chain to that issuer, dates and the host's name. */
	{ "2 0 1", { { 2, 0, 1, STRANGER } }, GOOD, STRANGER, STRANGER, OK },
	{ "2 1 1", { { 2, 1, 1, STRANGER } }, GOOD, STRANGER, STRANGER, OK },
	{ "2 0 2", { { 2, 0, 2, STRANGER } }, GOOD, STRANGER, STRANGER, OK },
	{ "2 0 1, intermediate", { { 2, 0, 1, INTER } }, GOOD, INTER, INTER,
	    OK },
	{ "2 0 0, not sent", { { 2, 0, 0, STRANGER } }, GOOD, STRANGER, NOBODY,
	    OK },
	{ "2 1 0, not sent", { { 2, 1, 0, STRANGER } }, GOOD, STRANGER, NOBODY,
	    OK },
	{ "TA, wildcard", { { 2, 0, 1, STRANGER } },
	    { .cn = "x", .dns = { "*.b.example" } }, STRANGER, STRANGER, OK },
	{ "TA, CN alone", { { 2, 0, 1, STRANGER } }, { .cn = MX }, STRANGER,
	    STRANGER, OK },
	{ "TA, not sent", { { 2, 0, 1, STRANGER } }, GOOD, STRANGER, NOBODY,
	    NO_MATCH },
	{ "TA, other issuer", { { 2, 0, 1, STRANGER } }, GOOD, ROOT, ROOT,
	    NO_MATCH },
	{ "TA, somebody's beside", { { 2, 0, 1, STRANGER } }, GOOD, ROOT,
	    STRANGER, NO_MATCH },
	{ "TA, other name", { { 2, 0, 1, STRANGER } }, OTHER, STRANGER,
	    STRANGER, MISMATCH },
	{ "TA, the domain's name", { { 2, 0, 1, STRANGER } },
	    { .cn = "x", .dns = { "b.example" } }, STRANGER, STRANGER,
	    MISMATCH },
	{ "TA, CN beside a name", { { 2, 0, 1, STRANGER } },
	    { .cn = MX, .dns = { "a.example" } }, STRANGER, STRANGER,
	    MISMATCH },
	{ "TA, part wildcard", { { 2, 0, 1, STRANGER } },
	    { .cn = "x", .dns = { "m*.b.example" } }, STRANGER, STRANGER,
	    MISMATCH },
	{ "TA, expired", { { 2, 0, 1, STRANGER } }, { .dns = { MX }, PAST },
	    STRANGER, STRANGER, EXPIRED },
	{ "TA of another, EE, other name",
	    { { 2, 0, 1, ROOT }, { 3, 1, 1, LEAF } }, OTHER, STRANGER, STRANGER,
	    OK },
};

static size_t
records_in(const struct row *row)
{
	size_t n = 0;

	while (n < RECORDS_MAX && row->records[n].usage != 0)
		n++;
	return n;
}

static struct sts_host_finding
judge(const struct row *row)
{
	struct sts_host_finding o = { .host = MX, .dane = true };
	SSL *client, *server;
	struct sts_dns_answer tlsa;

	world.cert[LEAF] = testpki_make(
	    &row->leaf, row->by == NOBODY ? NULL : &world.cert[row->by]);
	tlsa = answer_of(row->records, records_in(row));
	assert_int_equal(sts_dane_of(world.tls, MX, &tlsa), STS_DANE_USABLE);
	assert_int_equal(tlsa.n, records_in(row));
	assert_int_equal(sts_tls_client(world.tls, MX, &client), STS_OK);
	assert_int_equal(sts_dane_apply(client, MX, &tlsa), STS_OK);
	server = tlspair_server(&world.cert[LEAF], world.cert[row->sent].cert);
	assert_true(tlspair_shake(client, server));
	assert_string_equal(
	    SSL_get_servername(server, TLSEXT_NAMETYPE_host_name), MX);
	sts_tls_judge(client, sts_wall_s(&sts_clock_system), &o);
	assert_int_equal(ERR_peek_error(), 0);
	SSL_free(client);
	SSL_free(server);
	testpki_free(&world.cert[LEAF]);
	return o;
}

static void
judges_by_records_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_host_finding o = judge(&rows[i]);

		if (o.reason != rows[i].reason)
			fail_msg("%s: '%s', %s", rows[i].what,
			    sts_reason_text(o.reason), o.detail);
		assert_int_equal(o.path,
		    o.reason == OK ? STS_PATH_VALIDATED : STS_PATH_INVALID);
		assert_int_equal(o.reason == OK, o.detail[0] == '\0');
		assert_true(o.dane);
		assert_string_equal(o.tls, "TLSv1.3");
	}
}

/* What the anchors say is no match. */
static void
wants_a_match(void **state)
{
	struct sts_host_finding o = { .host = MX, .dane = true };
	struct testpki_cert leaf = testpki_leaf(MX, &world.cert[ROOT]);
	SSL *client, *server = tlspair_server(&leaf, NULL);

	(void)state;
	assert_int_equal(sts_tls_client(world.tls, MX, &client), STS_OK);
	assert_true(tlspair_shake(client, server));
	sts_tls_judge(client, 0, &o);
	assert_int_equal(o.path, STS_PATH_INVALID);
	assert_int_equal(o.reason, NO_MATCH);
	o.dane = false;
	sts_tls_judge(client, 0, &o);
	assert_int_equal(o.path, STS_PATH_VALIDATED);
	SSL_free(client);
	SSL_free(server);
	testpki_free(&leaf);
}

/* --- which records are usable --- */

#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32

static const struct {
	struct sts_tlsa record;
	bool usable;
} kinds[] = {
#define RECORD(usage, selector, mtype, text)                                   \
	{                                                                      \
		(usage), (selector), (mtype), sizeof(text) - 1,                \
		    (const uint8_t *)(text)                                    \
	}
	{ RECORD(3, 1, 1, D32), true },
	{ RECORD(3, 0, 1, D32), true },
	{ RECORD(3, 1, 2, D64), true },
	{ RECORD(2, 0, 1, D32), true },
	{ RECORD(2, 1, 2, D64), true },
	{ RECORD(0, 0, 1, D32), false }, /* PKIX-TA */
	{ RECORD(1, 1, 1, D32), false }, /* PKIX-EE */
	{ RECORD(4, 1, 1, D32), false },
	{ RECORD(255, 1, 1, D32), false },
	{ RECORD(3, 2, 1, D32), false },
	{ RECORD(3, 255, 1, D32), false },
	{ RECORD(3, 1, 3, D32), false },
	{ RECORD(3, 1, 255, D32), false },
	{ RECORD(3, 1, 1, ""), false },
	{ RECORD(3, 1, 1, "0123456789abcdef"), false },
	{ RECORD(3, 1, 1, D64), false },
	{ RECORD(3, 1, 2, D32), false },
	{ RECORD(3, 0, 0, D32), false },
	{ RECORD(3, 1, 0, D32), false },
	{ RECORD(2, 0, 0, ""), false },
	{ RECORD(3, 1, 0, ""), false },
};

static void
knows_which_are_usable(void **state)
{
	struct sts_tlsa all[COUNT(kinds)];
	struct sts_dns_answer answer = {
		.status = STS_DNS_OK, .secure = true, .type = STS_DNS_TLSA
	};
	size_t n_usable = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct sts_tlsa one = kinds[i].record;

		answer.tlsa = &one;
		answer.n = 1;
		if ((sts_dane_of(world.tls, MX, &answer) == STS_DANE_USABLE) !=
		    kinds[i].usable)
			fail_msg("kind %zu", i);
		assert_int_equal(answer.n, kinds[i].usable ? 1 : 0);
		assert_int_equal(ERR_peek_error(), 0);
		/* The last ones first. */
		all[COUNT(kinds) - 1 - i] = kinds[i].record;
		n_usable += kinds[i].usable;
	}
	answer.tlsa = all;
	answer.n = COUNT(kinds);
	assert_int_equal(sts_dane_of(world.tls, MX, &answer), STS_DANE_USABLE);
	assert_int_equal(answer.n, n_usable);
	for (size_t i = 0; i < n_usable; i++)
		assert_memory_equal(&answer.tlsa[i],
		    &kinds[n_usable - 1 - i].record, sizeof(struct sts_tlsa));
}

/* Rows 66 to 68: what else an answer may be. */
static void
knows_what_an_answer_means(void **state)
{
	static const struct {
		enum sts_dns_status status;
		bool secure;
		enum sts_dane dane;
	} cases[] = {
		{ STS_DNS_OK, true, STS_DANE_USABLE },
		{ STS_DNS_OK, false, STS_DANE_ABSENT },
		{ STS_DNS_NODATA, true, STS_DANE_ABSENT },
		{ STS_DNS_NODATA, false, STS_DANE_ABSENT },
		{ STS_DNS_NXDOMAIN, true, STS_DANE_ABSENT },
		{ STS_DNS_NXDOMAIN, false, STS_DANE_ABSENT },
		{ STS_DNS_FAILED, false, STS_DANE_UNKNOWN },
		{ STS_DNS_FAILED, true, STS_DANE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_tlsa record = RECORD(3, 1, 1, D32);
		struct sts_dns_answer answer = { .status = cases[i].status,
			.secure = cases[i].secure,
			.type = STS_DNS_TLSA };

		if (answer.status == STS_DNS_OK) {
			answer.tlsa = &record;
			answer.n = 1;
		}
		assert_int_equal(
		    sts_dane_of(world.tls, MX, &answer), cases[i].dane);
	}
}

/* --- texts --- */

static void
names_the_records_place(void **state)
{
	char longest[STS_DOMAIN_SIZE - 9], dst[STS_DOMAIN_SIZE] = "untouched";

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(sts_dane_name(MX, dst), STS_OK);
	assert_string_equal(dst, "_25._tcp." MX);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(sts_dane_name(longest, dst), STS_OK);
	assert_int_equal(strlen(dst), STS_DOMAIN_SIZE - 1);
}

static void
has_no_place_for_too_long_a_host(void **state)
{
	char host[STS_DOMAIN_SIZE - 8], dst[STS_DOMAIN_SIZE] = "untouched";

	(void)state;
	memset(host, 'x', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(sts_dane_name(host, dst), STS_E_RANGE);
	assert_string_equal(dst, "untouched");
}

static void
tells_which_records_were_tried(void **state)
{
	struct sts_tlsa many[STS_RRS_MAX];
	struct sts_dns_answer answer = { .n = 2, .tlsa = many };
	char text[STS_DETAIL_SIZE], cut[16];

	(void)state;
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct sts_tlsa)RECORD(3, 1, 1, D32);
	many[1] = (struct sts_tlsa)RECORD(2, 0, 0, "\xff\x01");
	sts_dane_explain(&answer, text, sizeof(text));
	assert_string_equal(text,
	    "no TLSA record of 2 matches the certificate: 3 1 1 "
	    "3031323334353637..., 2 0 0 ff01");
	answer.n = COUNT(many);
	sts_dane_explain(&answer, text, sizeof(text));
	assert_non_null(strstr(text, "no TLSA record of 256 matches"));
	assert_string_equal(text + strlen(text) - 8, "..., ...");
	sts_dane_explain(&answer, cut, sizeof(cut));
	assert_string_equal(cut, "no TLSA record ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_by_records_alone),
		cmocka_unit_test(wants_a_match),
		cmocka_unit_test(knows_which_are_usable),
		cmocka_unit_test(knows_what_an_answer_means),
		cmocka_unit_test(names_the_records_place),
		cmocka_unit_test(has_no_place_for_too_long_a_host),
		cmocka_unit_test(tells_which_records_were_tried),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}
