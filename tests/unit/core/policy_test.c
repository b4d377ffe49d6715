/*
 * Policy texts and what RFC 8461 section 3.2 makes of them (rules.md rows 28 to
 * 37): a table, the remarks, and print and parse as each other's inverse.
 */
#include "sts/core/policy.h"

#include "test.h"

#define V "version: STSv1\n"
#define E "mode: enforce\n"
#define T "mode: testing\n"
#define N "mode: none\n"
#define M "mx: mail.example.com\n"
#define A "max_age: 604800\n"

#define X32 "abcdefghijklmnopqrstuvwxyz012345"
#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

#define ROW(text, want, warned)                                                \
	{                                                                      \
		STS_LIT(text), (want), (warned)                                \
	}

/*
 * `want` is "MODE MAX_AGE MX,MX…" of a valid text, or "!" and the lines of all
 * errors of an invalid one, 0 being the text as a whole.  `warned` has the
 * lines of all warnings.
 */
static const struct row {
	struct sts_slice text;
	const char *want;
	const char *warned;
} rows[] = {
	/* The RFC's own example, and each mode. */
	ROW("version: STSv1\nmode: enforce\nmx: mail.example.com\n"
	    "mx: *.example.net\nmx: backupmx.example.com\nmax_age: 604800\n",
	    "enforce 604800 "
	    "mail.example.com,*.example.net,backupmx.example.com",
	    ""),
	ROW(V E M A, "enforce 604800 mail.example.com", ""),
	ROW(V T M A, "testing 604800 mail.example.com", ""),
	ROW(V N M A, "none 604800 mail.example.com", ""),
	ROW(V N A, "none 604800 ", ""),

	/* Row 28: line ends. */
	ROW("version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
	    "max_age: 604800\r\n",
	    "enforce 604800 mail.example.com", ""),
	ROW(V "mode: enforce\r\n" M "max_age: 604800\r\n",
	    "enforce 604800 mail.example.com", ""),
	ROW(V E M "max_age: 604800", "enforce 604800 mail.example.com", ""),
	ROW("version: STSv1\r\nmode: none\r\nmax_age: 604800", "none 604800 ",
	    ""),
	ROW(V E M "max_age: 604800\r", "!4", ""),
	ROW("version: STSv1\rmode: none\rmax_age: 604800\r", "!1,0,0", ""),
	ROW("version: STSv1\r\r\n" E M A, "!1", ""),
	ROW("version: STSv1\n\rmode: enforce\n" M A, "!2,0", ""),

	/* Ours: a line without anything in it is passed over. */
	ROW(V E M A "\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "\r\n\r\n", "enforce 604800 mail.example.com", "5,6"),
	ROW("\n" V E M A, "enforce 604800 mail.example.com", "1"),
	ROW(V "\n" E "  \t\n" M A, "enforce 604800 mail.example.com", "2,4"),

	/* Space after the colon and at the end of the line, nowhere else. */
	ROW("version:STSv1\nmode:enforce\nmx:mail.example.com\n"
	    "max_age:604800\n",
	    "enforce 604800 mail.example.com", ""),
	ROW("version: \t STSv1\nmode:\tenforce\nmx:   mail.example.com\n" A,
	    "enforce 604800 mail.example.com", ""),
	ROW("version: STSv1  \nmode: enforce\t\nmx: mail.example.com \r\n"
	    "max_age: 604800 ",
	    "enforce 604800 mail.example.com", ""),
	ROW(" version: STSv1\n" E M A, "!1,0", ""),
	ROW("version : STSv1\n" E M A, "!1,0", ""),
	ROW(V "\tmode: enforce\n" M A, "!2,0", ""),
	ROW(V E "mx : mail.example.com\n" A, "!3,0", ""),

	/* The order of the fields is free. */
	ROW(A M E V, "enforce 604800 mail.example.com", ""),
	ROW(M A V T, "testing 604800 mail.example.com", ""),
	ROW(E V "mx: b.example\n" A "mx: a.example\n",
	    "enforce 604800 b.example,a.example", ""),

	/* Row 29: of a repeated field the first counts, whatever follows. */
	ROW(V V E M A, "enforce 604800 mail.example.com", "2"),
	ROW(V "version: STSv2\n" E M A, "enforce 604800 mail.example.com", "2"),
	ROW(V E N M A, "enforce 604800 mail.example.com", "3"),
	ROW(V N E A, "none 604800 ", "3"),
	ROW(V E "mode: bogus\n" M A, "enforce 604800 mail.example.com", "3"),
	ROW(V E M A "max_age: 1\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "max_age: soon\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "mode: testing\nversion: STSv1\nmax_age: 1\n",
	    "enforce 604800 mail.example.com", "5,6,7"),
	ROW("version: STSv2\n" V E M A, "!1", "2"),
	ROW(V "mode: bogus\n" E M A, "!2", "3"),
	ROW(V E M "max_age: soon\n" A, "!4", "5"),
	ROW(V E M "mx: mail.example.com\n" A,
	    "enforce 604800 mail.example.com,mail.example.com", ""),

	/* Row 30: unknown fields. */
	ROW(V "foo: bar\n" E M A, "enforce 604800 mail.example.com", "2"),
	ROW(V E M A "contact: postmaster@example.com\n",
	    "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "url: https://example.com:443/a?b=c;d\n",
	    "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "note: gr\xc3\xbc\xc3\x9f"
		    "e \xe2\x82\xac \xf0\x9f\x93\xa7\n",
	    "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "a.b-c_d: x\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "0: x\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A X32 ": x\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A X32 "6: x\n", "!5", ""),
	ROW(V E M A "foo: a b  c\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "foo:::\n", "enforce 604800 mail.example.com", "5"),
	ROW(V E M A "foo: 1\nfoo: 2\n", "enforce 604800 mail.example.com",
	    "5,6"),
	ROW(V E M A "foo:\n", "!5", ""),
	ROW(V E M A "foo:  \t\n", "!5", ""),
	ROW(V E M A "_foo: x\n", "!5", ""),
	ROW(V E M A "-foo: x\n", "!5", ""),
	ROW(V E M A ".foo: x\n", "!5", ""),
	ROW(V E M A "f o: x\n", "!5", ""),
	ROW(V E M A "f+o: x\n", "!5", ""),
	ROW(V E M A "f\xc3\xbc: x\n", "!5", ""),
	ROW(V E M A ": x\n", "!5", ""),
	ROW(V E M A ":\n", "!5", ""),
	ROW(V E M A "foo\n", "!5", ""),
	ROW(V E M A "# a comment\n", "!5", ""),
	ROW(V E M A "foo=bar\n", "!5", ""),

	/* Names and values are compared with case (%s in the grammar). */
	ROW("Version: STSv1\n" E M A, "!0", "1"),
	ROW(V "MODE: enforce\n" M A, "!0", "2"),
	ROW(V E "MX: mail.example.com\n" A, "!0", "3"),
	ROW(V E M "Max_Age: 604800\n", "!0", "4"),
	ROW(V E M "max-age: 604800\n", "!0", "4"),
	ROW(V E M "maxage: 604800\n", "!0", "4"),
	ROW(V "Mode: none\n" E M A, "enforce 604800 mail.example.com", "2"),

	/* Row 31: version. */
	ROW(E M A, "!0", ""),
	ROW("version: STSv2\n" E M A, "!1", ""),
	ROW("version: stsv1\n" E M A, "!1", ""),
	ROW("version: STSV1\n" E M A, "!1", ""),
	ROW("version: STSv10\n" E M A, "!1", ""),
	ROW("version: STSv1.0\n" E M A, "!1", ""),
	ROW("version: STS v1\n" E M A, "!1", ""),
	ROW("version: STSv1;\n" E M A, "!1", ""),
	ROW("version: \"STSv1\"\n" E M A, "!1", ""),
	ROW("version: v=STSv1\n" E M A, "!1", ""),
	ROW("version: TLSRPTv1\n" E M A, "!1", ""),
	ROW("version:\n" E M A, "!1", ""),
	ROW("v: STSv1\n" E M A, "!0", "1"),

	/* Row 31: mode. */
	ROW(V M A, "!0", ""),
	ROW(V "mode: Enforce\n" M A, "!2", ""),
	ROW(V "mode: ENFORCE\n" M A, "!2", ""),
	ROW(V "mode: enforced\n" M A, "!2", ""),
	ROW(V "mode: report\n" M A, "!2", ""),
	ROW(V "mode: test\n" M A, "!2", ""),
	ROW(V "mode: off\n" M A, "!2", ""),
	ROW(V "mode: none,testing\n" M A, "!2", ""),
	ROW(V "mode: enforce testing\n" M A, "!2", ""),
	ROW(V "mode:\n" M A, "!2", ""),

	/* Row 31: max_age missing; several things missing. */
	ROW(V E M, "!0", ""),
	ROW(V, "!0,0", ""),
	ROW("", "!0,0,0", ""),
	ROW("\n", "!0,0,0", "1"),
	ROW("<!DOCTYPE html>\n<html></html>\n", "!1,2,0,0,0", ""),
	ROW("<p>v: 1</p>", "!1,0,0,0", ""),
	ROW("Not Found", "!1,0,0,0", ""),

	/* Row 32: mx. */
	ROW(V E A, "!0", ""),
	ROW(V T A, "!0", ""),
	ROW(V E "mx:\n" A, "!3", ""),

	/* Row 33: max_age. */
	ROW(V E M "max_age: +604800\n", "!4", ""),
	ROW(V E M "max_age: -1\n", "!4", ""),
	ROW(V E M "max_age: 604800s\n", "!4", ""),
	ROW(V E M "max_age: 7d\n", "!4", ""),
	ROW(V E M "max_age: 604800.0\n", "!4", ""),
	ROW(V E M "max_age: 604,800\n", "!4", ""),
	ROW(V E M "max_age: 604 800\n", "!4", ""),
	ROW(V E M "max_age: 1e6\n", "!4", ""),
	ROW(V E M "max_age: 0x93a80\n", "!4", ""),
	ROW(V E M "max_age: \"604800\"\n", "!4", ""),
	ROW(V E M "max_age: \xd9\xa1\n", "!4", ""),
	ROW(V E M "max_age:\n", "!4", ""),
	ROW(V E M "max_age: 00000604800\n", "!4", ""),
	ROW(V E M "max_age: 31557600000\n", "!4", ""),
	ROW(V E M "max_age: 18446744073709551617\n", "!4", ""),
	ROW(V E M "max_age: 0000604800\n", "enforce 604800 mail.example.com",
	    ""),

	/* Row 34: over a year. */
	ROW(V E M "max_age: 31557599\n", "enforce 31557599 mail.example.com",
	    ""),
	ROW(V E M "max_age: 31557600\n", "enforce 31557600 mail.example.com",
	    ""),
	ROW(V E M "max_age: 31557601\n", "enforce 31557600 mail.example.com",
	    "4"),
	ROW(V E M "max_age: 4294967296\n", "enforce 31557600 mail.example.com",
	    "4"),
	ROW(V E M "max_age: 9999999999\n", "enforce 31557600 mail.example.com",
	    "4"),

	/* Row 35, and what is short. */
	ROW(V E M "max_age: 0\n", "enforce 0 mail.example.com", "4"),
	ROW(V E M "max_age: 0000000000\n", "enforce 0 mail.example.com", "4"),
	ROW(V N "max_age: 0\n", "none 0 ", "3"),
	ROW(V E M "max_age: 1\n", "enforce 1 mail.example.com", "4"),
	ROW(V T M "max_age: 86399\n", "testing 86399 mail.example.com", "4"),
	ROW(V T M "max_age: 86400\n", "testing 86400 mail.example.com", ""),
	ROW(V E M "max_age: 86400\n", "enforce 86400 mail.example.com", "4"),
	ROW(V E M "max_age: 604799\n", "enforce 604799 mail.example.com", "4"),
	ROW("max_age: 86400\n" V E M, "enforce 86400 mail.example.com", "1"),

	/* mx: what is accepted. */
	ROW(V E "mx: *.example.com\n" A, "enforce 604800 *.example.com", ""),
	ROW(V E "mx: Mail.EXAMPLE.com\n" A, "enforce 604800 mail.example.com",
	    ""),
	ROW(V E "mx: *.Example.COM\n" A, "enforce 604800 *.example.com", ""),
	ROW(V E "mx: xn--mller-kva.example\n" A,
	    "enforce 604800 xn--mller-kva.example", ""),
	ROW(V E "mx: XN--MLLER-KVA.example\n" A,
	    "enforce 604800 xn--mller-kva.example", ""),
	ROW(V E "mx: localhost\n" A, "enforce 604800 localhost", ""),
	ROW(V E "mx: 1.2.3.4.example\n" A, "enforce 604800 1.2.3.4.example",
	    ""),
	ROW(V E "mx: 3com.example\n" A, "enforce 604800 3com.example", ""),
	ROW(V E "mx: a-b--c.example\n" A, "enforce 604800 a-b--c.example", ""),
	ROW(V E "mx: " L63 ".example\n" A, "enforce 604800 " L63 ".example",
	    ""),
	ROW(V E "mx: a_b.example\n" A, "enforce 604800 a_b.example", "3"),
	ROW(V E "mx: *.com\n" A, "enforce 604800 *.com", "3"),

	/* Row 36: what is not. */
	ROW(V E "mx: 192.0.2.1\n" A, "!3", ""),
	ROW(V E "mx: [192.0.2.1]\n" A, "!3", ""),
	ROW(V E "mx: 2001:db8::1\n" A, "!3", ""),
	ROW(V E "mx: [IPv6:2001:db8::1]\n" A, "!3", ""),
	ROW(V E "mx: *.192.0.2.1\n" A, "!3", ""),
	ROW(V E "mx: mail.example.123\n" A, "!3", ""),
	ROW(V E "mx: *\n" A, "!3", ""),
	ROW(V E "mx: *.\n" A, "!3", ""),
	ROW(V E "mx: *.*.example.com\n" A, "!3", ""),
	ROW(V E "mx: **.example.com\n" A, "!3", ""),
	ROW(V E "mx: *example.com\n" A, "!3", ""),
	ROW(V E "mx: mx*.example.com\n" A, "!3", ""),
	ROW(V E "mx: mail.*.com\n" A, "!3", ""),
	ROW(V E "mx: mail.example.*\n" A, "!3", ""),
	ROW(V E "mx: .example.com\n" A, "!3", ""),
	ROW(V E "mx: mail..example.com\n" A, "!3", ""),
	ROW(V E "mx: *..example.com\n" A, "!3", ""),
	ROW(V E "mx: mail.example.com.\n" A, "!3", ""),
	ROW(V E "mx: .\n" A, "!3", ""),
	ROW(V E "mx: m\xc3\xbcller.example\n" A, "!3", ""),
	ROW(V E "mx: *.m\xc3\xbcller.example\n" A, "!3", ""),
	ROW(V E "mx: m\xfcller.example\n" A, "!3", ""),
	ROW(V E "mx: -mail.example.com\n" A, "!3", ""),
	ROW(V E "mx: mail-.example.com\n" A, "!3", ""),
	ROW(V E "mx: mail.example.com-\n" A, "!3", ""),
	ROW(V E "mx: a.example b.example\n" A, "!3", ""),
	ROW(V E "mx: a.example, b.example\n" A, "!3", ""),
	ROW(V E "mx: a.example;b.example\n" A, "!3", ""),
	ROW(V E "mx: mail.example.com:25\n" A, "!3", ""),
	ROW(V E "mx: smtp://mail.example.com\n" A, "!3", ""),
	ROW(V E "mx: 10 mail.example.com\n" A, "!3", ""),
	ROW(V E "mx: user@example.com\n" A, "!3", ""),
	ROW(V E "mx: \"mail.example.com\"\n" A, "!3", ""),
	ROW(V E "mx: a" L63 ".example\n" A, "!3", ""),
	ROW(V E "mx: " L63 "." L63 "." L63 "." L63 "\n" A, "!3", ""),
	/* One bad pattern spoils the policy; also of mode none. */
	ROW(V E M "mx: *\n" A, "!4", ""),
	ROW(V N "mx: *\n" A, "!3", ""),

	/* Row 37: control characters, wherever they are. */
	ROW("version: STSv1\0\n" E M A, "!1", ""),
	ROW(V E "mx: mail\0.example.com\n" A, "!3", ""),
	ROW(V E M A "\0", "!5", ""),
	ROW(V E M A "foo: a\x01"
		    "b\n",
	    "!5", ""),
	ROW(V E M A "foo: a\tb\n", "!5", ""),
	ROW(V E M A "foo: \x1b[2Jb\n", "!5", ""),
	ROW(V E M A "foo: a\x7f"
		    "b\n",
	    "!5", ""),
	ROW(V E M A "foo: a\rb\n", "!5", ""),
	ROW(V E M A "f\x08oo: b\n", "!5", ""),
	ROW(V E M A "foo: a\x0b\n", "!5", ""),
	ROW(V "mode: enforce\x0c\n" M A, "!2", ""),
	ROW(V E "mode: none\x01\n" M A, "!3", ""),

	/* What is not UTF-8. */
	ROW("\xef\xbb\xbf" V E M A, "!1", ""),
	ROW(V E M A "foo: \xff\n", "!5", ""),
	ROW(V E M A "foo: gr\xfc\xdf"
		    "e\n",
	    "!5", ""),
	ROW(V E M A "foo: \xc0\xaf\n", "!5", ""),
	ROW(V E M A "foo: \xc3\n", "!5", ""),
	ROW(V E M A "foo: \xe2\x82\n", "!5", ""),
	ROW(V E M A "foo: \xe2\x82x\n", "!5", ""),
	ROW(V E M A "foo: \xe0\x80\xaf\n", "!5", ""),
	ROW(V E M A "foo: \xed\xa0\x80\n", "!5", ""),
	ROW(V E M A "foo: \xf4\x90\x80\x80\n", "!5", ""),
	ROW(V E M A "foo: \xf5\x80\x80\x80\n", "!5", ""),
	ROW(V E M A "foo: \x80\n", "!5", ""),
	ROW("\xff\xfe"
	    "v\0e\0r\0s\0i\0o\0n\0",
	    "!1,0,0,0", ""),

	/* All errors are told, each with its line. */
	ROW("version: STSv2\nmode: on\nmx: *\nmax_age: 1w\n", "!1,2,3,4", ""),
	ROW("nonsense\nmode: on\nmx: *\nmx: a.example\nmx: 192.0.2.1\n",
	    "!1,2,3,5,0,0", ""),
	ROW("a\nb\nc\n\nMode: x\n", "!1,2,3,0,0,0", "4,5"),
	ROW(V E
	    "mx: a.example\nmx: b..example\nmx: c.example\nmx: -d.example\n" A,
	    "!4,6", ""),
};

/* What the remarks said, in the table's form. */
struct heard {
	struct sts_buf errors, warnings, messages;
};

static void
hear(void *cookie, const struct sts_policy_note *note)
{
	struct heard *heard = cookie;
	struct sts_buf *lines =
	    note->is_error ? &heard->errors : &heard->warnings;

	sts_buf_printf(lines, "%s%u", lines->n == 0 ? "" : ",", note->line);
	sts_buf_printf(&heard->messages, "%u %s\n", note->line, note->message);
	assert_true(note->message[0] != '\0');
	for (const char *c = note->message; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
}

static void
heard_init(struct heard *heard)
{
	sts_buf_init(&heard->errors, 65536);
	sts_buf_init(&heard->warnings, 65536);
	sts_buf_init(&heard->messages, 1 << 20);
}

static void
heard_deinit(struct heard *heard)
{
	sts_buf_deinit(&heard->errors);
	sts_buf_deinit(&heard->warnings);
	sts_buf_deinit(&heard->messages);
}

static void
describe(const struct sts_policy *policy, struct sts_buf *b)
{
	sts_buf_printf(
	    b, "%s %u ", sts_mode_text(policy->mode), policy->max_age);
	for (size_t i = 0; i < policy->n_mx; i++)
		sts_buf_printf(b, "%s%s", i == 0 ? "" : ",", policy->mx[i]);
}

static void
check_round_trip(const struct sts_policy *policy)
{
	struct sts_policy *again;
	struct sts_buf b;

	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_policy_print(policy, &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &again), STS_OK);
	assert_true(sts_policy_eq(policy, again));
	sts_policy_put(again);
	sts_buf_deinit(&b);
}

static bool
check_row(const struct row *row)
{
	struct sts_policy *policy = NULL;
	struct heard heard;
	struct sts_buf got;
	enum sts_err err;
	bool ok;

	heard_init(&heard);
	sts_buf_init(&got, 4096);
	err = sts_policy_parse(row->text, hear, &heard, &policy);
	if (err == STS_OK) {
		describe(policy, &got);
		check_round_trip(policy);
	} else {
		assert_int_equal(err, STS_E_SYNTAX);
		assert_null(policy);
		sts_buf_printf(&got, "!%s", sts_buf_cstr(&heard.errors));
	}
	ok = strcmp(sts_buf_cstr(&got), row->want) == 0 &&
	     strcmp(sts_buf_cstr(&heard.warnings), row->warned) == 0;
	if (!ok)
		print_error("%.*s\nwant %s, warned %s\ngot  %s, warned %s\n%s",
		    (int)row->text.n, row->text.p, row->want, row->warned,
		    sts_buf_cstr(&got), sts_buf_cstr(&heard.warnings),
		    sts_buf_cstr(&heard.messages));
	sts_policy_put(policy);
	sts_buf_deinit(&got);
	heard_deinit(&heard);
	return ok;
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

/* Without anybody to hear the remarks the outcome is the same. */
static void
needs_no_listener(void **state)
{
	struct sts_policy *policy;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum sts_err err =
		    sts_policy_parse(rows[i].text, NULL, NULL, &policy);

		assert_int_equal(
		    err, rows[i].want[0] == '!' ? STS_E_SYNTAX : STS_OK);
		if (err == STS_OK)
			sts_policy_put(policy);
	}
}

/* The remark on a text says what is wrong and what is accepted. */
static void
remarks_help(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "version: 1\n" N A,
		    "1 version \"1\" is unknown; \"STSv1\" is accepted" },
		{ V "mode: on\n" M A,
		    "2 mode \"on\" is unknown; \"enforce\", \"testing\" and "
		    "\"none\" are accepted" },
		{ V E M "max_age: 1w\n",
		    "4 max_age \"1w\" is no number of seconds; 1 to 10 digits "
		    "without sign, unit or point are accepted" },
		{ V E M "max_age: 40000000\n",
		    "4 max_age 40000000 is more than a year and is read as "
		    "31557600" },
		{ V N, "0 the field \"max_age\" is missing" },
		{ V E A, "0 mode enforce needs at least one mx line" },
		{ V E "mx: 192.0.2.1\n" A,
		    "3 mx \"192.0.2.1\" is an IP address; only host names are "
		    "accepted" },
		{ V E "mx: *\n" A,
		    "3 mx \"*\" has a star out of place; only \"*.\" before a "
		    "whole name is accepted, for one label" },
		{ V E "mx: .a.example\n" A,
		    "3 mx \".a.example\" begins with a dot; for any host one "
		    "label below a name write \"*.\" before it" },
		{ V E "mx: a.example.\n" A,
		    "3 mx \"a.example.\" ends in a dot; write the name without "
		    "it" },
		{ V E "mx: a.example, b.example\n" A,
		    "3 mx \"a.example, b.example\" is more than one host; "
		    "write an mx line for each" },
		{ V E "mx: m\xc3\xbcller.example\n" A,
		    "3 mx \"m\\xc3\\xbcller.example\" is not in A-label form; "
		    "write xn--mller-kva.example" },
		{ V N A "Mode: none\n",
		    "4 field \"Mode\" is unknown and ignored; write \"mode\"" },
		{ V N A N, "4 mode is ignored; the one of line 2 counts" },
		{ V N A "foo: \x1b[1m\n",
		    "4 the line has the control character \\x1b" },
		{ V N A "hello\n",
		    "4 \"hello\" is no field; \"name: value\" is accepted" },
		{ V N A "foo:\n", "4 field \"foo\" has no value" },
		{ V N A "foo: \xff\n", "4 the value of \"foo\" is not UTF-8" },
		{ V N A "foo: a\tb\n",
		    "4 the value of \"foo\" has a tab in it" },
	};
	struct sts_policy *policy;
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		heard_init(&heard);
		if (sts_policy_parse(sts_slice_str(cases[i].text), hear, &heard,
			&policy) == STS_OK)
			sts_policy_put(policy);
		if (strstr(sts_buf_cstr(&heard.messages), cases[i].message) ==
		    NULL)
			fail_msg("want %s\ngot  %s", cases[i].message,
			    sts_buf_cstr(&heard.messages));
		heard_deinit(&heard);
	}
}

