/* report/report.c and auditline.c: what is told of a decision. */
#include "test.h"

#include "sts/report/audit.h"
#include "sts/report/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */

static const struct sts_exception exception = {
	.name = (char *)(uintptr_t) "*.example",
	.reason = (char *)(uintptr_t) "ticket 7, caf\xc3\xa9",
	.until = 1798675200,
};

/* enforce; mx1 has expired, mx2 does not match, mx3 cannot be reached, mx4 is
 * not known yet. */
static struct sts_answer *
make_answer(void)
{
	static const struct {
		const char *host, *address, *tls;
		enum sts_path path;
		enum sts_reason reason;
		bool match, seen;
	} hosts[] = {
		{ "mx1.a.example", "192.0.2.1", "TLSv1.3", STS_PATH_INVALID,
		    STS_REASON_CERTIFICATE_EXPIRED, true, true },
		{ "mx2.b.example", "", "", STS_PATH_INVALID, STS_REASON_NONE,
		    false, false },
		{ "mx3.a.example", "192.0.2.3", "", STS_PATH_UNREACHABLE,
		    STS_REASON_UNREACHABLE, true, true },
		{ "mx4.a.example", "192.0.2.4", "TLSv1.2", STS_PATH_VALIDATED,
		    STS_REASON_NONE, true, true },
		{ "mx5.a.example", "", "", STS_PATH_INVALID, STS_REASON_NONE,
		    true, false },
	};
	struct sts_mx_outcome mx[COUNT(hosts)];
	const struct sts_answer draft = {
		.domain = "a.example",
		.discovery = { .id = "20260101" },
		.verdict = { .result = STS_RESULT_FAIL,
		    .reason = STS_REASON_CERTIFICATE_EXPIRED,
		    .in_policy = true,
		    .mode = STS_MODE_ENFORCE },
		.n_mx = COUNT(hosts),
		.mx = mx,
	};
	struct sts_answer *a;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		const struct sts_host_outcome seen = {
			.host = hosts[i].host,
			.path = hosts[i].path,
			.reason = hosts[i].reason,
			.dane = hosts[i].path == STS_PATH_VALIDATED,
			.address = hosts[i].address,
			.tls = hosts[i].tls,
		};

		mx[i] = (struct sts_mx_outcome){ .host = hosts[i].host,
			.match = hosts[i].match };
		if (hosts[i].seen)
			mx[i].seen = sts_host_outcome_new(&seen);
	}
	a = sts_answer_new(&draft);
	assert_non_null(a);
	for (size_t i = 0; i < COUNT(hosts); i++)
		sts_host_outcome_put(mx[i].seen);
	return a;
}

static void
assert_line(const struct sts_decision *decision, const char *expected)
{
	char *line = sts_audit_line(decision, now);
	json_error_t error;
	json_t *json;

	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	json_decref(json);
	assert_string_equal(line, expected);
	free(line);
}

