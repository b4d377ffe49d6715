/*
 * Every allocation that can fail does, one after the other: each time an error
 * comes back, nothing is leaked and the next try, with memory, works.
 */
#include "sts/core/dnsanswer.h"
#include "sts/core/freshness.h"
#include "sts/core/netstring.h"
#include "sts/core/outcome.h"
#include "sts/core/policy.h"
#include "sts/core/published.h"
#include "sts/core/smtpreply.h"
#include "sts/core/socketmap.h"
#include "sts/core/statusheader.h"

#include "../starve.h"
#include "test.h"

/* Nothing is wrong with the text, and nothing is said of it. */
static void
hear_nothing(void *cookie, const struct sts_policy_note *note)
{
	(void)cookie;
	fail_msg("%u %s", note->line, note->message);
}

static bool
parse_policy(void *cookie)
{
	static const char text[] =
	    "version: STSv1\nmode: enforce\n"
	    "mx: a.example\nmx: b.example\nmx: c.example\n"
	    "mx: d.example\nmx: e.example\nmx: f.example\n"
	    "mx: g.example\nmx: h.example\nmx: i.example\n"
	    "max_age: 604800\n";
	struct sts_policy *policy = NULL;
	enum sts_err err =
	    sts_policy_parse(sts_slice_str(text), hear_nothing, NULL, &policy);

	(void)cookie;
	if (err != STS_OK) {
		assert_int_equal(err, STS_E_NOMEM);
		assert_null(policy);
		return false;
	}
	assert_int_equal(policy->n_mx, 9);
	sts_policy_put(policy);
	return true;
}

static bool
parse_answer(void *cookie)
{
	const struct sts_slice wire =
	    STS_LIT("\x12\x34\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00"
		    "\x01"
		    "a\x00\x00\x10\x00\x01"
		    "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\x00\x03\x02hi");
	struct sts_dns_answer answer = { .n = 99 };
	enum sts_err err =
	    sts_dns_answer_parse(wire, "a", STS_DNS_TXT, &answer);

	(void)cookie;
	if (err != STS_OK) {
		assert_int_equal(err, STS_E_NOMEM);
		assert_int_equal(answer.n, 99);
		return false;
	}
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 1);
	sts_dns_answer_deinit(&answer);
	return true;
}

static bool
read_reply(void *cookie)
{
	struct sts_smtp_reply reply;
	size_t used = 99;
	enum sts_err err;

	(void)cookie;
	sts_smtp_reply_init(&reply);
	err = sts_smtp_reply_feed(&reply,
	    STS_LIT("250-a line that needs more room than a buffer has when "
		    "it is born, and then some\r\n250 b\r\n"),
	    &used);
	sts_smtp_reply_deinit(&reply);
	if (err == STS_OK)
		return true;
	assert_int_equal(err, STS_E_NOMEM);
	assert_int_equal(used, 99);
	return false;
}

static bool
make_record(void *cookie)
{
	static const struct sts_record draft = { .domain = "example.com" };
	struct sts_record *record = sts_record_new(&draft);

	(void)cookie;
	sts_record_put(record);
	return record != NULL;
}

static bool
make_outcome(void *cookie)
{
	static const struct sts_host_finding finding = { .host = "mx.example" };
	struct sts_host_outcome *outcome = sts_host_outcome_of(&finding, 0);

	(void)cookie;
	sts_host_outcome_put(outcome);
	return outcome != NULL;
}

/* The header of a failure, and what a buffer without memory says. */
static bool
make_header(void *cookie)
{
	static const struct sts_verdict verdict = { .result = STS_RESULT_FAIL,
		.reason = STS_REASON_CERTIFICATE_EXPIRED,
		.in_policy = true,
		.mode = STS_MODE_ENFORCE };
	static const struct sts_status status = { "relay.example.org",
		"example.com", "20260101", "mx1.example.com", &verdict,
		STS_ACTION_TAG };
	struct sts_buf b;
	bool worked;

	(void)cookie;
	sts_buf_init(&b, 4096);
	sts_status_header(&status, 14, &b);
	worked = sts_buf_err(&b) == STS_OK;
	if (worked)
		assert_string_equal(sts_buf_cstr(&b),
		    "fail; host=relay.example.org; domain=example.com;\n "
		    "policy=enforce; id=20260101; reason=certificate-expired;"
		    "\n mx=mx1.example.com; action=tag");
	else
		assert_int_equal(sts_buf_err(&b), STS_E_NOMEM);
	sts_buf_deinit(&b);
	return worked;
}