/* A long line does not make a long remark. */
static void
remarks_are_cut(void **state)
{
	struct sts_policy *policy;
	struct heard heard;
	struct sts_buf text;

	(void)state;
	heard_init(&heard);
	sts_buf_init(&text, STS_POLICY_TEXT_MAX);
	for (int i = 0; i < 60000; i++)
		sts_buf_char(&text, i % 2 == 0 ? 'x' : '\\');
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&text), hear, &heard, &policy),
	    STS_E_SYNTAX);
	assert_string_equal(sts_buf_cstr(&heard.errors), "1,0,0,0");
	assert_true(heard.messages.n < 600);
	sts_buf_deinit(&text);
	heard_deinit(&heard);
}

/* A text of `n` bytes in all, padded by the value of an unknown field. */
static void
pad(struct sts_buf *b, size_t n)
{
	sts_buf_str(b, V N A "x: ");
	while (b->n < n)
		sts_buf_char(b, 'y');
}

static void
takes_64_kib_and_no_more(void **state)
{
	struct sts_policy *policy;
	struct heard heard;
	struct sts_buf b;

	(void)state;
	heard_init(&heard);
	sts_buf_init(&b, STS_POLICY_TEXT_MAX + 1);
	pad(&b, STS_POLICY_TEXT_MAX);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy), STS_OK);
	sts_policy_put(policy);
	sts_buf_char(&b, 'y');
	policy = NULL;
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), hear, &heard, &policy),
	    STS_E_LIMIT);
	assert_null(policy);
	assert_string_equal(sts_buf_cstr(&heard.messages),
	    "0 the text is longer than 65536 bytes\n");
	sts_buf_deinit(&b);
	heard_deinit(&heard);
}

