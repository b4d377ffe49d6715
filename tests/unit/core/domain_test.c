/*
 * The policy domain of names, recipients and next hops (rules.md rows 1 to 5).
 */
#include "sts/core/domain.h"

#include "test.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"
#define N253                                                                   \
	L63 "." L63 "." L63 "." /* 192 */                                      \
	    "a234567890123456789012345678901234567890123456789012345678901"

#define LITERAL "[literal]"
#define LOCAL "[local]"
#define BAD NULL

struct row {
	struct sts_slice text;
	const char *want; /* the name, or one of the words above */
	bool bracketed; /* of next hops */
};
#define ROW(text, want)                                                        \
	{                                                                      \
		STS_LIT(text), (want), false                                   \
	}
#define BRACKETED(text, want)                                                  \
	{                                                                      \
		STS_LIT(text), (want), true                                    \
	}

static const char *
result(enum sts_err err, const struct sts_domain *domain)
{
	if (err != STS_OK) {
		assert_int_equal(err, STS_E_SYNTAX);
		return NULL;
	}
	switch (domain->kind) {
	case STS_DOMAIN_NAME:
		return domain->name;
	case STS_DOMAIN_LITERAL:
		assert_string_equal(domain->name, "");
		return LITERAL;
	case STS_DOMAIN_LOCAL:
		assert_string_equal(domain->name, "");
		return LOCAL;
	}
	return "";
}

static bool
is_wanted(const struct row *row, const char *got)
{
	if (got == NULL ? row->want == NULL
			: row->want != NULL && strcmp(got, row->want) == 0)
		return true;
	print_error("\"%s\": want %s, got %s\n", row->text.p,
	    row->want == NULL ? "an error" : row->want,
	    got == NULL ? "an error" : got);
	return false;
}

