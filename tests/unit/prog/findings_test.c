/*
 * Findings: each difference from a domain that is all right is told, with how
 * bad it is, where it is written and what to do; and nothing else is.
 */
#include "sts/prog/checkpage.h"
#include "sts/prog/checktable.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1795348800 }; /* 2026-11-22T12:00:00Z */

/* A domain that is all right. */
static const char good[] =
    "{\"domain\":\"example.com\",\"result\":\"pass\",\"reason\":null,"
    "\"policy\":{\"status\":\"VALID\",\"source\":\"network\",\"id\":\"7\","
    "\"mode\":\"enforce\",\"mx\":[\"mx1.example.com\",\"*.example.net\"],"
    "\"max_age\":604800,\"expires\":\"2026-11-29T12:00:00Z\","
    "\"reason\":null,\"detail\":null,\"txt\":\"found\"},"
    "\"mx\":[{\"host\":\"mx1.example.com\",\"preference\":10,"
    "\"address\":\"192.0.2.1\",\"match\":true,\"dane\":false,"
    "\"result\":\"pass\",\"reason\":null,\"detail\":null,"
    "\"tls\":\"TLSv1.3\",\"not_after\":\"2027-03-01T00:00:00Z\"},"
    "{\"host\":\"mx.example.net\",\"preference\":20,"
    "\"address\":\"192.0.2.2\",\"match\":true,\"dane\":false,"
    "\"result\":\"pass\",\"reason\":null,\"detail\":null,"
    "\"tls\":\"TLSv1.2\",\"not_after\":\"2027-02-01T00:00:00Z\"}],"
    "\"mx_state\":\"known\",\"mx_detail\":null,\"complete\":true,"
    "\"tlsrpt\":{\"status\":\"found\",\"rua\":[\"mailto:a@example.com\"]}}";

static json_t *
load(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	if (json == NULL)
		fail_msg("%s: %s", text, error.text);
	return json;
}

/* The good domain with differences: {"policy":{"id":"8"}} changes that, and
 * {"mx":[{…},{}]} the first host. */
static json_t *
differing(const char *differences)
{
	json_t *answer = load(good), *changes = load(differences), *mx;
	json_t *hosts = json_incref(json_object_get(changes, "mx"));
	size_t i;

	(void)json_object_del(changes, "mx");
	json_array_foreach(hosts, i, mx) assert_int_equal(
	    json_object_update(
		json_array_get(json_object_get(answer, "mx"), i), mx),
	    0);
	assert_int_equal(json_object_update_recursive(answer, changes), 0);
	json_decref(hosts);
	json_decref(changes);
	return answer;
}

static json_t *
find(json_t *answer, const char *area, const char *code)
{
	json_t *found;
	size_t i;

	json_array_foreach(json_object_get(answer, "findings"), i,
	    found) if (sts_js_is(found, "area", area) &&
		       sts_js_is(found, "code", code)) return found;
	fail_msg("no finding %s/%s", area, code);
	return NULL;
}

/* What every finding has. */
static void
assert_whole(const json_t *found)
{
	static const char *const keys[] = { "area", "code", "severity",
		"message", "run" };

	for (size_t i = 0; i < COUNT(keys); i++)
		assert_string_not_equal(sts_js_text(found, keys[i]), "");
	assert_memory_equal(sts_js_text(found, "rfc"), "RFC ", 4);
	assert_true(json_is_array(json_object_get(found, "hosts")));
	assert_true(json_is_array(json_object_get(found, "lines")));
	assert_non_null(json_object_get(found, "result_type"));
	assert_null(strchr(sts_js_text(found, "run"), '{'));
}

