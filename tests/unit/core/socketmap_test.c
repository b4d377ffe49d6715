/*
 * The socketmap: netstrings however they come, requests in every map's words,
 * and the reply for everything that can be known of a domain.
 */
#include "sts/core/socketmap.h"

#include "sts/core/netstring.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wire_row {
	const char *in;
	enum sts_err err;
	const char *body, *rest;
};

static const struct wire_row wire_rows[] = {
	{ "0:,", STS_OK, "", "" },
	{ "3:abc,", STS_OK, "abc", "" },
	{ "3:abc,1:x,", STS_OK, "abc", "1:x," },
	{ "3:,,,,x", STS_OK, ",,,", "x" },
	{ "10:0123456789,", STS_OK, "0123456789", "" },
	{ "", STS_E_AGAIN, NULL, NULL },
	{ "1", STS_E_AGAIN, NULL, NULL },
	{ "12", STS_E_AGAIN, NULL, NULL },
	{ "3:", STS_E_AGAIN, NULL, NULL },
	{ "3:ab", STS_E_AGAIN, NULL, NULL },
	{ "3:abc", STS_E_AGAIN, NULL, NULL },
	{ "0:", STS_E_AGAIN, NULL, NULL },
	{ "20:01234567890123456789,", STS_OK, "01234567890123456789", "" },
	{ "21:", STS_E_LIMIT, NULL, NULL },
	{ "21", STS_E_LIMIT, NULL, NULL },
	{ "99999999999999999999999999999999:", STS_E_LIMIT, NULL, NULL },
	{ ":", STS_E_SYNTAX, NULL, NULL },
	{ ":abc,", STS_E_SYNTAX, NULL, NULL },
	{ "3abc", STS_E_SYNTAX, NULL, NULL },
	{ "3 :abc,", STS_E_SYNTAX, NULL, NULL },
	{ " 3:abc,", STS_E_SYNTAX, NULL, NULL },
	{ "+3:abc,", STS_E_SYNTAX, NULL, NULL },
	{ "-1:a,", STS_E_SYNTAX, NULL, NULL },
	{ "03:abc,", STS_E_SYNTAX, NULL, NULL },
	{ "00:,", STS_E_SYNTAX, NULL, NULL },
	{ "3:abcd,", STS_E_SYNTAX, NULL, NULL },
	{ "3:abc;", STS_E_SYNTAX, NULL, NULL },
	{ "GET / HTTP/1.1\r\n", STS_E_SYNTAX, NULL, NULL },
	{ "\r\n", STS_E_SYNTAX, NULL, NULL },
};

static void
reads_netstrings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wire_rows); i++) {
		const struct wire_row *row = &wire_rows[i];
		struct sts_slice in = sts_slice_str(row->in), body = { 0 };

		print_message("%s\n", row->in);
		assert_int_equal(sts_netstring_read(&in, 20, &body), row->err);
		if (row->err != STS_OK) {
			assert_ptr_equal(in.p, row->in); /* untouched */
			assert_null(body.p);
			continue;
		}
		assert_true(sts_slice_eq(body, sts_slice_str(row->body)));
		assert_true(sts_slice_eq(in, sts_slice_str(row->rest)));
	}
}

static void
reads_bytes_of_any_kind(void **state)
{
	const char wire[] = "4:a\0\xff\n,";
	struct sts_slice in = sts_slice(wire, sizeof(wire) - 1), body;

	(void)state;
	assert_int_equal(sts_netstring_read(&in, 20, &body), STS_OK);
	assert_int_equal(in.n, 0);
	assert_int_equal(body.n, 4);
	assert_memory_equal(body.p, "a\0\xff\n", 4);
	in = STS_LIT("1\0:a,");
	assert_int_equal(sts_netstring_read(&in, 20, &body), STS_E_SYNTAX);
}

static void
writes_what_it_reads(void **state)
{
	const char *const bodies[] = { "", "a", "OK secure match=a:.b", ",:," };
	struct sts_buf b;
	struct sts_slice in, body;

	(void)state;
	sts_buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(bodies); i++)
		sts_netstring_add(&b, sts_slice_str(bodies[i]));
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_string_equal(
	    sts_buf_cstr(&b), "0:,1:a,20:OK secure match=a:.b,3:,:,,");
	in = sts_buf_view(&b);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		assert_int_equal(sts_netstring_read(&in, 50, &body), STS_OK);
		assert_true(sts_slice_eq(body, sts_slice_str(bodies[i])));
	}
	assert_int_equal(in.n, 0);
	sts_buf_deinit(&b);
	sts_buf_init(&b, 5);
	sts_netstring_add(&b, STS_LIT("abcd"));
	assert_int_equal(sts_buf_err(&b), STS_E_LIMIT);
	sts_buf_deinit(&b);
}

