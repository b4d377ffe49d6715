/*
 * Which MX hosts a policy's patterns allow (RFC 8461 section 4.1, rules.md row
 * 47), and how patterns are read.
 */
#include "sts/core/mxmatch.h"

#include "test.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct row {
	const char *pattern, *host;
	bool match;
} rows[] = {
	/* The RFC's own words. */
	{ "*.example.com", "mx.example.com", true },
	{ "*.example.com", "example.com", false },
	{ "*.example.com", "a.b.example.com", false },
	{ "*.example.com", "notexample.com", false },
	{ "mail.example.com", "mail.example.com", true },

	/* An exact name: that one, whole. */
	{ "mail.example.com", "mail.example.co", false },
	{ "mail.example.com", "mail.example.comm", false },
	{ "mail.example.com", "mail.example.net", false },
	{ "mail.example.com", "mai.example.com", false },
	{ "mail.example.com", "ail.example.com", false },
	{ "mail.example.com", "xmail.example.com", false },
	{ "mail.example.com", "x.mail.example.com", false },
	{ "mail.example.com", ".mail.example.com", false },
	{ "mail.example.com", "mail-example-com", false },
	{ "mail.example.com", "mailxexamplexcom", false },
	{ "mail.example.com", "example.com", false },
	{ "mail.example.com", ".example.com", false },
	{ "mail.example.com", "com", false },
	{ "mail.example.com", "mail", false },
	{ "mail.example.com", "mail.example.com.example.com", false },
	{ "mail.example.com", "mail.example.com.evil.example", false },
	{ "mail.example.com", "evil.example/mail.example.com", false },
	{ "mail.example.com", "mail.example.com:25", false },
	{ "mail.example.com", "*.example.com", false },
	{ "mail.example.com", "*", false },
	{ "mail.example.com", "", false },
	{ "mail.example.com", ".", false },
	{ "example.com", "example.com", true },
	{ "example.com", "mx.example.com", false },
	{ "example.com", "notexample.com", false },
	{ "example.com", "com", false },
	{ "localhost", "localhost", true },
	{ "localhost", "localhost.example", false },
	{ "com", "com", true },
	{ "com", "example.com", false },
	{ "a", "a", true },
	{ "a", "b", false },
	{ "a", "aa", false },
	{ "aa", "a", false },

	/* Case does not count, on either side. */
	{ "mail.example.com", "MAIL.EXAMPLE.COM", true },
	{ "mail.example.com", "Mail.Example.Com", true },
	{ "MAIL.example.COM", "mail.EXAMPLE.com", true },
	{ "*.example.com", "MX.EXAMPLE.COM", true },
	{ "*.EXAMPLE.com", "mx.example.com", true },
	{ "*.example.com", "Mx.Example.cOm", true },
	{ "*.example.com", "EXAMPLE.COM", false },
	/* Only letters have a case: [ is not {, nor @ `. */
	{ "a[.example", "a{.example", false },
	{ "a@.example", "a`.example", false },
	{ "a\xc4.example", "a\xe4.example", false },

	/* One final dot of the host does not count. */
	{ "mail.example.com", "mail.example.com.", true },
	{ "mail.example.com", "MAIL.example.com.", true },
	{ "*.example.com", "mx.example.com.", true },
	{ "*.example.com", "example.com.", false },
	{ "*.example.com", "a.b.example.com.", false },
	{ "mail.example.com", "mail.example.com..", false },
	{ "*.example.com", "mx.example.com..", false },
	{ "localhost", "localhost.", true },

	/* A star is one label, whole and not empty. */
	{ "*.example.com", "a.example.com", true },
	{ "*.example.com", "1.example.com", true },
	{ "*.example.com", "-.example.com", true },
	{ "*.example.com", "mx-1.example.com", true },
	{ "*.example.com", "mx_1.example.com", true },
	{ "*.example.com", "xn--mller-kva.example.com", true },
	{ "*.example.com", L63 ".example.com", true },
	{ "*.example.com", "com.example.com", true },
	{ "*.example.com", "example.example.com", true },
	{ "*.example.com", "*.example.com", true },
	{ "*.example.com", ".example.com", false },
	{ "*.example.com", "..example.com", false },
	{ "*.example.com", "a..example.com", false },
	{ "*.example.com", ".a.example.com", false },
	{ "*.example.com", "a.b.c.example.com", false },
	{ "*.example.com", "*.*.example.com", false },
	{ "*.example.com", "example.com.example.com", false },
	{ "*.example.com", "mx.example.com.evil.example", false },
	{ "*.example.com", "mx.evil.example", false },
	{ "*.example.com", "mx-example.com", false },
	{ "*.example.com", "mxexample.com", false },
	{ "*.example.com", "xexample.com", false },
	{ "*.example.com", "mx.xexample.com", false },
	{ "*.example.com", "mx.example.org", false },
	{ "*.example.com", "mx.example.co", false },
	{ "*.example.com", "mx.example.comm", false },
	{ "*.example.com", "mx.example", false },
	{ "*.example.com", "mx.com", false },
	{ "*.example.com", "com", false },
	{ "*.example.com", "mx", false },
	{ "*.example.com", "", false },
	{ "*.example.com", ".", false },
	{ "*.example.com", "..", false },
	{ "*.example.com", "*", false },
	{ "*.example.com", "*.", false },

	/* The RFC's example policy: mail.example.com, *.example.net. */
	{ "*.example.net", "mx1.example.net", true },
	{ "*.example.net", "mx1.example.com", false },
	{ "*.example.net", "example.net", false },
	{ "*.example.net", "mx1.eu.example.net", false },

	/* Deep and shallow patterns. */
	{ "*.mail.example.com", "a.mail.example.com", true },
	{ "*.mail.example.com", "mail.example.com", false },
	{ "*.mail.example.com", "a.example.com", false },
	{ "*.mail.example.com", "a.b.mail.example.com", false },
	{ "*.mail.example.com", "a.xmail.example.com", false },
	{ "*.a.b.c.d.e", "x.a.b.c.d.e", true },
	{ "*.a.b.c.d.e", "a.b.c.d.e", false },
	{ "*.a.b.c.d.e", "x.b.c.d.e", false },
	{ "*.com", "example.com", true },
	{ "*.com", "mx.example.com", false },
	{ "*.com", "com", false },
	{ "*.com", ".com", false },
	{ "*.com", "com.com", true },
	{ "*.com", "example.net", false },

	/* Hosted mail, as policies of the big ones have it. */
	{ "*.mail.protection.outlook.com",
	    "example-com.mail.protection.outlook.com", true },
	{ "*.mail.protection.outlook.com", "mail.protection.outlook.com",
	    false },
	{ "*.mail.protection.outlook.com", "example.mail.eo.outlook.com",
	    false },
	{ "*.aspmx.l.google.com", "alt1.aspmx.l.google.com", true },
	{ "*.aspmx.l.google.com", "aspmx.l.google.com", false },
	{ "aspmx.l.google.com", "aspmx.l.google.com", true },
	{ "aspmx.l.google.com", "alt1.aspmx.l.google.com", false },
	{ "smtp.google.com", "smtp.google.com.", true },
	{ "*.google.com", "aspmx.l.google.com", false },
	{ "*.googlemail.com", "aspmx2.googlemail.com", true },
	{ "*.messagingengine.com", "in1-smtp.messagingengine.com", true },
	{ "*.messagingengine.com", "in1.smtp.messagingengine.com", false },

	/* A-labels are compared as they are; a U-label is another name. */
	{ "mx.xn--mller-kva.example", "mx.xn--mller-kva.example", true },
	{ "mx.xn--mller-kva.example", "mx.XN--MLLER-KVA.example", true },
	{ "*.xn--mller-kva.example", "mx.xn--mller-kva.example", true },
	{ "*.xn--mller-kva.example", "xn--mller-kva.example", false },
	{ "mx.xn--mller-kva.example", "mx.m\xc3\xbcller.example", false },
	{ "mx.xn--mller-kva.example", "mx.muller.example", false },
	{ "*.example.com", "m\xc3\xbc.example.com", true },

	/* What a parser would not let through matches nothing but itself. */
	{ "*", "example.com", false },
	{ "*", "com", false },
	{ "*", "", false },
	{ "*", "*", true },
	{ "*.", "com", false },
	{ "*.", "com.", false },
	{ "*.", "", false },
	{ "*.", ".", false },
	{ "*.", "*.", false },
	{ "", "example.com", false },
	{ "", "", false },
	{ "", ".", false },
	{ ".example.com", "mx.example.com", false },
	{ ".example.com", "example.com", false },
	{ "mx.*.com", "mx.example.com", false },
	{ "m*.example.com", "mx.example.com", false },
	{ "*x.example.com", "mx.example.com", false },
	{ "*example.com", "example.com", false },
	{ "*example.com", "mx.example.com", false },
	{ "**.example.com", "mx.example.com", false },
	{ "*.*.example.com", "a.b.example.com", false },
	{ "*.*.com", "mx.example.com", false },
	{ "example.com.", "example.com", false },
	{ "example.com.", "example.com.", false },
	{ "?x.example.com", "mx.example.com", false },
	{ "[a-z]x.example.com", "mx.example.com", false },

	/* Addresses are no host names: only the same text would match. */
	{ "*.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.10", false },
	{ "mail.example.com", "192.0.2.1", false },
	{ "*.example.com", "[192.0.2.1]", false },
	{ "*.example.com", "2001:db8::1", false },
};