/* What is near the cap in a terser form than ours could not be kept. */
static void
takes_what_can_be_printed(void **state)
{
	struct sts_policy *policy = NULL;
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_buf_str(&b, "version:STSv1\nmode:enforce\nmax_age:604800\n");
	while (b.n < STS_POLICY_TEXT_MAX - 72)
		sts_buf_str(&b, "mx:" L63 ".example\n");
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy),
	    STS_E_LIMIT);
	assert_null(policy);
	sts_buf_deinit(&b);
}

static void
takes_1024_mx_and_no_more(void **state)
{
	struct sts_policy *policy = NULL;
	struct heard heard;
	struct sts_buf b;

	(void)state;
	heard_init(&heard);
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_buf_str(&b, V E A);
	for (int i = 0; i < STS_POLICY_MX_MAX; i++)
		sts_buf_printf(&b, "mx: mx%d.example\n", i);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), hear, &heard, &policy), STS_OK);
	assert_int_equal(policy->n_mx, STS_POLICY_MX_MAX);
	assert_string_equal(policy->mx[0], "mx0.example");
	assert_string_equal(policy->mx[1023], "mx1023.example");
	check_round_trip(policy);
	sts_policy_put(policy);
	policy = NULL;
	sts_buf_str(&b, "mx: one.more.example\n");
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), hear, &heard, &policy),
	    STS_E_SYNTAX);
	assert_null(policy);
	assert_string_equal(sts_buf_cstr(&heard.errors), "1028");
	sts_buf_deinit(&b);
	heard_deinit(&heard);
}