static void
every_key_of_a_line(void **state)
{
	struct sts_answer *a = make_answer();
	const struct sts_decision decision = {
		.queue_id = "4Y1xyz",
		.domain = "a.example",
		.verdict = &a->verdict,
		.answer = a,
		.action = STS_ACTION_LOG,
		.relief = STS_RELIEF_OUTAGE,
		.message = "1.2.3",
		.about = { .outage = true, .by_command = true },
		.exception = &exception,
		.stage = STS_STAGE_RCPT,
		.cached = true,
		.ms = 41,
	};

	(void)state;
	a->verdict.required = true;
	assert_line(&decision,
	    "{\"time\":\"2026-01-01T00:00:00Z\",\"queue_id\":\"4Y1xyz\","
	    "\"domain\":\"a.example\",\"result\":\"fail\","
	    "\"policy\":\"enforce\",\"id\":\"20260101\","
	    "\"reason\":\"certificate-expired\",\"mx\":\"mx1.a.example\","
	    "\"action\":\"log\",\"stage\":\"rcpt\",\"cached\":true,\"ms\":41,"
	    "\"mxs\":["
	    "{\"host\":\"mx1.a.example\",\"address\":\"192.0.2.1\","
	    "\"reason\":\"certificate-expired\",\"tls\":\"TLSv1.3\","
	    "\"result\":\"fail\",\"dane\":false},"
	    "{\"host\":\"mx2.b.example\",\"address\":null,"
	    "\"reason\":\"mx-mismatch\",\"tls\":null,\"result\":\"fail\","
	    "\"dane\":false},"
	    "{\"host\":\"mx3.a.example\",\"address\":\"192.0.2.3\","
	    "\"reason\":\"unreachable\",\"tls\":null,"
	    "\"result\":\"temperror\",\"dane\":false},"
	    "{\"host\":\"mx4.a.example\",\"address\":\"192.0.2.4\","
	    "\"reason\":null,\"tls\":\"TLSv1.2\",\"result\":\"pass\",\"dane\":"
	    "true},"
	    "{\"host\":\"mx5.a.example\",\"address\":null,\"reason\":null,"
	    "\"tls\":null,\"result\":null,\"dane\":false}],"
	    "\"exception\":{\"name\":\"*.example\","
	    "\"reason\":\"ticket 7, caf\\u00E9\","
	    "\"until\":\"2026-12-31T00:00:00Z\"},"
	    "\"requiretls\":true,\"relief\":\"outage\",\"message\":\"1.2.3\","
	    "\"outage\":true,\"tls_required_no\":false,\"by_command\":true}");
	sts_answer_put(a);
}

static void
keys_without_a_value_are_null(void **state)
{
	const struct sts_verdict exempt = { .result = STS_RESULT_EXEMPT,
		.mx = STS_NO_MX };
	const struct sts_decision decision = {
		.domain = "",
		.verdict = &exempt,
		.stage = STS_STAGE_EOM,
	};

	(void)state;
	assert_line(&decision,
	    "{\"time\":\"2026-01-01T00:00:00Z\",\"queue_id\":null,"
	    "\"domain\":null,\"result\":\"exempt\",\"policy\":\"none\","
	    "\"id\":null,\"reason\":null,\"mx\":null,\"action\":\"accept\","
	    "\"stage\":\"eom\",\"cached\":false,\"ms\":0,\"mxs\":[],"
	    "\"exception\":null,\"requiretls\":false,\"relief\":null,"
	    "\"message\":null,\"outage\":false,\"tls_required_no\":false,\"by_"
	    "command\":false}");
}

/* A configuration may be in any character set. */
static void
what_is_not_utf8_is_escaped(void **state)
{
	const struct sts_verdict verdict = { .mx = STS_NO_MX };
	const struct sts_exception latin1 = {
		.name = (char *)(uintptr_t) "a.example",
		.reason = (char *)(uintptr_t) "caf\xe9",
	};
	const struct sts_decision decision = {
		.domain = "a.example",
		.verdict = &verdict,
		.exception = &latin1,
	};
	char *line = sts_audit_line(&decision, now);

	(void)state;
	assert_non_null(line);
	assert_non_null(strstr(line, "\"reason\":\"caf\\\\xe9\""));
	assert_non_null(strstr(line, "\"until\":null"));
	free(line);
}

static void
decide(struct sts_report *report, enum sts_result result,
    enum sts_action action, const char *queue_id)
{
	const struct sts_verdict verdict = { .result = result,
		.mx = STS_NO_MX };
	const struct sts_decision decision = {
		.queue_id = queue_id,
		.domain = "b.example",
		.verdict = &verdict,
		.action = action,
		.stage = STS_STAGE_EOM,
		.ms = 3,
	};

	sts_report_decision(report, &decision);
}

