/* front/waiters.c */
#include "sts/front/waiters.h"

#include "test.h"

#include <string.h>

static unsigned n_lines;

static void
count_line(void *cookie, enum sts_log_level level, const char *line)
{
	(void)cookie;
	assert_int_equal(level, STS_LOG_WARNING);
	assert_string_equal(line, "too-many-waiting cap=4");
	n_lines++;
}

static void
the_cap_holds_and_is_told_once(void **state)
{
	struct sts_waiters w;
	struct sts_log *log;

	(void)state;
	assert_int_equal(
	    sts_log_new_sink(count_line, NULL, STS_LOG_INFO, &log), STS_OK);
	sts_waiters_init(&w, 4, log);
	for (int i = 0; i < 4; i++)
		assert_true(sts_waiters_enter(&w));
	assert_false(sts_waiters_enter(&w));
	assert_false(sts_waiters_enter(&w));
	assert_int_equal(sts_waiters_count(&w), 4);
	assert_int_equal(n_lines, 1);
	/* At the cap again: no news. */
	sts_waiters_leave(&w);
	assert_true(sts_waiters_enter(&w));
	assert_false(sts_waiters_enter(&w));
	assert_int_equal(n_lines, 1);
	/* After a calm time it is. */
	for (int i = 0; i < 4; i++)
		sts_waiters_leave(&w);
	for (int i = 0; i < 4; i++)
		assert_true(sts_waiters_enter(&w));
	assert_false(sts_waiters_enter(&w));
	assert_int_equal(n_lines, 2);
	sts_log_free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cap_holds_and_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
