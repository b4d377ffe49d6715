/* core/milterwire.c */
#include "sts/core/milterwire.h"

#include "test.h"

#include <libmilter/mfdef.h>

static struct sts_slice
bytes(const char *p, size_t n)
{
	return sts_slice(p, n);
}
#define BYTES(s) bytes((s), sizeof(s) - 1)

static void
packets_are_read_one_by_one(void **state)
{
	struct sts_slice in = BYTES("\0\0\0\1A\0\0\0\4Rab\0\0\0\0\1Qrest");
	struct sts_milterwire_packet p;

	(void)state;
	assert_int_equal(sts_milterwire_read(&in, &p), STS_OK);
	assert_int_equal(p.letter, 'A');
	assert_int_equal(p.body.n, 0);
	assert_int_equal(sts_milterwire_read(&in, &p), STS_OK);
	assert_int_equal(p.letter, 'R');
	assert_true(sts_slice_eq(p.body, BYTES("ab\0")));
	assert_int_equal(sts_milterwire_read(&in, &p), STS_OK);
	assert_int_equal(p.letter, 'Q');
	assert_true(sts_slice_eq(in, STS_LIT("rest")));
}

static void
what_is_not_whole_is_left_alone(void **state)
{
	static const char whole[] = "\0\0\0\3Mx";
	struct sts_milterwire_packet p = { .letter = '?' };

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		struct sts_slice in = bytes(whole, n);

		assert_int_equal(
		    sts_milterwire_read(&in, &p), n < 7 ? STS_E_AGAIN : STS_OK);
		assert_int_equal(in.n, n < 7 ? n : 0);
		assert_int_equal(p.letter, n < 7 ? '?' : 'M');
	}
}

static void
lengths_have_a_cap(void **state)
{
	static const struct {
		struct sts_slice in;
		enum sts_err err;
	} rows[] = {
		{ { "\0\0\0\0M", 5 }, STS_E_SYNTAX },
		{ { "\0\2\0\0M", 5 }, STS_E_AGAIN },
		{ { "\0\2\0\1", 4 }, STS_E_LIMIT },
		{ { "\xff\xff\xff\xff", 4 }, STS_E_LIMIT },
		{ { "\x80\0\0\0", 4 }, STS_E_LIMIT },
		{ { "GET ", 4 }, STS_E_LIMIT },
	};
	struct sts_milterwire_packet p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_slice in = rows[i].in;

		assert_int_equal(sts_milterwire_read(&in, &p), rows[i].err);
		assert_int_equal(in.n, rows[i].in.n);
	}
}

static void
options(void **state)
{
	struct sts_milterwire_options o = { 9, 9, 9 };

	(void)state;
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(
		    sts_milterwire_options(
			bytes("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff", n), &o),
		    STS_E_SYNTAX);
	assert_int_equal(o.version, 9);
	assert_int_equal(
	    sts_milterwire_options(BYTES("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"
					 "more"),
		&o),
	    STS_OK);
	assert_int_equal(o.version, 6);
	assert_int_equal(o.actions, 0x1ff);
	assert_int_equal(o.steps, 0x1fffff);
}

static void
texts_need_their_nul(void **state)
{
	struct sts_slice in = BYTES("one\0\0two");

	(void)state;
	assert_string_equal(sts_milterwire_text(&in), "one");
	assert_string_equal(sts_milterwire_text(&in), "");
	assert_null(sts_milterwire_text(&in));
	assert_true(sts_slice_eq(in, STS_LIT("two")));
	in = sts_slice(NULL, 0);
	assert_null(sts_milterwire_text(&in));
}

static void
macros(void **state)
{
	struct sts_slice pairs =
	    BYTES("i\0QID\0{rcpt_host}\0x.example.\0{}\0e\0{\0o\0lone\0");

	(void)state;
	assert_string_equal(sts_milterwire_macro(pairs, "i"), "QID");
	assert_string_equal(
	    sts_milterwire_macro(pairs, "rcpt_host"), "x.example.");
	assert_string_equal(sts_milterwire_macro(pairs, ""), "e");
	assert_null(sts_milterwire_macro(pairs, "rcpt_hos"));
	assert_null(sts_milterwire_macro(pairs, "QID"));
	assert_null(sts_milterwire_macro(pairs, "lone"));
	assert_null(sts_milterwire_macro(BYTES("i\0no"), "i"));
	assert_string_equal(
	    sts_milterwire_macro(BYTES("{i}\0QID\0"), "i"), "QID");
}

static void
what_is_written(void **state)
{
	static const struct sts_milterwire_options o = { 6, 0x31, 0x40193 };
	static const struct sts_milterwire_list lists[] = { { 3, "i" } };
	static const char all[] =
	    "\0\0\0\1c"
	    "\0\0\0\x13O\0\0\0\6\0\0\0\x31\0\4\1\x93\0\0\0\3i\0"
	    "\0\0\0\x14y451 4.7.5 50%% off\0"
	    "\0\0\0\x0am\0\0\0\2X-A\0\0"
	    "\0\0\0\x0bi\0\0\0\0X-A\0v\0"
	    "\0\0\0\6qwhy?\0";
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 1000);
	sts_milterwire_add(&b, SMFIR_CONTINUE, STS_LIT(""));
	sts_milterwire_add_options(&b, &o, lists, 1);
	sts_milterwire_add_reply(&b, "451", "4.7.5", "50% off");
	sts_milterwire_add_header(&b, SMFIR_CHGHEADER, 2, "X-A", "");
	sts_milterwire_add_header(&b, SMFIR_INSHEADER, 0, "X-A", "v");
	sts_milterwire_add_quarantine(&b, "why?");
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_int_equal(b.n, sizeof(all) - 1);
	assert_memory_equal(b.p, all, b.n);
	sts_buf_deinit(&b);
}

static void
a_full_buffer_says_so(void **state)
{
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 8);
	sts_milterwire_add_quarantine(&b, "longer than that");
	assert_int_equal(sts_buf_err(&b), STS_E_LIMIT);
	sts_buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_read_one_by_one),
		cmocka_unit_test(what_is_not_whole_is_left_alone),
		cmocka_unit_test(lengths_have_a_cap),
		cmocka_unit_test(options),
		cmocka_unit_test(texts_need_their_nul),
		cmocka_unit_test(macros),
		cmocka_unit_test(what_is_written),
		cmocka_unit_test(a_full_buffer_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
