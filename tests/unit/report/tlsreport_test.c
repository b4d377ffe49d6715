/*
 * The JSON of a report, after the example of RFC 8460 appendix B.
 */
#include "sts/report/tlsreport.h"

#include "test.h"

#include "sts/report/jsontext.h"

#include <stdlib.h>

static const char *const lines[] = { "version: STSv1", "mode: testing",
	"mx: *.mail.company-y.example", "max_age: 86400" };
static const char *const patterns[] = { "*.mail.company-y.example" };

static const struct sts_tlsreport_failure failures[] = {
	{ .result_type = "certificate-expired",
	    .sending_mta_ip = "2001:db8:abcd:0012::1",
	    .receiving_mx_hostname = "mx1.mail.company-y.example",
	    .failed_session_count = 100 },
	{ .result_type = "starttls-not-supported",
	    .receiving_mx_hostname = "mx2.mail.company-y.example",
	    .receiving_mx_helo = "mx2",
	    .receiving_ip = "203.0.113.56",
	    .failed_session_count = 200,
	    .additional_information = "https://reports.company-x.example/x" },
	{ .result_type = "validation-failure",
	    .failed_session_count = 3,
	    .failure_reason_code = "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED" },
};

static const struct sts_tlsreport_policy policy = {
	.type = STS_TLSREPORT_STS,
	.string = lines,
	.n_string = COUNT(lines),
	.domain = "company-y.example",
	.mx_host = patterns,
	.n_mx_host = COUNT(patterns),
	.success = 5326,
	.failure = 303,
	.failures = failures,
	.n_failures = COUNT(failures),
};

static const struct sts_tlsreport report = {
	.organization = "Company-X",
	.contact = "sts-reporting@company-x.example",
	.report_id = "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
	.begin = 1459468800,
	.end = 1459555199,
	.policies = &policy,
	.n_policies = 1,
};

static void
assert_json(const struct sts_tlsreport *r, const char *wanted)
{
	json_t *json = sts_tlsreport_json(r);
	json_t *other = json_loads(wanted, 0, NULL);
	char *text = sts_json_text(json);

	assert_non_null(json);
	assert_non_null(other);
	if (!json_equal(json, other))
		print_message("%s\n", text);
	assert_true(json_equal(json, other));
	free(text);
	json_decref(json);
	json_decref(other);
}

static void
has_the_rfcs_names_and_shapes(void **state)
{
	(void)state;
	assert_json(&report,
	    "{\"organization-name\":\"Company-X\",\"date-range\":{"
	    "\"start-datetime\":\"2016-04-01T00:00:00Z\","
	    "\"end-datetime\":\"2016-04-01T23:59:59Z\"},"
	    "\"contact-info\":\"sts-reporting@company-x.example\","
	    "\"report-id\":\"5065427c-23d3-47ca-b6e0-946ea0e8c4be\","
	    "\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
	    "\"policy-string\":[\"version: STSv1\",\"mode: testing\","
	    "\"mx: *.mail.company-y.example\",\"max_age: 86400\"],"
	    "\"policy-domain\":\"company-y.example\","
	    "\"mx-host\":[\"*.mail.company-y.example\"]},"
	    "\"summary\":{\"total-successful-session-count\":5326,"
	    "\"total-failure-session-count\":303},"
	    "\"failure-details\":[{\"result-type\":\"certificate-expired\","
	    "\"sending-mta-ip\":\"2001:db8:abcd:0012::1\","
	    "\"receiving-mx-hostname\":\"mx1.mail.company-y.example\","
	    "\"failed-session-count\":100},"
	    "{\"result-type\":\"starttls-not-supported\","
	    "\"receiving-mx-hostname\":\"mx2.mail.company-y.example\","
	    "\"receiving-mx-helo\":\"mx2\",\"receiving-ip\":\"203.0.113.56\","
	    "\"failed-session-count\":200,\"additional-information\":"
	    "\"https://reports.company-x.example/x\"},"
	    "{\"result-type\":\"validation-failure\","
	    "\"failed-session-count\":3,\"failure-reason-code\":"
	    "\"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED\"}]}]}");
}

/* What there is none of is left out, not null. */
static void
leaves_out_what_is_not_there(void **state)
{
	static const struct sts_tlsreport_policy policies[] = {
		{ .type = STS_TLSREPORT_TLSA,
		    .domain = "x.example",
		    .success = 1 },
		{ .type = STS_TLSREPORT_NO_POLICY, .domain = "\xff.example" },
	};
	struct sts_tlsreport small = report;

	(void)state;
	small.contact = "";
	small.policies = policies;
	small.n_policies = COUNT(policies);
	assert_json(&small,
	    "{\"organization-name\":\"Company-X\",\"date-range\":{"
	    "\"start-datetime\":\"2016-04-01T00:00:00Z\","
	    "\"end-datetime\":\"2016-04-01T23:59:59Z\"},"
	    "\"report-id\":\"5065427c-23d3-47ca-b6e0-946ea0e8c4be\","
	    "\"policies\":[{\"policy\":{\"policy-type\":\"tlsa\","
	    "\"policy-domain\":\"x.example\"},"
	    "\"summary\":{\"total-successful-session-count\":1,"
	    "\"total-failure-session-count\":0}},"
	    "{\"policy\":{\"policy-type\":\"no-policy-found\","
	    "\"policy-domain\":\"\\\\xff.example\"},"
	    "\"summary\":{\"total-successful-session-count\":0,"
	    "\"total-failure-session-count\":0}}]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_rfcs_names_and_shapes),
		cmocka_unit_test(leaves_out_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