static const struct row names[] = {
	/* Row 1: lower case, no final dot. */
	ROW("example.com", "example.com"),
	ROW("Example.COM", "example.com"),
	ROW("Example.COM.", "example.com"),
	ROW("localhost", "localhost"),
	ROW("a", "a"),
	ROW("a.", "a"),
	ROW("1.example", "1.example"),
	ROW("1.2.3.4.example", "1.2.3.4.example"),
	ROW("_mta-sts.example.com", "_mta-sts.example.com"),
	ROW("a_b.example", "a_b.example"),
	ROW("-a-.example", "-a-.example"),
	ROW("a--b.example", "a--b.example"),
	ROW(L63 ".example", L63 ".example"),
	ROW("a" L63 ".example", BAD),
	ROW(N253, N253),
	ROW(N253 ".", N253),
	ROW("a" N253, BAD),
	ROW(N253 "a", BAD),
	ROW(N253 ".a", BAD),
	ROW(N253 "..", BAD),

	/* What is no name. */
	ROW("", BAD),
	ROW(".", BAD),
	ROW("..", BAD),
	ROW(".example.com", BAD),
	ROW("example..com", BAD),
	ROW("example.com..", BAD),
	ROW("exa mple.com", BAD),
	ROW(" example.com", BAD),
	ROW("example.com ", BAD),
	ROW("example.com\n", BAD),
	ROW("example.com\0", BAD),
	ROW("exam\0ple.com", BAD),
	ROW("\0", BAD),
	ROW("*.example.com", BAD),
	ROW("example.com:25", BAD),
	ROW("user@example.com", BAD),
	ROW("a,b", BAD),
	ROW("a/b", BAD),
	ROW("a\\b.example", BAD),
	ROW("\\097.example", BAD),
	ROW("a;b.example", BAD),
	ROW("\"a\".example", BAD),
	ROW("(a).example", BAD),
	ROW("<a.example>", BAD),

	/* Row 2: U-labels become A-labels. */
	ROW("m\xc3\xbcller.example", "xn--mller-kva.example"),
	ROW("M\xc3\x9cLLER.Example.", "xn--mller-kva.example"),
	ROW("mu\xcc\x88ller.example", "xn--mller-kva.example"), /* not NFC */
	ROW("xn--mller-kva.example", "xn--mller-kva.example"),
	ROW("XN--MLLER-KVA.example", "xn--mller-kva.example"),
	ROW("xn--.example", "xn--.example"),
	ROW("stra\xc3\x9f"
	    "e.example",
	    "xn--strae-oqa.example"),
	ROW("\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	    "xn--r8jz45g.xn--zckzah"),
	ROW("\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.example",
	    "xn--e1afmkfd.example"),
	ROW("a\xe3\x80\x82"
	    "b.example",
	    "a.b.example"), /* ideographic stop */
	ROW("\xef\xbd\x81.example", "a.example"), /* full-width a */
	/* Symbols, which IDNA 2008 disallows and MTAs convert: snowmen. */
	ROW("\xe2\x98\x83.example", "xn--n3h.example"),
	ROW("A\xe2\x98\x83"
	    "b.Example",
	    "xn--ab-fsx.example"),
	ROW("\xf0\x9f\x92\xa9.example", "xn--ls8h.example"),
	/* One with a sharp s would become another domain's. */
	ROW("\xe2\x98\x83\xc3\x9f.example", BAD),
	ROW("m\xfcller.example", BAD), /* Latin-1 */
	ROW("\xff.example", BAD),
	ROW("\xc3.example", BAD),
	ROW("\xed\xa0\x80.example", BAD),
	ROW("a\xc2\xa0"
	    "b.example",
	    BAD), /* no-break space */
	ROW("a\xe2\x80\x8d"
	    "b.example",
	    BAD), /* joiner out of place */
	ROW("m\xc3\xbcller\0.example", BAD),
	ROW("m\xc3\xbcller..example", BAD),
	ROW("\xe2\x82\xac\xef\xbc\xa0.example", BAD), /* full-width @ */

	/* Row 3: addresses, also those that a mapping makes. */
	ROW("192.0.2.1", LITERAL),
	ROW("192.0.2.1.", LITERAL),
	ROW("2001:db8::1", LITERAL),
	ROW("::1", LITERAL),
	ROW("::ffff:192.0.2.1", LITERAL),
	ROW("[192.0.2.1]", LITERAL),
	ROW("[IPv6:2001:db8::1]", LITERAL),
	ROW("[example.com]", LITERAL),
	ROW("\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92.0.2.1", LITERAL),
	ROW("192.0.2", BAD),
	ROW("127.1", BAD),
	ROW("2130706433", BAD),
	ROW("example.1", BAD),
	ROW("192.0.2.256", BAD),
	ROW("192.0.2.1.1", BAD),
	ROW("[192.0.2.1", BAD),
	ROW("192.0.2.1]", BAD),
	ROW("[]", BAD),
	ROW("[", BAD),
	ROW("]", BAD),
};

static void
reads_names(void **state)
{
	size_t failed = 0;

	(void)state;
	assert_int_equal(strlen(N253), STS_DOMAIN_SIZE - 1);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct sts_domain domain;
		enum sts_err err = sts_domain_from_name(names[i].text, &domain);

		failed += !is_wanted(&names[i], result(err, &domain));
	}
	assert_int_equal(failed, 0);
}

/* A name that was read is one that is read, and stays as it is. */
static void
is_stable(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct sts_domain once, twice;

		if (sts_domain_from_name(names[i].text, &once) != STS_OK ||
		    once.kind != STS_DOMAIN_NAME)
			continue;
		assert_int_equal(
		    sts_domain_from_name(sts_slice_str(once.name), &twice),
		    STS_OK);
		assert_int_equal(twice.kind, STS_DOMAIN_NAME);
		assert_string_equal(twice.name, once.name);
	}
}