static struct sts_policy *
parsed(const char *text)
{
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(sts_slice_str(text), NULL, NULL, &policy), STS_OK);
	return policy;
}

static void
prints_the_canonical_text(void **state)
{
	struct sts_policy *policy = parsed(
	    "max_age:31557601\nmx:*.B.example\nfoo: x\nmx:A.example\n" E V T);
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_policy_print(policy, &b);
	assert_string_equal(sts_buf_cstr(&b),
	    "version: STSv1\r\nmode: enforce\r\nmx: *.b.example\r\n"
	    "mx: a.example\r\nmax_age: 31557600\r\nfoo: x\r\n");
	sts_buf_deinit(&b);
	sts_policy_put(policy);
}

/* What is made to be published reads as it was meant (and lint has nothing to
 * say of it). */
static void
makes_what_can_be_read(void **state)
{
	static const char *const mx[] = { "a.example", "*.b.example" };
	struct sts_policy *made, *again;
	struct sts_buf b;

	(void)state;
	for (int mode = STS_MODE_NONE; mode <= STS_MODE_ENFORCE; mode++) {
		assert_int_equal(sts_policy_new((enum sts_mode)mode, 604800, mx,
				     COUNT(mx), &made),
		    STS_OK);
		sts_buf_init(&b, STS_POLICY_TEXT_MAX);
		sts_policy_print(made, &b);
		again = parsed(sts_buf_cstr(&b));
		assert_true(sts_policy_eq(made, again));
		sts_policy_put(again);
		sts_policy_put(made);
		sts_buf_deinit(&b);
	}
	assert_int_equal(
	    sts_policy_new(STS_MODE_NONE, STS_MAX_AGE_MAX + 1, NULL, 0, &made),
	    STS_E_RANGE);
	assert_int_equal(
	    sts_policy_new(STS_MODE_NONE, 1, mx, STS_POLICY_MX_MAX + 1, &made),
	    STS_E_LIMIT);
}

