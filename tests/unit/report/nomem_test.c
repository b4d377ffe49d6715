/*
 * The audit line and the report without memory: each is whole, or it is none.
 */
#include "sts/report/audit.h"
#include "sts/report/report.h"
#include "sts/report/tlsmaker.h"
#include "sts/report/tlsreport.h"

#include "../starve.h"
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */

/* One host that was seen, with text that is and that is not UTF-8. */
static struct sts_answer *
new_answer(void)
{
	static const struct sts_host_outcome seen = {
		.host = "mx.a.example",
		.path = STS_PATH_INVALID,
		.reason = STS_REASON_CERTIFICATE_EXPIRED,
		.address = "192.0.2.1",
	};
	const struct sts_mx_outcome mx = { .match = true,
		.seen = sts_host_outcome_new(&seen) };
	const struct sts_answer draft = {
		.domain = "a.example",
		.verdict = { .result = STS_RESULT_FAIL,
		    .reason = STS_REASON_CERTIFICATE_EXPIRED,
		    .in_policy = true,
		    .mode = STS_MODE_ENFORCE },
		.n_mx = 1,
		.mx = &mx,
	};
	struct sts_answer *answer = sts_answer_new(&draft);

	assert_non_null(answer);
	sts_host_outcome_put(mx.seen);
	return answer;
}

struct wanted {
	struct sts_decision decision;
	char *line;
};

static bool
make_line(void *cookie)
{
	const struct wanted *wanted = cookie;
	char *line = sts_audit_line(&wanted->decision, now);

	if (line == NULL)
		return false;
	assert_string_equal(line, wanted->line);
	free(line);
	return true;
}

static void
line(void **state)
{
	static const struct sts_exception exception = {
		.name = (char *)(uintptr_t) "*.example",
		.reason = (char *)(uintptr_t) "ticket \xff",
		.until = 1798675200,
	};
	struct sts_answer *answer = new_answer();
	struct wanted wanted = {
		.decision = {
			.queue_id = "4Y1xyz",
			.domain = "a.example",
			.verdict = &answer->verdict,
			.answer = answer,
			.action = STS_ACTION_LOG,
			.exception = &exception,
		},
	};

	(void)state;
	wanted.line = sts_audit_line(&wanted.decision, now);
	assert_non_null(wanted.line);
	assert_true(starve(make_line, &wanted) > 20);
	free(wanted.line);
	sts_answer_put(answer);
}

static bool
make_answer(void *cookie)
{
	static const struct sts_mx_outcome mx[3] = { { .host = "mx" } };
	static const struct sts_answer draft = {
		.domain = "a.example", .n_mx = 3, .mx = mx
	};
	struct sts_answer *answer = sts_answer_new(&draft);

	(void)cookie;
	sts_answer_put(answer);
	return answer != NULL;
}

static bool
make_audit(void *cookie)
{
	struct sts_audit *audit = NULL;
	enum sts_err err = sts_audit_new(NULL, &audit);

	(void)cookie;
	assert_true(err == STS_OK || err == STS_E_NOMEM);
	assert_int_equal(audit != NULL, err == STS_OK);
	sts_audit_free(audit);
	return err == STS_OK;
}

static void
objects(void **state)
{
	(void)state;
	assert_int_equal(starve(make_answer, NULL), 1);
	assert_int_equal(starve(make_audit, NULL), 1);
}

/* The audit file is no reason not to start, but nobody misses it unawares. */
static void
open_is_told(void **state)
{
	struct kept_log kept = { .n = 0 };
	struct sts_audit *audit;
	struct sts_log *log;

	(void)state;
	assert_int_equal(
	    sts_log_new_sink(keep_line, &kept, STS_LOG_DEBUG, &log), STS_OK);
	assert_int_equal(sts_audit_new(log, &audit), STS_OK);
	starve_begin(1, false);
	sts_audit_open(audit, "/nowhere/audit");
	assert_true(starve_end());
	assert_int_equal(kept.n, 1);
	assert_non_null(strstr(kept.lines[0], "audit-not-opened"));
	assert_non_null(strstr(kept.lines[0], "/nowhere/audit"));
	sts_audit_free(audit);
	sts_log_free(log);
}

static bool
make_report(void *cookie)
{
	static const char *const texts[] = { "version: STSv1", "mx: \xff" };
	static const struct sts_tlsreport_failure failure = {
		.result_type = "certificate-expired",
		.failed_session_count = 1,
	};
	static const struct sts_tlsreport_policy policy = {
		.type = STS_TLSREPORT_STS,
		.string = texts,
		.n_string = 2,
		.domain = "a.example",
		.mx_host = texts,
		.n_mx_host = 2,
		.failures = &failure,
		.n_failures = 1,
	};
	static const struct sts_tlsreport report = {
		.organization = "x",
		.contact = "a@x.example",
		.report_id = "1",
		.policies = &policy,
		.n_policies = 1,
	};
	json_t *json = sts_tlsreport_json(&report);
	json_t **first = cookie;

	if (json == NULL)
		return false;
	if (*first == NULL)
		*first = json_incref(json);
	assert_true(json_equal(json, *first));
	json_decref(json);
	return true;
}

struct making {
	struct sts_tlsdb *db;
	const struct sts_conf *conf;
};

static bool
make_from_tally(void *cookie)
{
	const struct making *m = cookie;
	json_t *report = NULL;
	enum sts_err err =
	    sts_tlsmaker_json(m->db, m->conf, 1, "a.example", &report);

	assert_int_equal(report != NULL, err == STS_OK);
	assert_true(err == STS_OK || err == STS_E_NOMEM);
	if (report != NULL)
		assert_int_equal(
		    json_array_size(json_object_get(report, "policies")), 2);
	json_decref(report);
	return err == STS_OK;
}

static void
tls_report_of_a_tally(void **state)
{
	static const char *const policies[] = { "a: b\r\nmx: c\r\n", "d: e" };
	char folder[] = "/tmp/sts-nomem-XXXXXX", path[64];
	struct sts_tlsrow row = { .day = 1,
		.domain = "a.example",
		.type = STS_TLSREPORT_STS,
		.result_type = "certificate-expired",
		.mx = "mx.a.example",
		.ip = "192.0.2.1",
		.reason_code = "expired",
		.sessions = 1 };
	struct making m = { .db = NULL };
	struct sts_buf errors;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/tlsrpt.db", folder);
	sts_buf_init(&errors, 1000);
	assert_int_equal(sts_conf_load("", &errors, &m.conf), STS_OK);
	assert_int_equal(sts_tlsdb_open(path, 1000, &m.db), STS_OK);
	for (size_t i = 0; i < COUNT(policies); i++) {
		row.policy = policies[i];
		assert_int_equal(sts_tlsdb_add(m.db, &row), STS_OK);
	}
	assert_true(starve(make_from_tally, &m) > 20);
	sts_tlsdb_close(m.db);
	sts_conf_put(m.conf);
	sts_buf_deinit(&errors);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void
tls_report(void **state)
{
	json_t *first = NULL;

	(void)state;
	assert_true(make_report(&first));
	assert_true(starve(make_report, &first) > 20);
	json_decref(first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line),
		cmocka_unit_test(tls_report),
		cmocka_unit_test(tls_report_of_a_tally),
		cmocka_unit_test(objects),
		cmocka_unit_test(open_is_told),
	};

	json_set_alloc_funcs(starve_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