struct request_row {
	const char *body;
	enum sts_err err;
	enum sts_socketmap_dialect dialect;
	const char *domain; /* "": NOTFOUND without a lookup */
};

#define PF STS_SOCKETMAP_POSTFIX
#define PF310 STS_SOCKETMAP_POSTFIX310
#define SM STS_SOCKETMAP_SENDMAIL

static const struct request_row request_rows[] = {
	{ "postfix example.com", STS_OK, PF, "example.com" },
	{ "QUERY example.com", STS_OK, PF, "example.com" },
	{ "postfix310 example.com", STS_OK, PF310, "example.com" },
	{ "QUERYwithTLSRPT example.com", STS_OK, PF310, "example.com" },
	{ "sts example.com", STS_OK, SM, "example.com" },
	{ "query example.com", STS_OK, PF, "example.com" },
	{ "Postfix example.com", STS_OK, PF, "example.com" },
	{ "queryWITHtlsrpt example.com", STS_OK, PF310, "example.com" },

	{ "postfix Example.COM", STS_OK, PF, "example.com" },
	{ "postfix example.com.", STS_OK, PF, "example.com" },
	{ "postfix smart.example:587", STS_OK, PF, "smart.example" },
	{ "postfix smart.example.:587", STS_OK, PF, "smart.example" },
	{ "postfix  example.com ", STS_OK, PF, "example.com" },
	{ "postfix b\xc3\xbc"
	  "cher.example",
	    STS_OK, PF, "xn--bcher-kva.example" },
	{ "sts MX1.Example:25", STS_OK, SM, "mx1.example" },

	{ "postfix .example.com", STS_OK, PF, "" },
	{ "postfix .com", STS_OK, PF, "" },
	{ "postfix [example.com]", STS_OK, PF, "" },
	{ "postfix [example.com]:587", STS_OK, PF, "" },
	{ "postfix [192.0.2.1]", STS_OK, PF, "" },
	{ "postfix 192.0.2.1", STS_OK, PF, "" },
	{ "postfix 192.0.2.1:25", STS_OK, PF, "" },
	{ "postfix [IPv6:2001:db8::1]", STS_OK, PF, "" },
	{ "postfix 2001:db8::1", STS_OK, PF, "" },
	{ "sts [2001:db8::1]:25", STS_OK, SM, "" },
	{ "sts .example.com", STS_OK, SM, "" },
	{ "postfix ", STS_OK, PF, "" },
	{ "postfix", STS_OK, PF, "" },
	{ "sts", STS_OK, SM, "" },
	{ "postfix private/lmtp", STS_OK, PF, "" },
	{ "postfix a..b", STS_OK, PF, "" },
	{ "postfix user@example.com", STS_OK, PF, "" },
	{ "postfix exa mple.com", STS_OK, PF, "exa" }, /* a list of hops */
	{ "postfix *.example.com", STS_OK, PF, "" },
	{ "postfix example.com\n", STS_OK, PF, "" },
	{ "postfix \xff\xfe", STS_OK, PF, "" },
	{ "postfix :25", STS_OK, PF, "" },
	{ "postfix [", STS_OK, PF, "" },

	{ "", STS_E_NOTFOUND, PF, NULL },
	{ " example.com", STS_E_NOTFOUND, PF, NULL },
	{ "post example.com", STS_E_NOTFOUND, PF, NULL },
	{ "postfix3100 example.com", STS_E_NOTFOUND, PF, NULL },
	{ "JSON example.com", STS_E_NOTFOUND, PF, NULL },
	{ "stsx example.com", STS_E_NOTFOUND, PF, NULL },
	{ "sts\texample.com", STS_E_NOTFOUND, PF, NULL },
};

static void
reads_requests(void **state)
{
	struct sts_socketmap_request request;

	(void)state;
	for (size_t i = 0; i < COUNT(request_rows); i++) {
		const struct request_row *row = &request_rows[i];

		print_message("%s\n", row->body);
		assert_int_equal(sts_socketmap_request_parse(
				     sts_slice_str(row->body), &request),
		    row->err);
		if (row->err != STS_OK)
			continue;
		assert_int_equal(request.dialect, row->dialect);
		assert_string_equal(request.domain, row->domain);
	}
}