/* They are told in reports; of those with one name the first counts. */
static void
keeps_fields_that_are_unknown(void **state)
{
	struct sts_policy *policy =
	    parsed(V "b.c:  x {y: z} \n" E M "foo: gr\xc3\xbc\xc3\x9f\n" A
		     "b.c: again\nfo: 1\n");

	(void)state;
	assert_string_equal(policy->others,
	    "b.c: x {y: z}\r\nfoo: gr\xc3\xbc\xc3\x9f\r\nfo: 1\r\n");
	check_round_trip(policy);
	sts_policy_put(policy);
	policy = parsed(V E M A);
	assert_null(policy->others);
	sts_policy_put(policy);
}

/* As many as there is room for, and not at the price of the policy. */
static void
keeps_few_fields_that_are_unknown(void **state)
{
	struct sts_policy *policy;
	struct sts_buf b;
	size_t full;

	(void)state;
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_buf_str(&b, V E M A);
	for (int i = 0; i < STS_POLICY_OTHERS_MAX; i++)
		sts_buf_printf(&b, "x%d: y\n", i);
	policy = parsed(sts_buf_cstr(&b));
	full = strlen(policy->others);
	assert_in_range(
	    full, STS_POLICY_OTHERS_MAX - 12, STS_POLICY_OTHERS_MAX);
	check_round_trip(policy);
	sts_policy_put(policy);

	sts_buf_deinit(&b);
}