static void
reads_recipients(void **state)
{
	static const struct row rows[] = {
		ROW("u@example.com", "example.com"),
		ROW("<u@example.com>", "example.com"),
		ROW("u@Example.COM.", "example.com"),
		ROW("<u@Example.COM.>", "example.com"),
		ROW(" <u@example.com> ", "example.com"),
		ROW("< u@example.com >", "example.com"),
		ROW("<u@m\xc3\xbcller.example>", "xn--mller-kva.example"),
		ROW("<\xc3\xbc@example.com>", "example.com"),
		ROW("u+tag@example.com", "example.com"),
		ROW("a%b@example.com", "example.com"),
		ROW("a!b@example.com", "example.com"),
		ROW("@example.com", "example.com"),
		ROW("u@localhost", "localhost"),

		/* Row 3: address literals. */
		ROW("u@[192.0.2.1]", LITERAL),
		ROW("<u@[192.0.2.1]>", LITERAL),
		ROW("<u@[IPv6:2001:db8::1]>", LITERAL),
		ROW("<u@192.0.2.1>", LITERAL),
		ROW("u@2001:db8::1", LITERAL),
		ROW("<u@[x-tag:whatever]>", LITERAL),
		ROW("<u@[192.0.2.1>", BAD),
		ROW("<u@[]>", BAD),

		/* Quoted local parts. */
		ROW("\"a b\"@example.com", "example.com"),
		ROW("\"a@b\"@example.com", "example.com"),
		ROW("<\"a@b.example\"@example.com>", "example.com"),
		ROW("\"a\\\"@b\"@example.com", "example.com"),
		ROW("\"a\\\\\"@example.com", "example.com"),
		ROW("<\"a>b\"@example.com>", "example.com"),
		ROW("<\"<a\"@example.com>", "example.com"),
		ROW("\"\"@example.com", "example.com"),
		ROW("a.\"b@c\".d@example.com", "example.com"),
		ROW("a\\@b@example.com", "example.com"),
		ROW("\"a@b\"", LOCAL),
		ROW("a\\@b", LOCAL),
		ROW("\"a@example.com", BAD),
		ROW("a\"@example.com", BAD),
		ROW("\"a\\\"@example.com", BAD),

		/* The last unquoted @ counts: what is before is local part. */
		ROW("a@b.example@example.com", "example.com"),

		/* Source routes (RFC 5321 appendix C). */
		ROW("<@a.example:u@example.com>", "example.com"),
		ROW("<@a.example,@b.example:u@example.com>", "example.com"),
		ROW("@a.example:u@example.com", "example.com"),
		ROW("<@[192.0.2.1]:u@example.com>", "example.com"),
		ROW("<@[IPv6:2001:db8::1]:u@example.com>", "example.com"),
		ROW("<@a.example:\"u@b\"@example.com>", "example.com"),
		ROW("<@a.example:u@[192.0.2.1]>", LITERAL),
		ROW("<@a.example:postmaster>", LOCAL),
		ROW("<@a.example:>", BAD),
		ROW("<@a.example,@b.example>", "b.example"),

		/* Without a domain. */
		ROW("postmaster", LOCAL),
		ROW("<postmaster>", LOCAL),
		ROW("\"u\"", LOCAL),

		/* Nothing of these. */
		ROW("", BAD),
		ROW("<>", BAD),
		ROW("<", BAD),
		ROW("< >", BAD),
		ROW("<u@example.com", BAD),
		ROW("u@", BAD),
		ROW("u@.", BAD),
		ROW("@", BAD),
		ROW("u@example..com", BAD),
		ROW("u@exam ple.com", BAD),
		ROW("u@example.com\0", BAD),
		ROW("u@example\0.com", BAD),
		ROW("u@*.example.com", BAD),
		ROW("u@example.com>", BAD),
		ROW("u@example.com <v@example.net>", BAD),
		ROW("u@" N253, N253),
		ROW("u@a" N253, BAD),
	};
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_domain domain;
		enum sts_err err =
		    sts_domain_from_recipient(rows[i].text, &domain);

		failed += !is_wanted(&rows[i], result(err, &domain));
	}
	assert_int_equal(failed, 0);
}

