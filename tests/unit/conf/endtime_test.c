/*
 * When an exception ends.
 */
#include "sts/conf/endtime.h"

#include "test.h"

#define DAY_2027 INT64_C(1798761600) /* 2027-01-01T00:00:00Z */

static void
test_good(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "2026-12-31", DAY_2027 }, /* the whole of that day counts */
		{ "2028-02-29", INT64_C(1835481600) },
		{ "1970-01-01", 86400 },
		{ "9999-12-31", INT64_C(253402300800) },
		{ "2026-12-31T18:00:00Z", DAY_2027 - 6 * 3600 },
		{ "2026-12-31T23:59:59Z", DAY_2027 - 1 },
		{ "2027-01-01T00:00:00Z", DAY_2027 },
		{ "2027-01-01T02:00:00+02:00", DAY_2027 },
		{ "2026-12-31T18:30:00-05:30", DAY_2027 },
		{ "2027-01-01T00:00:00-00:00", DAY_2027 },
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		t = -1;
		if (sts_end_time_parse(sts_slice_str(rows[i].text), &t) !=
			STS_OK ||
		    t != rows[i].t)
			fail_msg("%s: %lld", rows[i].text, (long long)t);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *text;
		enum sts_err err;
	} rows[] = {
		{ "", STS_E_SYNTAX },
		{ "2026", STS_E_SYNTAX },
		{ "2026-12", STS_E_SYNTAX },
		{ "2026-1-1", STS_E_SYNTAX },
		{ "2026/12/31", STS_E_SYNTAX },
		{ "31.12.2026", STS_E_SYNTAX },
		{ "2026-12-31 ", STS_E_SYNTAX },
		{ "2026-12-31T18:00Z", STS_E_SYNTAX },
		{ "2026-12-31 18:00:00Z", STS_E_SYNTAX },
		{ "2026-12-31T18:00:00", STS_E_SYNTAX },
		{ "2026-12-31T18:00:00z", STS_E_SYNTAX },
		{ "2026-12-31T18:00:00.5Z", STS_E_SYNTAX },
		{ "2026-12-31T18:00:00+0200", STS_E_SYNTAX },
		{ "tomorrow", STS_E_SYNTAX },
		{ "2026-02-29", STS_E_RANGE },
		{ "2026-02-30", STS_E_RANGE },
		{ "2026-04-31", STS_E_RANGE },
		{ "2026-00-10", STS_E_RANGE },
		{ "2026-13-01", STS_E_RANGE },
		{ "2026-12-00", STS_E_RANGE },
		{ "2026-12-32", STS_E_RANGE },
		{ "1969-12-31", STS_E_RANGE },
		{ "0000-00-00", STS_E_RANGE },
		{ "1970-01-01T00:00:00Z", STS_E_RANGE },
		{ "1970-01-01T00:00:00+01:00", STS_E_RANGE },
		{ "2026-12-31T24:00:00Z", STS_E_RANGE },
		{ "2026-12-31T23:60:00Z", STS_E_RANGE },
		{ "2026-12-31T23:59:60Z", STS_E_RANGE },
		{ "2026-12-31T23:59:00+24:00", STS_E_RANGE },
	};
	int64_t t = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (sts_end_time_parse(sts_slice_str(rows[i].text), &t) !=
		    rows[i].err)
			fail_msg("%s", rows[i].text);
	assert_int_equal(t, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
