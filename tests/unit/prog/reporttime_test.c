/* The times of TLS reports: RFC 3339, what senders make of it, and nonsense. */
#include "sts/prog/reporttime.h"

#include "sts/base/clock.h"
#include "test.h"

struct row {
	const char *text;
	const char *wall; /* as RFC 3339 in UTC; NULL: refused */
};

static const struct row rows[] = {
	{ "2026-11-15T00:00:00Z", "2026-11-15T00:00:00Z" },
	{ "2026-11-15t23:59:59z", "2026-11-15T23:59:59Z" },
	{ " 2026-11-15T23:59:59Z ", "2026-11-15T23:59:59Z" },
	{ "2026-11-15T00:00:00.123456Z", "2026-11-15T00:00:00Z" },
	{ "2026-11-15T01:00:00+01:00", "2026-11-15T00:00:00Z" },
	{ "2026-11-14T19:30:00-0430", "2026-11-15T00:00:00Z" },
	{ "2026-11-15T00:00:00-00:00", "2026-11-15T00:00:00Z" },
	{ "2026-11-15T00:00:00", "2026-11-15T00:00:00Z" },
	{ "2026-11-15 00:00:00Z", "2026-11-15T00:00:00Z" },
	{ "2026-11-15T00:00Z", "2026-11-15T00:00:00Z" },
	{ "2026-11-15", "2026-11-15T00:00:00Z" },
	{ "2024-02-29", "2024-02-29T00:00:00Z" },
	{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
	{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
	{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
	{ "", NULL },
	{ "soon", NULL },
	{ "2026", NULL },
	{ "2026-11", NULL },
	{ "2026-11-15T", NULL },
	{ "2026-11-15T00", NULL },
	{ "2026-11-15T00:00:00.Z", NULL },
	{ "2026-11-15T00:00:00Zulu", NULL },
	{ "2026-11-15T00:00:00+1", NULL },
	{ "2026-11-15T00:00:00+24:00", NULL },
	{ "2026-11-15T00:00:00+00:60", NULL },
	{ "2026-11-15T24:00:00Z", NULL },
	{ "2026-11-15T00:60:00Z", NULL },
	{ "2026-11-15T00:00:61Z", NULL },
	{ "2026-02-29", NULL },
	{ "2026-13-01", NULL },
	{ "2026-00-01", NULL },
	{ "2026-11-31", NULL },
	{ "1969-12-31T23:59:59Z", NULL },
	{ "1970-01-01T00:00:00+00:01", NULL },
	{ "10000-01-01", NULL },
	{ "+026-11-15", NULL },
	{ "2026-1-15", NULL },
	{ "15.11.2026", NULL },
};

static void
test_rows(void **state)
{
	char text[STS_TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t wall = -7;
		enum sts_err err = sts_reporttime_parse(
		    sts_slice_str(rows[i].text), &wall, NULL);

		if ((err == STS_OK) != (rows[i].wall != NULL))
			fail_msg("%s: %s", rows[i].text, sts_err_text(err));
		if (err == STS_OK)
			assert_string_equal(
			    sts_time_rfc3339(wall, text), rows[i].wall);
		else
			assert_int_equal(wall, -7);
	}
}

static void
test_date_only(void **state)
{
	bool date_only = false;
	int64_t wall;

	(void)state;
	assert_int_equal(
	    sts_reporttime_parse(STS_LIT("2026-11-15"), &wall, &date_only),
	    STS_OK);
	assert_true(date_only);
	assert_int_equal(sts_reporttime_parse(
			     STS_LIT("2026-11-15T00:00"), &wall, &date_only),
	    STS_OK);
	assert_false(date_only);
	assert_int_equal(
	    sts_reporttime_parse(sts_slice("2026-11-15\0Z", 12), &wall, NULL),
	    STS_E_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_date_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
