/*
 * TXT record sets and what RFC 8461 section 3.1 makes of them (rules.md rows 8
 * to 14).
 */
#include "sts/core/txt.h"

#include "test.h"

#define X32 "abcdefghijklmnopqrstuvwxyz012345"

enum { RECORDS_MAX = 4 };

#define OK STS_TXT_FOUND
#define NO STS_TXT_NONE
#define TWO STS_TXT_MULTIPLE
#define BAD STS_TXT_INVALID
#define R(s) STS_LIT(s)
#define ROW(status, id, ...)                                                   \
	{                                                                      \
		(status), (id),                                                \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

/* A set ends at the first empty record that is not written: `p` is NULL. */
static const struct row {
	enum sts_txt_status status;
	const char *id;
	struct sts_slice records[RECORDS_MAX];
} rows[] = {
	/* One record; the RFC's own example first. */
	ROW(OK, "20160831085700Z", R("v=STSv1; id=20160831085700Z;")),
	ROW(OK, "20160831085700Z", R("v=STSv1; id=20160831085700Z")),
	ROW(OK, "1", R("v=STSv1; id=1;")),
	ROW(OK, "a", R("v=STSv1;id=a")),
	ROW(OK, "Z", R("v=STSv1;id=Z;")),
	ROW(OK, "aAzZ09", R("v=STSv1;id=aAzZ09;")),
	ROW(OK, X32, R("v=STSv1; id=" X32 ";")),
	ROW(OK, "v", R("v=STSv1; id=v;")),
	ROW(OK, "STSv1", R("v=STSv1; id=STSv1;")),

	/* Row 12: white space around the semicolons. */
	ROW(OK, "1", R("v=STSv1;  id=1;")),
	ROW(OK, "1", R("v=STSv1 ; id=1;")),
	ROW(OK, "1", R("v=STSv1\t;\tid=1\t;\t")),
	ROW(OK, "1", R("v=STSv1 \t ; \t id=1 \t ; \t ")),
	ROW(OK, "1", R("v=STSv1;\tid=1;")),
	ROW(OK, "1", R("v=STSv1; id=1 ;")),
	ROW(OK, "1", R("v=STSv1; id=1; ")),
	ROW(OK, "1", R("v=STSv1; id=1 ; a=b ; ")),
	/* But not inside a field, nor after the last one without a semicolon.
	 */
	ROW(BAD, "", R("v=STSv1; id=1 ")),
	ROW(BAD, "", R("v=STSv1; id=1\t")),
	ROW(BAD, "", R("v=STSv1; id= 1;")),
	ROW(BAD, "", R("v=STSv1; id =1;")),
	ROW(BAD, "", R("v=STSv1; id = 1;")),
	ROW(BAD, "", R("v=STSv1; i d=1;")),
	ROW(BAD, "", R("v=STSv1; id=1 2;")),
	ROW(BAD, "", R("v=STSv1; id=1\n;")),
	ROW(BAD, "", R("v=STSv1;\nid=1;")),
	ROW(BAD, "", R("v=STSv1;\xc2\xa0id=1;")),

	/* Row 12: an empty field is not. */
	ROW(BAD, "", R("v=STSv1;; id=1;")),
	ROW(BAD, "", R("v=STSv1; ; id=1;")),
	ROW(BAD, "", R("v=STSv1; id=1;;")),
	ROW(BAD, "", R("v=STSv1; id=1; ;")),
	ROW(BAD, "", R("v=STSv1; id=1;; a=b")),
	ROW(BAD, "", R("v=STSv1;;")),

	/* Row 11: what does not begin with v=STSv1 as its whole first field. */
	ROW(NO, "", R("v=STSv10; id=1;")),
	ROW(NO, "", R("v=STSv1.1; id=1;")),
	ROW(NO, "", R("v=STSv2; id=1;")),
	ROW(NO, "", R("v=STSv; id=1;")),
	ROW(NO, "", R("v=STS1; id=1;")),
	ROW(NO, "", R("v=stsv1; id=1;")),
	ROW(NO, "", R("v=STSV1; id=1;")),
	ROW(NO, "", R("V=STSv1; id=1;")),
	ROW(NO, "", R("V=stsv1; id=1;")),
	ROW(NO, "", R("v = STSv1; id=1;")),
	ROW(NO, "", R("v =STSv1; id=1;")),
	ROW(NO, "", R("v= STSv1; id=1;")),
	ROW(NO, "", R(" v=STSv1; id=1;")),
	ROW(NO, "", R("\tv=STSv1; id=1;")),
	ROW(NO, "", R("\"v=STSv1; id=1;\"")),
	ROW(NO, "", R("id=1; v=STSv1;")),
	ROW(NO, "", R("; v=STSv1; id=1;")),
	ROW(NO, "", R("v=STSv1 id=1;")),
	ROW(NO, "", R("v=STSv1, id=1;")),
	ROW(NO, "", R("v=STSv1: id=1;")),
	ROW(NO, "", R("v=STSv1x; id=1")),
	ROW(NO, "", R("v=STSv1=; id=1")),
	ROW(NO, "", R("v:STSv1; id=1;")),
	ROW(NO, "", R("STSv1; id=1;")),
	ROW(NO, "", R("v=STSv1\0; id=1;")),
	ROW(NO, "", R("\0v=STSv1; id=1;")),
	ROW(NO, "", R("\xef\xbb\xbfv=STSv1; id=1;")),
	ROW(NO, "", R("v=TLSRPTv1; rua=mailto:a@example.com")),
	ROW(NO, "", R("v=spf1 -all")),
	ROW(NO, "", R("v")),
	ROW(NO, "", R("v=")),
	ROW(NO, "", R("v=STSv")),
	ROW(NO, "", R(";")),
	ROW(NO, "", R("")),
	{ NO, "", { { NULL, 0 } } },

	/* Row 13: the id. */
	ROW(BAD, "", R("v=STSv1")),
	ROW(BAD, "", R("v=STSv1;")),
	ROW(BAD, "", R("v=STSv1; ")),
	ROW(NO, "", R("v=STSv1 ")),
	ROW(BAD, "", R("v=STSv1; id;")),
	ROW(BAD, "", R("v=STSv1; id=;")),
	ROW(BAD, "", R("v=STSv1; id=")),
	ROW(BAD, "", R("v=STSv1; id=" X32 "6;")),
	ROW(BAD, "", R("v=STSv1; id=" X32 X32 ";")),
	ROW(BAD, "", R("v=STSv1; id=2026-01-01;")),
	ROW(BAD, "", R("v=STSv1; id=20260101T00:00;")),
	ROW(BAD, "", R("v=STSv1; id=1.0;")),
	ROW(BAD, "", R("v=STSv1; id=1_0;")),
	ROW(BAD, "", R("v=STSv1; id=\"1\";")),
	ROW(BAD, "", R("v=STSv1; id=1=2;")),
	ROW(BAD, "", R("v=STSv1; id==1;")),
	ROW(BAD, "", R("v=STSv1; id=+1;")),
	ROW(BAD, "", R("v=STSv1; id=1,2;")),
	ROW(BAD, "", R("v=STSv1; id=1\0;")),
	ROW(BAD, "", R("v=STSv1; id=\0;")),
	ROW(BAD, "", R("v=STSv1; id=1\x7f;")),
	ROW(BAD, "", R("v=STSv1; id=\xc3\xa4;")),
	ROW(BAD, "", R("v=STSv1; id=\xff;")),
	ROW(BAD, "", R("v=STSv1; id:1;")),
	ROW(BAD, "", R("v=STSv1; ID=1;")),
	ROW(BAD, "", R("v=STSv1; Id=1;")),
	ROW(BAD, "", R("v=STSv1; iD=1;")),
	ROW(BAD, "", R("v=STSv1; idx=1;")),
	ROW(BAD, "", R("v=STSv1; 1;")),
	ROW(BAD, "", R("v=STSv1; id=1 v=2;")),
	/* Of several the first counts. */
	ROW(OK, "1", R("v=STSv1; id=1; id=2;")),
	ROW(OK, "1", R("v=STSv1; id=1; id=1;")),
	ROW(OK, "1", R("v=STSv1; id=1; id=not-an-id;")),
	ROW(BAD, "", R("v=STSv1; id=not-an-id; id=1;")),
	ROW(BAD, "", R("v=STSv1; id=; id=1;")),
	ROW(BAD, "", R("v=STSv1; id=1; id=;")),
	ROW(OK, "1", R("v=STSv1; id=1; ID=2;")),
	ROW(OK, "2", R("v=STSv1; ID=1; id=2;")),

	/* Row 14: unknown fields, which must still be fields. */
	ROW(OK, "1", R("v=STSv1; id=1; foo=bar;")),
	ROW(OK, "1", R("v=STSv1; id=1; foo=bar")),
	ROW(OK, "1", R("v=STSv1; foo=bar; id=1;")),
	ROW(OK, "1", R("v=STSv1; foo=bar; id=1; baz=qux;")),
	ROW(OK, "1", R("v=STSv1; id=1; foo=1; foo=2;")),
	ROW(OK, "1", R("v=STSv1; id=1; v=STSv1;")),
	ROW(OK, "1", R("v=STSv1; id=1; v=STSv2;")),
	ROW(OK, "1", R("v=STSv1; id=1; a=!\"#$%&'()*+,-./:<>?@[\\]^_`{|}~;")),
	ROW(OK, "1", R("v=STSv1; id=1; url=https://example.com/a?b&c;")),
	ROW(OK, "1", R("v=STSv1; id=1; a.b-c_d=e;")),
	ROW(OK, "1", R("v=STSv1; id=1; 0=0;")),
	ROW(OK, "1", R("v=STSv1; id=1; A=b;")),
	ROW(OK, "1", R("v=STSv1; id=1; " X32 "=b;")),
	ROW(BAD, "", R("v=STSv1; id=1; " X32 "6=b;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=;")),
	ROW(BAD, "", R("v=STSv1; id=1; =bar;")),
	ROW(BAD, "", R("v=STSv1; id=1; =;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=a=b;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo==;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=a b;")),
	ROW(BAD, "", R("v=STSv1; id=1; f oo=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo =a;")),
	ROW(BAD, "", R("v=STSv1; id=1; -foo=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; _foo=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; .foo=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; f+o=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; f\xc3\xbc=a;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=\xc3\xbc;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=a\x01;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=a\0b;")),
	ROW(BAD, "", R("v=STSv1; id=1; foo=a\tb;")),
	ROW(BAD, "", R("v=STSv1; foo; id=1;")),
	ROW(BAD, "", R("v=STSv1; foo=bar;")),
	ROW(BAD, "", R("v=STSv1; id=1; more")),

	/* Row 8: one among others. */
	ROW(OK, "1", R("v=spf1 -all"), R("v=STSv1; id=1;")),
	ROW(OK, "1", R("v=STSv1; id=1;"), R("v=spf1 -all")),
	ROW(OK, "1", R(""), R("v=STSv1; id=1;"), R("hello")),
	ROW(OK, "1", R("v=STSv10; id=2;"), R("v=STSv1; id=1;")),
	ROW(OK, "1", R("v=STSv1; id=1;"), R("v=stsv1; id=2;")),
	ROW(OK, "1", R(" v=STSv1; id=2;"), R("v=STSv1; id=1;")),
	ROW(OK, "1", R("id=2; v=STSv1"), R("v=STSv1; id=1;")),
	ROW(OK, "1", R("v=STSv1; id=1;"), R("x v=STSv1; id=1;")),
	ROW(OK, "1", R("\xff\xfe"), R("a\0b"), R("v=STSv1; id=1;"), R(";")),
	ROW(BAD, "", R("v=spf1 -all"), R("v=STSv1;")),
	ROW(BAD, "", R("v=STSv1; id=-;"), R("v=spf1 -all")),
	ROW(NO, "", R("v=spf1 -all"), R("google-site-verification=x")),
	ROW(NO, "", R("v=stsv1; id=1"), R("v=STSv2; id=1"), R("id=1"), R("")),

	/* Row 9: more than one, whatever each is worth. */
	ROW(TWO, "", R("v=STSv1; id=1;"), R("v=STSv1; id=2;")),
	ROW(TWO, "", R("v=STSv1; id=1;"), R("v=STSv1; id=1;")),
	ROW(TWO, "", R("v=STSv1; id=1;"), R("v=STSv1")),
	ROW(TWO, "", R("v=STSv1;"), R("v=STSv1; id=1;")),
	ROW(TWO, "", R("v=STSv1; id=;"), R("v=STSv1; id=1;")),
	ROW(TWO, "", R("v=STSv1; id=-;"), R("v=STSv1; ;")),
	ROW(TWO, "", R("v=STSv1 ; id=1;"), R("v=STSv1; id=2;")),
	ROW(TWO, "", R("v=STSv1; id=1;"), R("v=spf1 -all"), R("v=STSv1; id=2")),
	ROW(TWO, "", R("a"), R("v=STSv1; id=1;"), R("b"), R("v=STSv1; id=2")),
	ROW(TWO, "", R("v=STSv1; id=1"), R("v=STSv1; id=2"),
	    R("v=STSv1; id=3")),
};

static bool
check_row(const struct row *row)
{
	struct sts_txt txt;
	size_t n = 0;

	while (n < RECORDS_MAX && row->records[n].p != NULL)
		n++;
	sts_txt_select(row->records, n, &txt);
	if (txt.status == row->status && strcmp(txt.id, row->id) == 0 &&
	    (txt.why[0] == '\0' || txt.status != STS_TXT_FOUND))
		return true;
	print_error("row %td, \"%s\": want %d \"%s\", got %d \"%s\": %s\n",
	    row - rows, n == 0 ? "" : row->records[0].p, row->status, row->id,
	    txt.status, txt.id, txt.why);
	return false;
}

static void
follows_the_table(void **state)
{
	size_t failed = 0;

	(void)state;
	assert_true(COUNT(rows) >= 150);
	for (size_t i = 0; i < COUNT(rows); i++)
		failed += check_row(&rows[i]) ? 0 : 1;
	assert_int_equal(failed, 0);
}

/* The order in which a resolver hands out records does not count. */
static void
asks_no_order(void **state)
{
	struct sts_slice set[] = { R("v=spf1 -all"), R("v=STSv1; id=1;"),
		R("v=STSv2; id=2;") };
	struct sts_txt txt;

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct sts_slice first = set[i % 2];

		set[i % 2] = set[i % 2 + 1];
		set[i % 2 + 1] = first;
		sts_txt_select(set, COUNT(set), &txt);
		assert_int_equal(txt.status, STS_TXT_FOUND);
		assert_string_equal(txt.id, "1");
	}
}

