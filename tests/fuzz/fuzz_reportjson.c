/*
 * Any text as a TLS report: what is refused has a reason that can be printed;
 * what is read has all its keys, with values within their caps.
 */
#include "sts/prog/js.h"
#include "sts/prog/reportread.h"
#include "sts/prog/reporttime.h"

#include "fuzz.h"

static void
check_printable(const char *why)
{
	CHECK(why[0] != '\0' && strlen(why) < STS_REPORT_WHY);
	for (const char *c = why; *c != '\0'; c++)
		CHECK(*c >= ' ' && *c <= '~');
}

static void
check_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	CHECK(json_is_null(value) || json_is_string(value));
	CHECK(json_string_length(value) <= STS_REPORT_TEXT_MAX);
	CHECK(json_is_null(value) || json_string_length(value) > 0);
}

static void
check_texts(const json_t *array)
{
	CHECK(json_is_array(array));
	CHECK(json_array_size(array) <= STS_REPORT_LINES_MAX);
	for (size_t i = 0; i < json_array_size(array); i++)
		CHECK(json_string_length(json_array_get(array, i)) <=
		      STS_REPORT_TEXT_MAX);
}

static int64_t
check_count(const json_t *object, const char *key, int64_t max)
{
	const json_t *value = json_object_get(object, key);

	CHECK(json_is_integer(value));
	CHECK(json_integer_value(value) >= 0);
	CHECK(json_integer_value(value) <= max);
	return json_integer_value(value);
}

static void
check_policy(const json_t *policy)
{
	const json_t *failures = json_object_get(policy, "failures");
	int64_t n = (int64_t)json_array_size(failures);

	check_text(policy, "type");
	check_text(policy, "domain");
	check_texts(json_object_get(policy, "policy_string"));
	check_texts(json_object_get(policy, "mx_host"));
	check_count(policy, "success", STS_REPORT_COUNT_MAX);
	/* Without a summary it is the sum of the details. */
	check_count(policy, "failure", (n + 1) * STS_REPORT_COUNT_MAX);
	CHECK(json_is_array(failures) && n <= STS_REPORT_FAILURES_MAX + 1);
	for (int64_t i = 0; i < n; i++) {
		const json_t *failure = json_array_get(failures, (size_t)i);

		check_count(failure, "count", STS_REPORT_COUNT_MAX);
		check_text(failure, "result_type");
		check_text(failure, "receiving_mx");
		check_text(failure, "sending_ip");
		check_text(failure, "reason_code");
	}
}

static void
check_report(const json_t *report)
{
	const json_t *policies = json_object_get(report, "policies");
	int64_t begin = sts_js_time(report, "begin");

	check_text(report, "organization");
	check_text(report, "report_id");
	check_text(report, "contact");
	CHECK(begin >= 0 && sts_js_time(report, "end") >= begin);
	CHECK(json_is_array(json_object_get(report, "notes")));
	CHECK(json_is_array(policies));
	CHECK(json_array_size(policies) <= STS_REPORT_POLICIES_MAX);
	for (size_t i = 0; i < json_array_size(policies); i++)
		check_policy(json_array_get(policies, i));
}

/* The same parser reads the days of --since. */
static void
check_time(struct sts_slice text)
{
	int64_t wall = -7;
	enum sts_err err = sts_reporttime_parse(text, &wall, NULL);

	CHECK((err == STS_OK) == (wall != -7));
	CHECK(err != STS_OK || wall >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice text = sts_slice(data, n);
	char why[STS_REPORT_WHY] = "";
	json_t *json, *report;

	check_time(text);
	if (sts_reportread_text(text, why, &json) != STS_OK) {
		check_printable(why);
		return 0;
	}
	if (sts_reportread(json, why, &report) == STS_OK) {
		check_report(report);
		json_decref(report);
	} else {
		check_printable(why);
	}
	json_decref(json);
	return 0;
}