static void
follows_the_table(void **state)
{
	size_t failed = 0;

	(void)state;
	assert_true(COUNT(rows) >= 150);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		if (sts_mx_match(sts_slice_str(row->pattern),
			sts_slice_str(row->host)) == row->match)
			continue;
		print_error("\"%s\" and \"%s\": want %d\n", row->pattern,
		    row->host, row->match);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* A NUL is a byte like any other and ends nothing. */
static void
sees_all_bytes(void **state)
{
	(void)state;
	assert_false(sts_mx_match(
	    STS_LIT("mail.example"), STS_LIT("mail.example\0.evil.example")));
	assert_false(
	    sts_mx_match(STS_LIT("mail.example"), STS_LIT("mail.example\0")));
	assert_false(
	    sts_mx_match(STS_LIT("*.example"), STS_LIT("a\0.example.evil")));
	assert_false(
	    sts_mx_match(STS_LIT("*.example"), STS_LIT("a.example\0")));
}

static void
policy_allows_what_one_pattern_does(void **state)
{
	static const char *const patterns[] = { "mail.example.com",
		"*.example.net", "backupmx.example.com" };
	const struct sts_policy policy = { .mode = STS_MODE_ENFORCE,
		.n_mx = COUNT(patterns),
		.mx = patterns };
	const struct sts_policy none = { .mode = STS_MODE_NONE };
	static const struct {
		const char *host;
		bool allowed;
	} cases[] = {
		{ "mail.example.com", true },
		{ "backupmx.example.com", true },
		{ "a.example.net", true },
		{ "example.net", false },
		{ "example.com", false },
		{ "mail2.example.com", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_slice host = sts_slice_str(cases[i].host);

		assert_int_equal(
		    sts_policy_allows(&policy, host), cases[i].allowed);
		assert_false(sts_policy_allows(&none, host));
	}
}

static void
reads_patterns(void **state)
{
	static const struct {
		const char *text, *pattern;
	} cases[] = {
		{ "mail.example.com", "mail.example.com" },
		{ "Mail.Example.COM", "mail.example.com" },
		{ "*.Example.com", "*.example.com" },
		{ "*.com", "*.com" },
		{ "a", "a" },
		{ "xn--mller-kva.example", "xn--mller-kva.example" },
	};
	char pattern[STS_MX_PATTERN_SIZE];
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    sts_mx_pattern_parse(
			sts_slice_str(cases[i].text), pattern, &why),
		    STS_OK);
		assert_string_equal(pattern, cases[i].pattern);
		assert_null(why);
	}
}