static void
says_why(void **state)
{
	static const struct {
		const char *record, *why;
	} cases[] = {
		{ "v=STSv1; id=1;", "" },
		{ "v=spf1 -all", "" },
		{ "v=stsv1; id=1;", "a record resembles one, but its first "
				    "field is not exactly "
				    "v=STSv1" },
		{ " v=STSv1; id=1;", "a record resembles one, but its first "
				     "field is not exactly "
				     "v=STSv1" },
		{ "v=STSv1;",
		    "the id is missing; write v=STSv1; id=...; with 1 to 32 "
		    "letters and digits" },
		{ "v=STSv1; id=;", "the id is empty; 1 to 32 letters and "
				   "digits are accepted" },
		{ "v=STSv1; id=a-b;",
		    "the id has a character that is neither a letter nor a "
		    "digit" },
		{ "v=STSv1; id=" X32 "6;",
		    "the id is longer than 32 characters" },
		{ "v=STSv1;; id=1;",
		    "there is nothing between two semicolons" },
		{ "v=STSv1; id=1; x;",
		    "a field is not of the form name=value" },
		{ "v=STSv1; id=1; ?=x;",
		    "a field's name is not 1 to 32 letters, digits, hyphens, "
		    "dots or underscores" },
		{ "v=STSv1; id=1; x=;",
		    "a field's value is empty or has a character that is not "
		    "accepted there" },
	};
	struct sts_txt txt;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_slice record = sts_slice_str(cases[i].record);

		sts_txt_select(&record, 1, &txt);
		assert_string_equal(txt.why, cases[i].why);
	}
	sts_txt_select(
	    (struct sts_slice[]){ R("v=STSv1; id=1"), R("v=STSv1; id=1") }, 2,
	    &txt);
	assert_string_equal(
	    txt.why, "more than one record begins with v=STSv1");
}

/* A near miss beside a good record is nobody's concern. */
static void
says_nothing_of_a_good_set(void **state)
{
	struct sts_txt txt;

	(void)state;
	sts_txt_select(
	    (struct sts_slice[]){ R("v=stsv1; id=2"), R("v=STSv1; id=1") }, 2,
	    &txt);
	assert_int_equal(txt.status, STS_TXT_FOUND);
	assert_string_equal(txt.why, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table),
		cmocka_unit_test(asks_no_order),
		cmocka_unit_test(says_why),
		cmocka_unit_test(says_nothing_of_a_good_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
