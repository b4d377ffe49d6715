/*
 * `report show` without memory: the object that all views are made of is whole,
 * or there is none.
 */
#include "sts/prog/reportadvice.h"
#include "sts/prog/reportread.h"
#include "sts/prog/reportset.h"
#include "sts/prog/reportsummary.h"
#include "sts/report/jsontext.h"

#include "../starve.h"
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const int64_t now = 1795348800; /* 2026-11-22T12:00:00Z */

/* Two reports, one of them twice; what real senders do otherwise; a broken one.
 */
static const char text[] =
    "[{\"organization-name\":\"A\",\"report-id\":\"1\",\"date-range\":"
    "{\"start-datetime\":\"2026-11-15\",\"end-datetime\":\"2026-11-15\"},"
    "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
    "\"a.example\",\"policy-string\":\"version: STSv1\\nmode: enforce\","
    "\"mx-host\":[\"mx.a.example\"]},\"summary\":{"
    "\"total-successful-session-count\":\"5\","
    "\"total-failure-session-count\":4},\"failure-details\":["
    "{\"result-type\":\"certificate-expired\",\"receiving-mx-hostname\":"
    "\"mx.a.example\",\"failed-session-count\":1},"
    "{\"result-type\":\"sts-webpki-invalid\",\"failure-reason-code\":\"x\","
    "\"failed-session-count\":1},"
    "{\"result-type\":\"odd\",\"failed-session-count\":1}]}]},"
    "{\"organization-name\":\"A\",\"report-id\":\"1\",\"date-range\":"
    "{\"start-datetime\":\"2026-11-15\",\"end-datetime\":\"2026-11-15\"},"
    "\"policies\":[]},"
    "{\"date-range\":{\"start-datetime\":1,\"end-datetime\":2},"
    "\"policies\":null},"
    "{\"policies\":[]}]";

struct wanted {
	json_t *in; /* parsed before: jansson loses texts without memory */
	char *line;
};

/* STS_E_NOMEM, or the set has what came of it. */
static enum sts_err
gather(struct sts_reportset *set, const json_t *in)
{
	enum sts_err err = STS_OK;
	char why[STS_REPORT_WHY];
	json_t *report;

	sts_reportset_file(set, "file\xff");
	for (size_t i = 0; i < json_array_size(in) && err != STS_E_NOMEM; i++) {
		err = sts_reportread(json_array_get(in, i), why, &report);
		if (err == STS_OK)
			sts_reportset_report(set, report);
		else if (err != STS_E_NOMEM)
			sts_reportset_broken(set, why);
	}
	return err == STS_E_NOMEM ? err : sts_reportset_finish(set);
}

/* The whole as a line of text; NULL without memory. */
static char *
make(const json_t *in)
{
	static const struct sts_reportset_filter all = { NULL, 0, INT64_MAX };
	struct sts_reportset *set = NULL;
	char *line = NULL;

	if (sts_reportset_new(&all, &set) != STS_OK)
		return NULL;
	if (gather(set, in) == STS_OK &&
	    sts_reportsummary_add(
		sts_reportset_json(set), STS_REPORTSORT_FAILURES) == STS_OK &&
	    sts_reportadvice_add(sts_reportset_json(set), now) == STS_OK)
		line = sts_json_text(sts_reportset_json(set));
	sts_reportset_free(set);
	return line;
}

static bool
attempt(void *cookie)
{
	const struct wanted *wanted = cookie;
	char *line = make(wanted->in);

	if (line == NULL)
		return false;
	assert_string_equal(line, wanted->line);
	free(line);
	return true;
}

static void
test_whole_or_nothing(void **state)
{
	struct wanted wanted = { .in = json_loads(text, 0, NULL) };

	(void)state;
	assert_non_null(wanted.in);
	wanted.line = make(wanted.in);
	assert_non_null(wanted.line);
	assert_non_null(strstr(wanted.line, "\"reports\":2"));
	assert_non_null(strstr(wanted.line, "\"file\":\"file\\\\xff\""));
	assert_non_null(strstr(wanted.line, "The owner of a.example"));
	assert_true(starve(attempt, &wanted) > 100);
	free(wanted.line);
	json_decref(wanted.in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_or_nothing),
	};

	json_set_alloc_funcs(starve_malloc, free);
	json_object_seed(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
