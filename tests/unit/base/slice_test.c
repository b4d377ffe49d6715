/*
 * Slices: comparing, trimming, cutting and copying.
 */
#include "sts/base/slice.h"

#include "test.h"

static void
test_compare(void **state)
{
	struct sts_slice none = { NULL, 0 };

	(void)state;
	assert_true(sts_slice_eq(STS_LIT("a"), STS_LIT("a")));
	assert_true(sts_slice_eq(none, STS_LIT("")));
	assert_false(sts_slice_eq(STS_LIT("a"), STS_LIT("A")));
	assert_false(sts_slice_eq(STS_LIT("a\0b"), STS_LIT("a\0c")));
	assert_false(sts_slice_eq(STS_LIT("a"), STS_LIT("ab")));
	assert_true(sts_slice_eq_nocase(STS_LIT("aZ-9"), STS_LIT("Az-9")));
	assert_false(sts_slice_eq_nocase(STS_LIT("@"), STS_LIT("`")));
	assert_false(sts_slice_eq_nocase(STS_LIT("["), STS_LIT("{")));
	assert_false(sts_slice_eq_nocase(STS_LIT("\xc4"), STS_LIT("\xe4")));
	assert_false(sts_slice_eq_nocase(STS_LIT("ab"), STS_LIT("a")));
	assert_true(sts_slice_starts(STS_LIT("abc"), STS_LIT("ab")));
	assert_true(sts_slice_starts(STS_LIT("abc"), none));
	assert_false(sts_slice_starts(STS_LIT("a"), STS_LIT("ab")));
	assert_false(sts_slice_starts(none, STS_LIT("a")));
	assert_int_equal(sts_slice_str(NULL).n, 0);
}

static void
test_trim(void **state)
{
	static const struct {
		struct sts_slice in, out;
	} rows[] = {
		{ STS_LIT(""), STS_LIT("") },
		{ STS_LIT(" \t "), STS_LIT("") },
		{ STS_LIT("a"), STS_LIT("a") },
		{ STS_LIT(" \ta b\t "), STS_LIT("a b") },
		{ STS_LIT("\na\r"), STS_LIT("\na\r") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(
		    sts_slice_eq(sts_slice_trim(rows[i].in), rows[i].out));
}

static void
test_cut(void **state)
{
	struct sts_slice rest = STS_LIT("a;;b"), part;

	(void)state;
	assert_true(sts_slice_cut(&rest, ';', &part));
	assert_true(sts_slice_eq(part, STS_LIT("a")));
	assert_true(sts_slice_cut(&rest, ';', &part));
	assert_int_equal(part.n, 0);
	assert_false(sts_slice_cut(&rest, ';', &part));
	assert_true(sts_slice_eq(part, STS_LIT("b")));
	assert_int_equal(rest.n, 0);
	assert_false(sts_slice_cut(&rest, ';', &part));
	assert_int_equal(part.n, 0);
	rest = STS_LIT("x;");
	assert_true(sts_slice_cut(&rest, ';', &part));
	assert_int_equal(rest.n, 0);
}

static void
test_copy(void **state)
{
	char dst[4] = "old";

	(void)state;
	assert_int_equal(
	    sts_slice_copy(STS_LIT("four"), dst, sizeof(dst)), STS_E_LIMIT);
	assert_int_equal(
	    sts_slice_copy(STS_LIT("a\0b"), dst, sizeof(dst)), STS_E_SYNTAX);
	assert_string_equal(dst, "old");
	assert_int_equal(
	    sts_slice_copy(STS_LIT("new"), dst, sizeof(dst)), STS_OK);
	assert_string_equal(dst, "new");
	assert_int_equal(
	    sts_slice_copy(sts_slice(NULL, 0), dst, sizeof(dst)), STS_OK);
	assert_string_equal(dst, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