/* Near the cap first they go, and then the policy cannot be kept. */
static void
gives_up_unknown_fields_before_the_policy(void **state)
{
	unsigned kept = 0, dropped = 0, refused = 0;
	struct sts_policy *policy;
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	for (int len = 1; len <= 30; len++) {
		sts_buf_clear(&b);
		sts_buf_str(&b, "version:STSv1\nmode:enforce\nx:y\n" A);
		for (int i = 0; i < 922; i++)
			sts_buf_str(&b, "mx:" L63 ".z\n");
		sts_buf_printf(&b, "mx:%.*s.z\n", len, L63);
		if (sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy) !=
		    STS_OK) {
			refused++;
			continue;
		}
		assert_int_equal(refused, 0);
		if (policy->others != NULL) {
			assert_int_equal(dropped, 0);
			kept++;
		} else {
			dropped++;
		}
		check_round_trip(policy);
		sts_policy_put(policy);
	}
	assert_true(kept > 0 && dropped > 0 && refused > 0);
	sts_buf_deinit(&b);
}

static void
compares(void **state)
{
	struct sts_policy *a = parsed(V E M A);
	static const char *const others[] = {
		V T M A,
		V E M "max_age: 604801\n",
		V E "mx: other.example\n" A,
		V E M "mx: other.example\n" A,
		V E "mx: other.example\n" M A,
		V E M A "foo: x\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct sts_policy *b = parsed(others[i]);

		assert_false(sts_policy_eq(a, b));
		assert_false(sts_policy_eq(b, a));
		sts_policy_put(b);
	}
	assert_true(sts_policy_eq(a, a));
	sts_policy_put(a);
}

static void
lives_as_long_as_it_is_held(void **state)
{
	struct sts_policy *policy = parsed(V E M A);
	const struct sts_policy *held = sts_policy_get(policy);

	(void)state;
	assert_ptr_equal(held, policy);
	sts_policy_put(policy);
	assert_string_equal(held->mx[0], "mail.example.com");
	sts_policy_put(held);
	assert_null(sts_policy_get(NULL));
	sts_policy_put(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table),
		cmocka_unit_test(needs_no_listener),
		cmocka_unit_test(remarks_help),
		cmocka_unit_test(remarks_are_cut),
		cmocka_unit_test(takes_64_kib_and_no_more),
		cmocka_unit_test(takes_what_can_be_printed),
		cmocka_unit_test(takes_1024_mx_and_no_more),
		cmocka_unit_test(prints_the_canonical_text),
		cmocka_unit_test(makes_what_can_be_read),
		cmocka_unit_test(keeps_fields_that_are_unknown),
		cmocka_unit_test(keeps_few_fields_that_are_unknown),
		cmocka_unit_test(gives_up_unknown_fields_before_the_policy),
		cmocka_unit_test(compares),
		cmocka_unit_test(lives_as_long_as_it_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