static void
assert_only_finding(const char *differences, const char *area, const char *code,
    const char *severity, const char *part)
{
	json_t *answer = differing(differences), *found;
	char *all;

	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	found = find(answer, area, code);
	assert_whole(found);
	assert_string_equal(sts_js_text(found, "severity"), severity);
	assert_int_equal(
	    json_array_size(json_object_get(answer, "findings")), 1);
	all = json_dumps(found, JSON_ENSURE_ASCII);
	if (strstr(all, part) == NULL)
		fail_msg("\"%s\" is not in %s", part, all);
	free(all);
	json_decref(answer);
}

static void
test_good_has_none(void **state)
{
	json_t *answer = differing("{}"), *mx;
	enum sts_severity worst;

	(void)state;
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	assert_int_equal(
	    json_array_size(json_object_get(answer, "findings")), 0);
	assert_int_equal(json_array_size(json_object_get(answer, "advice")), 0);
	assert_false(sts_findings_worst(answer, NULL, &worst));
	mx = json_array_get(json_object_get(answer, "mx"), 0);
	assert_int_equal(sts_js_int(mx, "days_left"), 98);
	json_decref(answer);
}

static const struct {
	const char *differences, *area, *code, *severity, *part;
} rows[] = {
	{ "{\"policy\":{\"max_age\":0}}", "policy", "zero", "error",
	    "max_age: 1209600" },
	{ "{\"policy\":{\"max_age\":3600}}", "policy", "short", "warning",
	    "only 3600 seconds" },
	{ "{\"policy\":{\"max_age\":604799}}", "policy", "weeks", "note",
	    "604799" },
	{ "{\"policy\":{\"mx\":[\"mx1.example.com\",\"*.example.net\","
	  "\"mx9.example.org\",\"*.example.com\"]}}",
	    "policy", "unused-mx", "warning", "mx9.example.org" },
	{ "{\"policy\":{\"mode\":\"testing\"}}", "policy", "testing", "note",
	    "enforce" },
	{ "{\"mx\":[{\"result\":\"fail\",\"reason\":\"certificate-expired\","
	  "\"detail\":\"certificate expired on 2026-11-21\"}]}",
	    "mx", "certificate-expired", "error",
	    "-connect mx1.example.com:25" },
	{ "{\"mx\":[{\"result\":\"fail\",\"reason\":\"mx-mismatch\","
	  "\"match\":false}]}",
	    "mx", "mx-mismatch", "error", "mx: mx1.example.com" },
	{ "{\"mx\":[{\"not_after\":\"2026-12-01T00:00:00Z\"}]}", "mx",
	    "expires-soon", "warning", "until 2026-12-01T00:00:00Z" },
	{ "{\"mx\":[{\"dane\":true}]}", "dane", "dane", "note",
	    "mx1.example.com" },
	{ "{\"mx\":[{\"dane\":true,\"result\":\"fail\","
	  "\"reason\":\"tlsa-invalid\"}]}",
	    "dane", "tlsa-invalid", "error",
	    "\"result_type\": \"tlsa-invalid\"" },
	{ "{\"mx\":[{\"tlsa\":{\"status\":\"found\",\"records\":2,"
	  "\"secure\":true}}]}",
	    "dane", "secure", "note", "_25._tcp.mx1.example.com" },
	{ "{\"mx\":[{\"tlsa\":{\"status\":\"found\",\"records\":2,"
	  "\"secure\":false}}]}",
	    "dane", "insecure", "note", "_25._tcp.mx1.example.com" },
	{ "{\"tlsrpt\":{\"status\":\"none\",\"rua\":[]}}", "tlsrpt", "none",
	    "warning",
	    "_smtp._tls.example.com. IN TXT \\\"v=TLSRPTv1; rua=mailto:" },
	{ "{\"tlsrpt\":{\"status\":\"multiple\",\"rua\":[]}}", "tlsrpt",
	    "multiple", "error", "all of them but one" },
	{ "{\"tlsrpt\":{\"status\":\"invalid\",\"rua\":[],"
	  "\"detail\":\"there is no rua\"}}",
	    "tlsrpt", "invalid", "error", "(there is no rua)" },
	{ "{\"tlsrpt\":{\"detail\":\"its scheme is unknown\"}}", "tlsrpt",
	    "found", "warning", "(its scheme is unknown)" },
	{ "{\"tlsrpt\":{\"status\":\"unknown\",\"detail\":\"SERVFAIL\"}}",
	    "tlsrpt", "unknown", "warning", "(SERVFAIL)" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_only_finding(rows[i].differences, rows[i].area,
		    rows[i].code, rows[i].severity, rows[i].part);
}

/* RFC 8460 has no word for ours. */
static void
test_result_types(void **state)
{
	json_t *answer = differing(
	    "{\"mx\":[{\"result\":\"fail\",\"reason\":\"mx-mismatch\"},"
	    "{\"result\":\"fail\",\"reason\":\"starttls-not-supported\"}]}");
	json_t *found;

	(void)state;
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	found = find(answer, "mx", "mx-mismatch");
	assert_true(json_is_null(json_object_get(found, "result_type")));
	found = find(answer, "mx", "starttls-not-supported");
	assert_string_equal(
	    sts_js_text(found, "result_type"), "starttls-not-supported");
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(found, "hosts"), 0)),
	    "mx.example.net");
	json_decref(answer);
}

