/*
 * Buffers: their cap, the failure they remember, and what they hand over.
 */
#include "sts/base/buf.h"

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void
test_append(void **state)
{
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 1000);
	assert_string_equal(sts_buf_cstr(&b), "");
	sts_buf_str(&b, "one");
	sts_buf_char(&b, ' ');
	sts_buf_slice(&b, STS_LIT("two"));
	sts_buf_slice(&b, sts_slice(NULL, 0));
	sts_buf_printf(&b, " %d %s", 3, "four");
	assert_string_equal(sts_buf_cstr(&b), "one two 3 four");
	sts_buf_drop(&b, 4);
	assert_string_equal(sts_buf_cstr(&b), "two 3 four");
	sts_buf_drop(&b, 100);
	assert_int_equal(b.n, 0);
	assert_string_equal(sts_buf_cstr(&b), "");
	sts_buf_deinit(&b);
}

static void
test_cap(void **state)
{
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 5);
	sts_buf_str(&b, "12345");
	assert_int_equal(sts_buf_err(&b), STS_OK);
	sts_buf_char(&b, '6');
	assert_int_equal(sts_buf_err(&b), STS_E_LIMIT);
	sts_buf_str(&b, "");
	assert_string_equal(sts_buf_cstr(&b), "12345");
	assert_null(sts_buf_take(&b));
	sts_buf_clear(&b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	sts_buf_printf(&b, "%s", "123456");
	assert_int_equal(sts_buf_err(&b), STS_E_LIMIT);
	assert_string_equal(sts_buf_cstr(&b), "");
	/* After a failure nothing is added, even where it would fit. */
	sts_buf_str(&b, "1");
	assert_string_equal(sts_buf_cstr(&b), "");
	sts_buf_deinit(&b);
}

static void
test_grows(void **state)
{
	enum { N = 100000 };
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, N);
	for (size_t i = 0; i < N; i++)
		sts_buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_int_equal(b.n, N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	sts_buf_deinit(&b);
	assert_int_equal(b.cap, N);
}

static void
test_take(void **state)
{
	struct sts_buf b;
	char *p;

	(void)state;
	sts_buf_init(&b, 10);
	p = sts_buf_take(&b);
	assert_string_equal(p, "");
	free(p);
	sts_buf_str(&b, "text");
	p = sts_buf_take(&b);
	assert_string_equal(p, "text");
	free(p);
	assert_int_equal(b.n, 0);
	sts_buf_str(&b, "again");
	assert_true(sts_slice_eq(sts_buf_view(&b), STS_LIT("again")));
	sts_buf_deinit(&b);
}

/* To the end, and no further than the cap. */
static void
test_read(void **state)
{
	struct sts_buf b;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "one two", 7), 7);
	assert_int_equal(close(fds[1]), 0);
	sts_buf_init(&b, 7);
	assert_int_equal(sts_buf_read(&b, fds[0]), STS_OK);
	assert_string_equal(sts_buf_cstr(&b), "one two");
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(sts_buf_read(&b, fds[0]), STS_E_IO);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "!", 1), 1);
	assert_int_equal(sts_buf_read(&b, fds[0]), STS_E_LIMIT);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
	sts_buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