static struct sts_policy *
new_policy(void)
{
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(STS_LIT("version: STSv1\nmode: enforce\n"
				     "mx: *.example.com\nmax_age: 86400\n"),
		NULL, NULL, &policy),
	    STS_OK);
	return policy;
}

/* From the request's netstring to the reply's. */
static bool
serve_socketmap(void *cookie)
{
	const struct sts_socketmap_facts *facts = cookie;
	struct sts_slice in = STS_LIT("28:QUERYwithTLSRPT b\303\274cher.test,");
	struct sts_socketmap_request request = { .domain = "?" };
	struct sts_slice body;
	struct sts_buf reply, out;
	enum sts_err err;

	assert_int_equal(sts_netstring_read(&in, 1024, &body), STS_OK);
	err = sts_socketmap_request_parse(body, &request);
	if (err != STS_OK) {
		assert_int_equal(err, STS_E_NOMEM);
		assert_string_equal(request.domain, "?");
		return false;
	}
	assert_string_equal(request.domain, "xn--bcher-kva.test");
	sts_buf_init(&reply, STS_SOCKETMAP_REPLY_MAX);
	sts_buf_init(&out, STS_SOCKETMAP_REPLY_MAX);
	sts_socketmap_reply(request.dialect, facts, &reply);
	err = sts_buf_err(&reply);
	if (err == STS_OK) {
		assert_true(sts_slice_starts(sts_buf_view(&reply),
		    STS_LIT("OK secure match=mx1.example.com ")));
		assert_int_equal(reply.p[reply.n - 1], '}');
		sts_netstring_add(&out, sts_buf_view(&reply));
		err = sts_buf_err(&out);
	}
	if (err == STS_OK)
		assert_int_equal(out.p[out.n - 1], ',');
	else
		assert_int_equal(err, STS_E_NOMEM);
	sts_buf_deinit(&reply);
	sts_buf_deinit(&out);
	return err == STS_OK;
}

static enum sts_err
drop_published(void *cookie, struct sts_published *published)
{
	(void)cookie;
	sts_published_deinit(published);
	return STS_OK;
}

static bool
parse_published(void *cookie)
{
	static const char text[] =
	    "; mta-sts a.test mode=enforce max_age=1 mx=a.test mx=b.test\n"
	    "_mta-sts.a.test. TXT \"v=STSv1; id=1;\"\n"
	    "_smtp._tls.a.test. TXT \"v=TLSRPTv1; rua=mailto:a@b.test\"\n";
	const char *why;
	unsigned line;
	enum sts_err err = sts_published_parse(
	    sts_slice_str(text), drop_published, NULL, &line, &why);

	(void)cookie;
	if (err != STS_OK)
		assert_int_equal(err, STS_E_NOMEM);
	return err == STS_OK;
}

static void
parsers(void **state)
{
	(void)state;
	assert_true(starve(parse_policy, NULL) >= 3);
	assert_int_equal(starve(parse_answer, NULL), 2);
	assert_true(starve(read_reply, NULL) >= 2);
	assert_true(starve(parse_published, NULL) >= 5);
}

static void
objects(void **state)
{
	(void)state;
	assert_int_equal(starve(make_record, NULL), 1);
	assert_int_equal(starve(make_outcome, NULL), 1);
}

static void
header(void **state)
{
	(void)state;
	assert_true(starve(make_header, NULL) >= 2);
}

static void
socketmap(void **state)
{
	struct sts_mx_outcome mx = {
		.host = "mx1.example.com", .preference = 10, .match = true
	};
	struct sts_policy *policy = new_policy();
	const struct sts_socketmap_facts facts = {
		.domain = "xn--bcher-kva.test",
		.state = STS_POLICY_IN_FORCE,
		.policy = policy,
		.mx_state = STS_MX_KNOWN,
		.mx = &mx,
		.n_mx = 1,
	};

	(void)state;
	assert_true(starve(serve_socketmap, (void *)(uintptr_t)&facts) >= 3);
	sts_policy_put(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsers),
		cmocka_unit_test(objects),
		cmocka_unit_test(header),
		cmocka_unit_test(socketmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