static void
reads_next_hops(void **state)
{
	static const struct row rows[] = {
		/* Postfix, as its macro has them. */
		ROW("good.test", "good.test"),
		ROW("Good.Test", "good.test"),
		ROW("smart.test:587", "smart.test"),
		ROW("smart.test:submission", "smart.test"),
		BRACKETED("[smart.test]", "smart.test"),
		BRACKETED("[Smart.test.]", "smart.test"),
		BRACKETED("[smart.test]:587", "smart.test"),
		BRACKETED("[198.51.100.20]", LITERAL),
		BRACKETED("[198.51.100.20]:2626", LITERAL),
		BRACKETED("[2001:db8::1]", LITERAL),
		BRACKETED("[2001:db8::1]:25", LITERAL),
		BRACKETED("[ipv6:2001:db8::1]", LITERAL),
		BRACKETED("[IPv6:2001:db8::1]:25", LITERAL),
		ROW("a.test, b.test", "a.test"),
		ROW("a.test b.test", "a.test"),
		ROW("a.test:25, b.test:25", "a.test"),
		BRACKETED("[a.test], [b.test]", "a.test"),
		BRACKETED("[a.test]:25 [b.test]", "a.test"),

		/* Sendmail: a final dot, colons between. */
		ROW("good.test.", "good.test"),
		ROW("mx1.a:mx2.a", "mx1.a"),
		ROW("mx1.a.:mx2.a.", "mx1.a"),
		BRACKETED("[mx1.a]:[mx2.a]", "mx1.a"),
		BRACKETED("[mx1.a.]", "mx1.a"),

		/* Others. */
		ROW("192.0.2.1", LITERAL),
		ROW("192.0.2.1.", LITERAL),
		ROW("192.0.2.1:25", LITERAL),
		ROW("2001:db8::1", LITERAL),
		ROW(" good.test ", "good.test"),
		ROW("m\xc3\xbcller.example:25", "xn--mller-kva.example"),
		BRACKETED("[m\xc3\xbcller.example]", "xn--mller-kva.example"),
		ROW("localhost", "localhost"),
		ROW("", BAD),
		ROW(" ", BAD),
		ROW(".", BAD),
		ROW(":", BAD),
		ROW(":25", BAD),
		ROW(".good.test", BAD),
		ROW("[", BAD),
		ROW("[]", BAD),
		ROW("[]:25", BAD),
		ROW("[good.test", BAD),
		ROW("[good.test]25", BAD),
		ROW("[good.test]x:25", BAD),
		ROW("[good.test].", BAD),
		ROW("[[good.test]]", BAD),
		ROW("[IPv6:]", BAD),
		ROW("good.test]", BAD),
		ROW("good..test", BAD),
		ROW("good.test\0:25", BAD),
		ROW("good.test\0", BAD),
		ROW("[good.test]\0:25", BAD),
		ROW("u@good.test", BAD),
		ROW("/var/run/lmtp", BAD),
	};
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_domain domain;
		bool bracketed = !rows[i].bracketed;
		enum sts_err err =
		    sts_domain_from_next_hop(rows[i].text, &domain, &bracketed);

		failed += !is_wanted(&rows[i], result(err, &domain));
		if (err == STS_OK)
			assert_int_equal(bracketed, rows[i].bracketed);
	}
	assert_int_equal(failed, 0);
}

static void
leaves_results_alone_on_failure(void **state)
{
	struct sts_domain domain = { STS_DOMAIN_NAME, "untouched" };
	bool bracketed = true;

	(void)state;
	assert_int_equal(
	    sts_domain_from_name(STS_LIT(""), &domain), STS_E_SYNTAX);
	assert_int_equal(
	    sts_domain_from_recipient(STS_LIT("u@"), &domain), STS_E_SYNTAX);
	assert_int_equal(
	    sts_domain_from_next_hop(STS_LIT("a..b"), &domain, &bracketed),
	    STS_E_SYNTAX);
	assert_string_equal(domain.name, "untouched");
	assert_true(bracketed);
	bracketed = false;
	assert_int_equal(
	    sts_domain_from_next_hop(STS_LIT("[a..b]"), &domain, &bracketed),
	    STS_E_SYNTAX);
	assert_false(bracketed);
}

/* Longer than any name could be written: refused without much work. */
static void
refuses_what_is_long(void **state)
{
	static char name[100000];
	struct sts_domain domain;

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 2; i < sizeof(name); i += 2)
		name[i] = '.';
	assert_int_equal(
	    sts_domain_from_name(sts_slice(name, sizeof(name)), &domain),
	    STS_E_SYNTAX);
	memcpy(name, "\xc3\xbc", 2);
	assert_int_equal(
	    sts_domain_from_name(sts_slice(name, sizeof(name)), &domain),
	    STS_E_SYNTAX);
}

static void
matches_exceptions(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool match;
	} cases[] = {
		{ "example.com", "example.com", true },
		{ "Example.com", "example.COM", true },
		{ "example.com", "a.example.com", false },
		{ "*.example.com", "a.example.com", true },
		{ "*.example.com", "a.b.example.com", true },
		{ "*.Example.com", "a.b.example.COM", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", ".example.com", false },
		{ "*.example.com", "notexample.com", false },
		{ "*.example.com", "a.example.net", false },
		{ "*.example.com", "", false },
		{ "*.", "a", false },
		{ "*.", "a.", false },
		{ "*", "a", false },
		{ "", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (sts_domain_matches(sts_slice_str(cases[i].pattern),
			sts_slice_str(cases[i].name)) != cases[i].match)
			fail_msg("%s and %s", cases[i].pattern, cases[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names),
		cmocka_unit_test(is_stable),
		cmocka_unit_test(reads_recipients),
		cmocka_unit_test(reads_next_hops),
		cmocka_unit_test(leaves_results_alone_on_failure),
		cmocka_unit_test(refuses_what_is_long),
		cmocka_unit_test(matches_exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
