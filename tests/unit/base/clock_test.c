/*
 * Times as text, and that the system's clock runs forward.
 */
#include "sts/base/clock.h"
#include "sts/base/err.h"

#include "test.h"

static void
test_rfc3339(void **state)
{
	static const struct {
		int64_t t;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1767225599, "2025-12-31T23:59:59Z" },
		{ 1709164800, "2024-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ -1, "1970-01-01T00:00:00Z" },
		{ INT64_MIN, "1970-01-01T00:00:00Z" },
	};
	char dst[STS_TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
		    sts_time_rfc3339(rows[i].t, dst), rows[i].text);
}

static void
test_system(void **state)
{
	int64_t wall = sts_wall_s(&sts_clock_system);
	int64_t mono = sts_mono_ms(&sts_clock_system);

	(void)state;
	assert_true(wall > 1700000000);
	assert_true(sts_mono_ms(&sts_clock_system) >= mono);
}

static void
test_error_texts(void **state)
{
	(void)state;
	for (int i = STS_OK; i <= STS_E_INTERNAL; i++) {
		assert_non_null(sts_err_text((enum sts_err)i));
		assert_string_not_equal(
		    sts_err_text((enum sts_err)i), "unknown error");
	}
	assert_string_equal(sts_err_text((enum sts_err)9999), "unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_error_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