static void
reads_hostile_requests(void **state)
{
	char body[STS_SOCKETMAP_REQUEST_MAX];
	struct sts_socketmap_request request;

	(void)state;
	/* A NUL, and names that are too long in every way. */
	assert_int_equal(sts_socketmap_request_parse(
			     STS_LIT("postfix a.example\0.b"), &request),
	    STS_OK);
	assert_string_equal(request.domain, "");
	memset(body, 'a', sizeof(body));
	memcpy(body, "sts ", 4);
	for (size_t n = 4; n <= sizeof(body); n++) {
		assert_int_equal(
		    sts_socketmap_request_parse(sts_slice(body, n), &request),
		    STS_OK);
		assert_int_equal(
		    strlen(request.domain), n - 4 <= 63 ? n - 4 : 0);
	}
}

/* The host names of one test's MX records. */
struct host {
	const char *name;
	bool match;
	enum { NO_DANE, DANE_VALID, DANE_INVALID } dane;
};

struct reply_row {
	const char *about;
	const char *policy; /* its text without the version; NULL: none */
	enum sts_policy_state state;
	enum sts_mx_state mx_state;
	struct host hosts[4];
	enum sts_action on_temperror;
	bool excepted;
	const char *postfix;
	const char *sendmail; /* NULL: the same */
	const char *attributes; /* of 3.10; NULL: the same as postfix */
};

#define NOTHING "NOTFOUND "
#define NO_HOSTS                                                               \
	{                                                                      \
		{                                                              \
			NULL, false, NO_DANE                                   \
		}                                                              \
	}
#define TWO "mode: enforce\nmx: mx1.example.com\nmx: *.example.net\n"
#define TWO_ATTRIBUTES                                                         \
	" policy_type=sts policy_domain=example.com"                           \
	" mx_host_pattern=mx1.example.com mx_host_pattern=*.example.net"       \
	" { policy_string = version: STSv1 }"                                  \
	" { policy_string = mode: enforce }"                                   \
	" { policy_string = mx: mx1.example.com }"                             \
	" { policy_string = mx: *.example.net }"                               \
	" { policy_string = max_age: 86400 }"
#define BY_PATTERNS                                                            \
	"OK secure match=mx1.example.com:.example.net servername=hostname"
#define ONE "OK secure match=mx1.example.com servername=hostname"