static void
refuses_patterns_with_a_reason(void **state)
{
	static const struct {
		struct sts_slice text;
		const char *part; /* of the reason */
	} cases[] = {
		{ STS_LIT(""), "no host name" },
		{ STS_LIT("*"), "star" },
		{ STS_LIT("*."), "no host name" },
		{ STS_LIT("*.*.example"), "star" },
		{ STS_LIT("a*.example"), "star" },
		{ STS_LIT(".example"), "begins with a dot" },
		{ STS_LIT("*..example"), "begins with a dot" },
		{ STS_LIT("a.example."), "ends in a dot" },
		{ STS_LIT("a..example"), "no host name" },
		{ STS_LIT("192.0.2.1"), "IP address" },
		{ STS_LIT("*.192.0.2.1"), "IP address" },
		{ STS_LIT("[192.0.2.1]"), "IP address" },
		{ STS_LIT("2001:db8::1"), "IP address" },
		{ STS_LIT("192.0.2"), "no host name" },
		{ STS_LIT("a.example b.example"), "more than one" },
		{ STS_LIT("a.example,b.example"), "more than one" },
		{ STS_LIT("-a.example"), "hyphen" },
		{ STS_LIT("a-.example"), "hyphen" },
		{ STS_LIT("a.-example"), "hyphen" },
		{ STS_LIT("a.example-"), "hyphen" },
		{ STS_LIT("\xc3\xa4.example"), "A-label" },
		{ STS_LIT("a\0.example"), "no host name" },
		{ STS_LIT("a:25"), "no host name" },
		{ STS_LIT("a" L63 ".example"), "no host name" },
	};
	char pattern[STS_MX_PATTERN_SIZE] = "untouched";
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		why = "";
		assert_int_equal(
		    sts_mx_pattern_parse(cases[i].text, pattern, &why),
		    STS_E_SYNTAX);
		if (strstr(why, cases[i].part) == NULL)
			fail_msg("%s: %s", cases[i].text.p, why);
		assert_string_equal(pattern, "untouched");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table),
		cmocka_unit_test(sees_all_bytes),
		cmocka_unit_test(policy_allows_what_one_pattern_does),
		cmocka_unit_test(reads_patterns),
		cmocka_unit_test(refuses_patterns_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