/* No reports are missed where there is nothing to report. */
static void
test_reports_before_a_policy(void **state)
{
	json_t *answer = differing(
	    "{\"result\":\"none\",\"tlsrpt\":{\"status\":\"none\",\"rua\":[]},"
	    "\"policy\":{\"status\":\"NONE\",\"mode\":null,\"mx\":[],"
	    "\"max_age\":null,\"txt\":\"none\",\"id\":null}}");

	(void)state;
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	assert_string_equal(
	    sts_js_text(find(answer, "tlsrpt", "none"), "severity"), "note");
	assert_string_equal(
	    sts_js_text(find(answer, "txt", "none"), "severity"), "warning");
	json_decref(answer);
}

static bool
tells_same_id(const char *remembered, const char *differences)
{
	json_t *answer = differing(differences), *record = load(remembered);
	bool tells;

	assert_int_equal(sts_findings_add(answer, record, NOW), STS_OK);
	tells = json_array_size(json_object_get(answer, "findings")) == 1;
	if (tells)
		assert_whole(find(answer, "policy", "same-id"));
	json_decref(record);
	json_decref(answer);
	return tells;
}

#define REMEMBERED(id, mode, age)                                              \
	"{\"id\":\"" id "\",\"mode\":\"" mode                                  \
	"\",\"mx\":[\"mx1.example.com\","                                      \
	"\"*.example.net\"],\"max_age\":" age "}"

static void
test_same_id_other_text(void **state)
{
	(void)state;
	assert_false(tells_same_id(REMEMBERED("7", "enforce", "604800"), "{}"));
	assert_true(tells_same_id(REMEMBERED("7", "testing", "604800"), "{}"));
	assert_true(tells_same_id(REMEMBERED("7", "enforce", "86400"), "{}"));
	assert_false(tells_same_id(REMEMBERED("6", "testing", "604800"), "{}"));
	/* What was not fetched says nothing of what is published. */
	assert_false(tells_same_id(REMEMBERED("7", "testing", "604800"),
	    "{\"policy\":{\"source\":\"cache\"}}"));
	/* Only a failure is remembered. */
	assert_false(tells_same_id("{\"id\":\"7\",\"mode\":null}", "{}"));
}

