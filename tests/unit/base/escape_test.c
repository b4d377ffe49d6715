/*
 * Escaping: what stays, what is escaped, and where a text is cut.
 */
#include "sts/base/escape.h"

#include "test.h"

#include <stdlib.h>

static const struct row {
	struct sts_slice in;
	size_t max;
	const char *out;
} rows[] = {
	{ STS_LIT(""), 10, "" },
	{ STS_LIT("plain text ~!"), 100, "plain text ~!" },
	{ STS_LIT("a\\b"), 100, "a\\\\b" },
	{ STS_LIT("a\r\nb\tc"), 100, "a\\x0d\\x0ab\\x09c" },
	{ STS_LIT("nul\0 del\x7f"), 100, "nul\\x00 del\\x7f" },
	{ STS_LIT("\x1b[31m"), 100, "\\x1b[31m" },
	{ STS_LIT("\xc3\xa4"), 100, "\\xc3\\xa4" },
	{ STS_LIT("\xe2\x80\xae"), 100, "\\xe2\\x80\\xae" },
	/* What fits exactly is not cut. */
	{ STS_LIT("abcdef"), 6, "abcdef" },
	{ STS_LIT("abcdefg"), 6, "abc..." },
	{ STS_LIT("\n\n"), 8, "\\x0a\\x0a" },
	/* No escape is cut in two. */
	{ STS_LIT("\n\n"), 7, "\\x0a..." },
	{ STS_LIT("ab\nxyz"), 6, "ab..." },
	{ STS_LIT("ab\\\\\\"), 7, "ab\\\\..." },
	{ STS_LIT("ab\\\\\\"), 6, "ab..." },
	/* No room for anything else. */
	{ STS_LIT("abcd"), 3, "..." },
	{ STS_LIT("abcd"), 2, ".." },
	{ STS_LIT("abcd"), 0, "" },
};

static void
test_rows(void **state)
{
	struct sts_buf b;
	char dst[128];

	(void)state;
	sts_buf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		sts_buf_clear(&b);
		sts_escape(&b, rows[i].in, rows[i].max);
		assert_int_equal(sts_buf_err(&b), STS_OK);
		assert_string_equal(sts_buf_cstr(&b), rows[i].out);
		if (rows[i].max < 3)
			continue;
		assert_ptr_equal(
		    sts_escape_to(dst, rows[i].max + 1, rows[i].in), dst);
		assert_string_equal(dst, rows[i].out);
	}
	sts_buf_deinit(&b);
}

/* Nothing but printable ASCII comes out, whatever goes in and wherever it is
 * cut, and nothing is written past the end. */
static void
test_every_byte(void **state)
{
	char in[256], *dst;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)i;
	for (size_t size = 4; size < 1100; size++) {
		dst = malloc(size); /* so that ASan sees an overrun */
		assert_non_null(dst);
		(void)sts_escape_to(dst, size, sts_slice(in, sizeof(in)));
		assert_true(strlen(dst) < size);
		for (const char *c = dst; *c != '\0'; c++)
			assert_true(*c >= ' ' && *c <= '~');
		free(dst);
	}
}

/* A buffer that is too small stays in error and never holds half an escape. */
static void
test_small_buffer(void **state)
{
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 6);
	sts_escape(&b, STS_LIT("\n\n"), 100);
	assert_int_equal(sts_buf_err(&b), STS_E_LIMIT);
	assert_string_equal(sts_buf_cstr(&b), "\\x0a");
	sts_buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