static const struct reply_row reply_rows[] = {
	{ "no policy", NULL, STS_POLICY_ABSENT, STS_MX_PENDING, NO_HOSTS,
	    STS_ACTION_DEFER, false, NOTHING, NULL, NULL },
	{ "discovery by HTTPS failed, row 26a", NULL, STS_POLICY_FAILED,
	    STS_MX_PENDING, NO_HOSTS, STS_ACTION_DEFER, false, NOTHING, NULL,
	    NULL },
	{ "could not tell, and shall wait", NULL, STS_POLICY_UNKNOWN,
	    STS_MX_PENDING, NO_HOSTS, STS_ACTION_DEFER, false,
	    "TEMP MTA-STS: the policy cannot be looked up", NULL, NULL },
	{ "could not tell, and shall not wait", NULL, STS_POLICY_UNKNOWN,
	    STS_MX_PENDING, NO_HOSTS, STS_ACTION_LOG, false, NOTHING, NULL,
	    NULL },
	{ "could not tell, other words", NULL, STS_POLICY_UNKNOWN,
	    STS_MX_PENDING, NO_HOSTS, STS_ACTION_QUARANTINE, false, NOTHING,
	    NULL, NULL },
	{ "mode none", "mode: none\n", STS_POLICY_IN_FORCE, STS_MX_PENDING,
	    NO_HOSTS, STS_ACTION_DEFER, false, NOTHING, NULL, NULL },
	{ "mode testing", "mode: testing\nmx: mx1.example.com\n",
	    STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, NO_DANE } }, STS_ACTION_DEFER, false,
	    NOTHING, NULL, NULL },

	{ "one host", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, NO_DANE } }, STS_ACTION_LOG, false,
	    ONE, NULL, ONE TWO_ATTRIBUTES },
	{ "hosts in their order, those that match", TWO, STS_POLICY_IN_FORCE,
	    STS_MX_KNOWN,
	    { { "b.example.net", true, NO_DANE },
		{ "evil.example.org", false, NO_DANE },
		{ "mx1.example.com", true, NO_DANE } },
	    STS_ACTION_LOG, false,
	    "OK secure match=b.example.net:mx1.example.com servername=hostname",
	    NULL,
	    "OK secure match=b.example.net:mx1.example.com "
	    "servername=hostname" TWO_ATTRIBUTES },
	{ "one label and no more", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "a.b.example.net", false, NO_DANE } }, STS_ACTION_LOG, false,
	    "TEMP MTA-STS: the policy allows none of the domain's MX hosts",
	    NULL,
	    "OK secure match=mx-mismatch.invalid "
	    "servername=hostname" TWO_ATTRIBUTES
	    " policy_failure=validation-failure" },
	{ "fields that the RFC does not know; braces that are not balanced "
	  "would end more than themselves",
	    "note: {a {b} , c=d}\nmode: enforce\nmx: mx1.example.com\n"
	    "x: } policy_failure=validation-failure {\ny: {{}\nz: ,=\n",
	    STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, NO_DANE } }, STS_ACTION_LOG, false,
	    ONE, NULL,
	    ONE " policy_type=sts policy_domain=example.com"
		" mx_host_pattern=mx1.example.com"
		" { policy_string = version: STSv1 }"
		" { policy_string = mode: enforce }"
		" { policy_string = mx: mx1.example.com }"
		" { policy_string = max_age: 86400 }"
		" { policy_string = note: {a {b} , c=d} }"
		" { policy_string = z: ,= }" },
	{ "MX could not be looked up", TWO, STS_POLICY_IN_FORCE, STS_MX_UNKNOWN,
	    NO_HOSTS, STS_ACTION_LOG, false, BY_PATTERNS, NULL,
	    BY_PATTERNS TWO_ATTRIBUTES },
	{ "MX not there in time", TWO, STS_POLICY_IN_FORCE, STS_MX_PENDING,
	    NO_HOSTS, STS_ACTION_DEFER, false, BY_PATTERNS, NULL,
	    BY_PATTERNS TWO_ATTRIBUTES },
	{ "null MX, which may be forged", TWO, STS_POLICY_IN_FORCE, STS_MX_NULL,
	    NO_HOSTS, STS_ACTION_LOG, false, BY_PATTERNS, NULL,
	    BY_PATTERNS TWO_ATTRIBUTES },

	{ "an exception lets it go", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, NO_DANE } }, STS_ACTION_DEFER, true,
	    NOTHING, NULL, NULL },
	{ "an exception, all mismatch", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx9.example.org", false, NO_DANE } }, STS_ACTION_DEFER, true,
	    NOTHING, NULL, NULL },

	{ "DANE", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, DANE_VALID } }, STS_ACTION_LOG, false,
	    "OK dane-only", ONE, NULL },
	{ "DANE at one of two", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, NO_DANE },
		{ "b.example.net", true, DANE_VALID } },
	    STS_ACTION_LOG, false, "OK dane-only",
	    "OK secure match=mx1.example.com:b.example.net servername=hostname",
	    NULL },
	{ "DANE refuses one of two", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "b.example.net", true, DANE_INVALID },
		{ "mx1.example.com", true, NO_DANE } },
	    STS_ACTION_LOG, false, "OK dane-only", ONE, NULL },
	{ "DANE refuses the only one", TWO, STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx1.example.com", true, DANE_INVALID } }, STS_ACTION_LOG,
	    false, "OK dane-only",
	    "TEMP MTA-STS: the policy allows none of the domain's MX hosts",
	    NULL },
	{ "DANE at a host that STS does not allow, row 64", TWO,
	    STS_POLICY_IN_FORCE, STS_MX_KNOWN,
	    { { "mx9.example.org", false, DANE_VALID } }, STS_ACTION_LOG, false,
	    "OK dane-only",
	    "TEMP MTA-STS: the policy allows none of the domain's MX hosts",
	    NULL },
};

static const struct sts_policy *
parse(const char *text)
{
	struct sts_policy *policy;
	struct sts_buf b;

	sts_buf_init(&b, 1 << 17);
	sts_buf_printf(&b, "version: STSv1\n%smax_age: 86400\n", text);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy), STS_OK);
	sts_buf_deinit(&b);
	return policy;
}

static const struct sts_host_outcome *
seen(const struct host *host)
{
	const struct sts_host_outcome draft = {
		.host = host->name,
		.dane = true,
		.path = host->dane == DANE_VALID ? STS_PATH_VALIDATED
						 : STS_PATH_INVALID,
	};
	const struct sts_host_outcome *o;

	if (host->dane == NO_DANE)
		return NULL;
	o = sts_host_outcome_new(&draft);
	assert_non_null(o);
	return o;
}