static void
test_days_left(void **state)
{
	static const struct {
		const char *not_after;
		int days;
	} cases[] = {
		{ "2026-11-22T12:00:01Z", 0 },
		{ "2026-11-23T12:00:00Z", 1 },
		{ "2026-11-22T11:59:59Z", -1 },
		{ "2026-11-21T11:59:59Z", -2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *answer = differing("{}");
		json_t *mx = json_array_get(json_object_get(answer, "mx"), 0);

		(void)json_object_set_new(
		    mx, "not_after", json_string(cases[i].not_after));
		assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
		assert_int_equal(sts_js_int(mx, "days_left"), cases[i].days);
		json_decref(answer);
	}
}

/* The plain words follow from the answer; the table of states, row by row. */
static void
test_plain_words(void **state)
{
	static const struct {
		const char *differences, *badge;
	} cases[] = {
		{ "{}", "protected" },
		{ "{\"tlsrpt\":{\"status\":\"none\"}}", "attention" },
		{ "{\"policy\":{\"mode\":\"testing\"}}", "testing" },
		{ "{\"result\":\"fail\"}", "held up" },
		{ "{\"result\":\"fail\",\"policy\":{\"mode\":\"testing\"}}",
		    "test fails" },
		{ "{\"result\":\"none\",\"policy\":{\"mode\":null,"
		  "\"status\":\"FETCH_ERROR\",\"reason\":"
		  "\"sts-policy-fetch-error\"}}",
		    "broken" },
		{ "{\"result\":\"none\",\"policy\":{\"mode\":null,"
		  "\"status\":\"NONE\",\"txt\":\"multiple\"}}",
		    "broken" },
		{ "{\"result\":\"none\",\"policy\":{\"mode\":null,"
		  "\"status\":\"NONE\",\"txt\":\"none\"}}",
		    "not protected" },
		{ "{\"result\":\"none\",\"policy\":{\"mode\":\"none\"}}",
		    "switched off" },
		{ "{\"result\":\"none\",\"reason\":\"null-mx\"}", "no mail" },
		{ "{\"result\":\"temperror\"}", "not known" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *answer = differing(cases[i].differences);

		assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
		assert_string_equal(
		    sts_checkwords_of(answer)->badge, cases[i].badge);
		json_decref(answer);
	}
}

/* What stands where nothing is, for "{}" is an answer, too. */
static void
test_empty_answer(void **state)
{
	json_t *answers = load("[{}]");
	struct sts_html h;

	(void)state;
	assert_int_equal(
	    sts_findings_add(json_array_get(answers, 0), NULL, NOW), STS_OK);
	sts_html_init(&h);
	sts_checkpage_put(&h, answers, false, NOW);
	sts_checkpage_put(&h, answers, true, NOW);
	assert_int_equal(sts_html_err(&h), STS_OK);
	sts_html_deinit(&h);
	json_decref(answers);
}

static void
test_table(void **state)
{
	json_t *answer = differing(
	    "{\"result\":\"fail\",\"reason\":\"certificate-expired\","
	    "\"mx\":[{\"result\":\"fail\",\"reason\":\"certificate-expired\","
	    "\"not_after\":\"2026-11-20T00:00:00Z\"}]}");
	struct sts_checktable table;
	struct sts_ui ui;
	char *text = NULL;
	size_t n = 0;
	FILE *stream = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	sts_ui_init(&ui, stream, STS_COLOR_NEVER);
	sts_checktable_init(&table);
	for (int i = 0; i < 40; i++)
		sts_checktable_add(&table, answer);
	sts_checktable_print(&table, &ui);
	sts_checktable_deinit(&table);
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(text, "  DOMAIN       RESULT  MODE     MX PASS  "
				     "DAYS     REPORTS  FINDINGS"
				     "  REASON\n"
				     "  example.com  fail    enforce  1 of 2   "
				     "expired  yes      2 errors"
				     "  certificate-expired\n"));
	assert_non_null(
	    strstr(text, "40 domains: 0 pass, 40 fail, 0 none, 0 temperror\n"));
	free(text);
	json_decref(answer);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_has_none),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_result_types),
		cmocka_unit_test(test_reports_before_a_policy),
		cmocka_unit_test(test_same_id_other_text),
		cmocka_unit_test(test_days_left),
		cmocka_unit_test(test_plain_words),
		cmocka_unit_test(test_empty_answer),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
