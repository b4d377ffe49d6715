/*
 * Reports that we write can be read, and say the same (sts/report/tlsreport.h,
 * which is how `report send` writes them).
 */
#include "sts/prog/reportread.h"

#include "sts/prog/js.h"
#include "sts/report/tlsreport.h"
#include "test.h"

#include <stdlib.h>

static const int64_t day = 1795305600; /* 2026-11-22T00:00:00Z */

static const char *const lines[] = { "version: STSv1", "mode: enforce",
	"mx: *.example.com", "max_age: 604800" };
static const char *const hosts[] = { "*.example.com" };

static const struct sts_tlsreport_failure failures[] = {
	{
	    .result_type = "certificate-expired",
	    .sending_mta_ip = "192.0.2.1",
	    .receiving_mx_hostname = "mx1.example.com",
	    .receiving_mx_helo = "mx1",
	    .receiving_ip = "2001:db8::1",
	    .failed_session_count = 3,
	    .additional_information = "https://sender.example/why",
	    .failure_reason_code = "expired on\n2026-11-01 \\ \"\x01\"",
	},
	{ .result_type = "sts-policy-fetch-error", .failed_session_count = 1 },
};

static const struct sts_tlsreport_policy policies[] = {
	{
	    .type = STS_TLSREPORT_STS,
	    .string = lines,
	    .n_string = COUNT(lines),
	    .domain = "example.com",
	    .mx_host = hosts,
	    .n_mx_host = COUNT(hosts),
	    .success = 1000000000000,
	    .failure = 4,
	    .failures = failures,
	    .n_failures = COUNT(failures),
	},
	{
	    .type = STS_TLSREPORT_NO_POLICY,
	    .domain = "example.com",
	    .success = 7,
	},
};

static const struct sts_tlsreport ours = {
	.organization = "Sender Example",
	.contact = "tls@sender.example",
	.report_id = "2026-11-22T00:00:00Z_example.com@sender.example",
	.begin = day,
	.end = day + 86399,
	.policies = policies,
	.n_policies = COUNT(policies),
};

/* The report as text, and what is read of that. */
static json_t *
round_trip(const struct sts_tlsreport *report)
{
	json_t *written = sts_tlsreport_json(report), *parsed, *read;
	char *text = json_dumps(written, JSON_COMPACT);
	char why[STS_REPORT_WHY] = "";

	assert_non_null(text);
	assert_int_equal(
	    sts_reportread_text(sts_slice_str(text), why, &parsed), STS_OK);
	if (sts_reportread(parsed, why, &read) != STS_OK)
		fail_msg("%s", why);
	json_decref(parsed);
	json_decref(written);
	free(text);
	return read;
}

static void
assert_text(const json_t *object, const char *key, const char *text)
{
	assert_string_equal(sts_js_text(object, key), text);
}

static void
test_head(void **state)
{
	json_t *report = round_trip(&ours);

	(void)state;
	assert_text(report, "organization", ours.organization);
	assert_text(report, "contact", ours.contact);
	assert_text(report, "report_id", ours.report_id);
	assert_text(report, "begin", "2026-11-22T00:00:00Z");
	assert_text(report, "end", "2026-11-22T23:59:59Z");
	assert_int_equal(json_array_size(json_object_get(report, "notes")), 0);
	json_decref(report);
}

static void
test_policies(void **state)
{
	json_t *report = round_trip(&ours);
	const json_t *all = json_object_get(report, "policies");

	(void)state;
	assert_int_equal(json_array_size(all), COUNT(policies));
	for (size_t i = 0; i < COUNT(policies); i++) {
		const json_t *policy = json_array_get(all, i);
		const struct sts_tlsreport_policy *p = &policies[i];

		assert_text(policy, "type", sts_tlsreport_type_text(p->type));
		assert_text(policy, "domain", p->domain);
		assert_int_equal(sts_js_int(policy, "success"), p->success);
		assert_int_equal(sts_js_int(policy, "failure"), p->failure);
		assert_int_equal(
		    json_array_size(json_object_get(policy, "policy_string")),
		    p->n_string);
		assert_int_equal(
		    json_array_size(json_object_get(policy, "mx_host")),
		    p->n_mx_host);
		assert_int_equal(
		    json_array_size(json_object_get(policy, "failures")),
		    p->n_failures);
	}
	json_decref(report);
}

static void
test_failures(void **state)
{
	json_t *report = round_trip(&ours);
	const json_t *all = json_object_get(
	    json_array_get(json_object_get(report, "policies"), 0), "failures");
	const json_t *first = json_array_get(all, 0);
	const json_t *second = json_array_get(all, 1);

	(void)state;
	assert_text(first, "result_type", failures[0].result_type);
	assert_text(first, "receiving_mx", failures[0].receiving_mx_hostname);
	assert_text(first, "sending_ip", failures[0].sending_mta_ip);
	assert_text(first, "receiving_ip", failures[0].receiving_ip);
	assert_text(first, "helo", failures[0].receiving_mx_helo);
	assert_text(first, "reason_code", failures[0].failure_reason_code);
	assert_text(first, "additional_information",
	    failures[0].additional_information);
	assert_int_equal(sts_js_int(first, "count"), 3);
	assert_true(json_is_null(json_object_get(second, "receiving_mx")));
	assert_true(json_is_null(json_object_get(second, "reason_code")));
	assert_int_equal(sts_js_int(second, "count"), 1);
	json_decref(report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