static void
log_lines(void **state)
{
	struct sts_answer *a = make_answer();
	const struct sts_decision decision = {
		.queue_id = "4Y1xyz",
		.domain = "a.example",
		.verdict = &a->verdict,
		.answer = a,
		.action = STS_ACTION_DEFER,
		.stage = STS_STAGE_RCPT,
		.ms = 41,
	};
	struct kept_log kept = { .n = 0 };
	struct sts_report *report;
	struct sts_log *log;

	(void)state;
	assert_int_equal(
	    sts_log_new_sink(keep_line, &kept, STS_LOG_INFO, &log), STS_OK);
	assert_int_equal(
	    sts_report_new(log, &sts_clock_system, "", &report), STS_OK);
	sts_report_decision(report, &decision);
	assert_string_equal(kept.lines[0],
	    "4Y1xyz: verdict domain=a.example result=fail policy=enforce "
	    "id=20260101 reason=certificate-expired mx=mx1.a.example "
	    "action=defer stage=rcpt cached=no ms=41");
	decide(report, STS_RESULT_NONE, STS_ACTION_ACCEPT, NULL);
	assert_string_equal(kept.lines[1],
	    "NOQUEUE: verdict domain=b.example result=none policy=none "
	    "action=accept stage=eom cached=no ms=3");
	sts_report_free(report);
	sts_log_free(log);
	sts_answer_put(a);
}

static int64_t
scripted_wall_s(const struct sts_clock *clock)
{
	(void)clock;
	return now;
}

/* Told each time, and its end beforehand. */
static void
exceptions_are_alarms(void **state)
{
	static const struct sts_clock clock = { .wall_s = scripted_wall_s };
	static const struct {
		int64_t until;
		unsigned lines; /* besides the decision's own */
	} cases[] = {
		{ 0, 1 },
		{ now + 7 * 86400, 1 },
		{ now + 7 * 86400 - 1, 2 },
		{ now + 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sts_verdict verdict = { .result =
							 STS_RESULT_FAIL };
		struct sts_exception used = exception;
		const struct sts_decision decision = {
			.domain = "a.example",
			.verdict = &verdict,
			.action = STS_ACTION_LOG,
			.exception = &used,
			.stage = STS_STAGE_EOM,
		};
		struct kept_log kept = { .n = 0 };
		struct sts_report *report;
		struct sts_log *log;

		used.until = cases[i].until;
		assert_int_equal(
		    sts_log_new_sink(keep_line, &kept, STS_LOG_INFO, &log),
		    STS_OK);
		assert_int_equal(
		    sts_report_new(log, &clock, "", &report), STS_OK);
		sts_report_decision(report, &decision);
		assert_int_equal(kept.n, 1 + cases[i].lines);
		assert_non_null(strstr(kept.lines[1], "alarm-exception-used "));
		if (cases[i].lines == 2)
			assert_non_null(strstr(
			    kept.lines[2], "alarm-exception-ends-soon "));
		sts_report_free(report);
		sts_log_free(log);
	}
}

static void
counters_count(void **state)
{
	struct sts_counters counters;
	struct sts_report *report;

	(void)state;
	assert_int_equal(
	    sts_report_new(NULL, &sts_clock_system, "/dev/full", &report),
	    STS_OK);
	decide(report, STS_RESULT_PASS, STS_ACTION_ACCEPT, "1");
	decide(report, STS_RESULT_FAIL, STS_ACTION_DEFER, "2");
	decide(report, STS_RESULT_FAIL, STS_ACTION_REJECT, "3");
	sts_report_counters(report, &counters);
	assert_int_equal(counters.by_result[STS_RESULT_PASS], 1);
	assert_int_equal(counters.by_result[STS_RESULT_FAIL], 2);
	assert_int_equal(counters.by_result[STS_RESULT_EXEMPT], 0);
	assert_int_equal(counters.by_action[STS_ACTION_ACCEPT], 1);
	assert_int_equal(counters.by_action[STS_ACTION_DEFER], 1);
	assert_int_equal(counters.by_action[STS_ACTION_REJECT], 1);
	assert_int_equal(counters.audit_lost, 3);
	sts_report_free(report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_a_line),
		cmocka_unit_test(keys_without_a_value_are_null),
		cmocka_unit_test(what_is_not_utf8_is_escaped),
		cmocka_unit_test(log_lines),
		cmocka_unit_test(exceptions_are_alarms),
		cmocka_unit_test(counters_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