static void
check_row(const struct reply_row *row)
{
	struct sts_mx_outcome mx[COUNT(row->hosts)];
	struct sts_socketmap_facts facts = {
		.domain = "example.com",
		.state = row->state,
		.policy = row->policy == NULL ? NULL : parse(row->policy),
		.mx_state = row->mx_state,
		.mx = mx,
		.on_temperror = row->on_temperror,
		.excepted = row->excepted,
	};
	const char *want[] = {
		[PF] = row->postfix,
		[PF310] = row->attributes ? row->attributes : row->postfix,
		[SM] = row->sendmail ? row->sendmail : row->postfix,
	};
	struct sts_buf b;

	memset(mx, 0, sizeof(mx));
	for (; row->hosts[facts.n_mx].name != NULL; facts.n_mx++) {
		const struct host *host = &row->hosts[facts.n_mx];

		mx[facts.n_mx].host = host->name;
		mx[facts.n_mx].match = host->match;
		mx[facts.n_mx].seen = seen(host);
	}
	sts_buf_init(&b, STS_SOCKETMAP_REPLY_MAX);
	for (enum sts_socketmap_dialect dialect = PF; dialect <= SM;
	     dialect++) {
		print_message("%s: %u\n", row->about, (unsigned)dialect);
		sts_socketmap_reply(dialect, &facts, &b);
		assert_int_equal(sts_buf_err(&b), STS_OK);
		assert_string_equal(sts_buf_cstr(&b), want[dialect]);
	}
	assert_int_equal(sts_socketmap_exception_counts(&facts), row->excepted);
	sts_buf_deinit(&b);
	for (size_t i = 0; i < facts.n_mx; i++)
		sts_host_outcome_put(mx[i].seen);
	sts_policy_put(facts.policy);
}

static void
replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reply_rows); i++)
		check_row(&reply_rows[i]);
}

/* A domain without a policy to be enforced gains nothing by an exception. */
static void
exceptions_count_for_what_they_change(void **state)
{
	struct sts_socketmap_facts facts = {
		.domain = "example.com",
		.state = STS_POLICY_ABSENT,
		.excepted = true,
	};

	(void)state;
	assert_false(sts_socketmap_exception_counts(&facts));
	facts.state = STS_POLICY_IN_FORCE;
	facts.policy = parse("mode: testing\nmx: a.example\n");
	assert_false(sts_socketmap_exception_counts(&facts));
	sts_policy_put(facts.policy);
}

/* Postfix takes 100,000 bytes: the attributes give way, the match does not. */
static void
a_giant_policy_fits(void **state)
{
	struct sts_socketmap_facts facts = {
		.domain = "example.com",
		.state = STS_POLICY_IN_FORCE,
		.mx_state = STS_MX_UNKNOWN,
	};
	const struct sts_policy *policy;
	struct sts_buf text, b;
	char tail[64];
	char *plain;

	(void)state;
	memset(tail, 'x', sizeof(tail) - 1);
	tail[sizeof(tail) - 1] = '\0';
	sts_buf_init(&text, 1 << 17);
	sts_buf_str(&text, "mode: enforce\n");
	for (unsigned i = 0; i < 900; i++)
		sts_buf_printf(&text, "mx: *.m%u.%.50s\n", i, tail);
	policy = facts.policy = parse(sts_buf_cstr(&text));
	sts_buf_init(&b, STS_SOCKETMAP_REPLY_MAX);
	sts_socketmap_reply(PF, &facts, &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	plain = strdup(sts_buf_cstr(&b));
	assert_non_null(plain);
	sts_socketmap_reply(PF310, &facts, &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_string_equal(sts_buf_cstr(&b), plain);
	facts.mx_state = STS_MX_KNOWN; /* and none at all */
	sts_socketmap_reply(PF310, &facts, &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_memory_equal(sts_buf_cstr(&b), "TEMP ", 5);
	free(plain);
	sts_buf_deinit(&b);
	sts_buf_deinit(&text);
	sts_policy_put(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_netstrings),
		cmocka_unit_test(reads_bytes_of_any_kind),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(reads_requests),
		cmocka_unit_test(reads_hostile_requests),
		cmocka_unit_test(replies),
		cmocka_unit_test(exceptions_count_for_what_they_change),
		cmocka_unit_test(a_giant_policy_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
