/*
 * SMTP replies as good and bad servers send them (RFC 5321 section 4.2,
 * rules.md rows 54, 58, 60): each fed at once, a byte at a time, and in two
 * parts.
 */
#include "sts/core/smtpreply.h"

#include "test.h"

#define MORE STS_E_AGAIN
#define BAD STS_E_SYNTAX
#define ROW(in, err, code, used, text)                                         \
	{                                                                      \
		STS_LIT(in), (err), (code), (used), STS_LIT(text)              \
	}

static const struct row {
	struct sts_slice in;
	enum sts_err err;
	int code;
	size_t used; /* where err is STS_OK */
	struct sts_slice text;
} rows[] = {
	/* One line. */
	ROW("220 mx.example ESMTP\r\n", STS_OK, 220, 22, "mx.example ESMTP"),
	ROW("220 mx.example ESMTP\n", STS_OK, 220, 21, "mx.example ESMTP"),
	ROW("250 ok\r\n", STS_OK, 250, 8, "ok"),
	ROW("250 \r\n", STS_OK, 250, 6, ""),
	ROW("250\r\n", STS_OK, 250, 5, ""),
	ROW("250\n", STS_OK, 250, 4, ""),
	ROW("250  two spaces \r\n", STS_OK, 250, 18, " two spaces "),
	ROW("354 go on\r\n", STS_OK, 354, 11, "go on"),
	ROW("421 4.3.2 closing\r\n", STS_OK, 421, 19, "4.3.2 closing"),
	ROW("454 TLS not available\r\n", STS_OK, 454, 23, "TLS not available"),
	ROW("502 no\r\n", STS_OK, 502, 8, "no"),
	ROW("554 go away\r\n", STS_OK, 554, 13, "go away"),
	ROW("200 \r\n", STS_OK, 200, 6, ""),
	ROW("599 \r\n", STS_OK, 599, 6, ""),
	ROW("250 a\0b\r\n", STS_OK, 250, 9, "a\0b"),
	ROW("250 \xff\xfe\r\n", STS_OK, 250, 8, "\xff\xfe"),
	ROW("250 a\rb\r\n", STS_OK, 250, 9, "a\rb"),
	ROW("250 a\r\r\n", STS_OK, 250, 8, "a\r"),

	/* Several. */
	ROW("250-mx.example\r\n250 STARTTLS\r\n", STS_OK, 250, 30,
	    "mx.example\nSTARTTLS"),
	ROW("250-a\n250-b\r\n250 c\n", STS_OK, 250, 19, "a\nb\nc"),
	ROW("220-hello\r\n220-\r\n220-world\r\n220\r\n", STS_OK, 220, 33,
	    "hello\n\nworld\n"),
	ROW("250-a - b\r\n250 c-d\r\n", STS_OK, 250, 20, "a - b\nc-d"),

	/* Row 54: what follows is left to the caller to see. */
	ROW("220 go ahead\r\n250 injected\r\n", STS_OK, 220, 14, "go ahead"),
	ROW("220 go ahead\n\r\n", STS_OK, 220, 13, "go ahead"),
	ROW("250-a\r\n250 b\r\n250 c\r\n", STS_OK, 250, 14, "a\nb"),
	ROW("250 a\r\n250-b\r\n", STS_OK, 250, 7, "a"),

	/* Not whole yet. */
	ROW("", MORE, 0, 0, ""),
	ROW("2", MORE, 0, 0, ""),
	ROW("220", MORE, 0, 0, ""),
	ROW("220 mx.example", MORE, 0, 0, ""),
	ROW("220 mx.example\r", MORE, 0, 0, ""),
	ROW("220-mx.example\r\n", MORE, 0, 0, ""),
	ROW("220-mx.example\r\n220", MORE, 0, 0, ""),
	ROW("nonsense without an end", MORE, 0, 0, ""),

	/* Row 60: garbage. */
	ROW("\r\n", BAD, 0, 0, ""),
	ROW("\n", BAD, 0, 0, ""),
	ROW("2\r\n", BAD, 0, 0, ""),
	ROW("22\r\n", BAD, 0, 0, ""),
	ROW("hello\r\n", BAD, 0, 0, ""),
	ROW(" 220 mx.example\r\n", BAD, 0, 0, ""),
	ROW("-20 x\r\n", BAD, 0, 0, ""),
	ROW("+20 x\r\n", BAD, 0, 0, ""),
	ROW("2x0 x\r\n", BAD, 0, 0, ""),
	ROW("22x x\r\n", BAD, 0, 0, ""),
	ROW("2200 x\r\n", BAD, 0, 0, ""),
	ROW("220x\r\n", BAD, 0, 0, ""),
	ROW("220\tx\r\n", BAD, 0, 0, ""),
	ROW("220_x\r\n", BAD, 0, 0, ""),
	ROW("220\0x\r\n", BAD, 0, 0, ""),
	ROW("220\r \r\n", BAD, 0, 0, ""),
	ROW("000 x\r\n", BAD, 0, 0, ""),
	ROW("100 x\r\n", BAD, 0, 0, ""),
	ROW("199 x\r\n", BAD, 0, 0, ""),
	ROW("600 x\r\n", BAD, 0, 0, ""),
	ROW("999 x\r\n", BAD, 0, 0, ""),
	ROW("\0\0\0\0\n", BAD, 0, 0, ""),
	ROW("\x16\x03\x01\x02\n", BAD, 0, 0, ""),
	ROW("HTTP/1.1 400 Bad Request\r\n", BAD, 0, 0, ""),
	ROW("SSH-2.0-OpenSSH_9.2\r\n", BAD, 0, 0, ""),
	ROW("* OK IMAP4rev1\r\n", BAD, 0, 0, ""),
	ROW("+OK POP3\r\n", BAD, 0, 0, ""),
	ROW("250-a\r\n\r\n", BAD, 0, 0, ""),
	ROW("250-a\r\nb\r\n", BAD, 0, 0, ""),
	ROW("250-a\r\n 250 b\r\n", BAD, 0, 0, ""),
	/* The code of all lines is the same. */
	ROW("250-a\r\n251 b\r\n", BAD, 0, 0, ""),
	ROW("250-a\r\n550 b\r\n", BAD, 0, 0, ""),
	ROW("220-a\r\n220-b\r\n221 c\r\n", BAD, 0, 0, ""),
};

static struct sts_smtp_reply reply;

static int
setup(void **state)
{
	(void)state;
	sts_smtp_reply_init(&reply);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sts_smtp_reply_deinit(&reply);
	return 0;
}

/* Feeds in pieces of `piece` bytes until one is not STS_E_AGAIN. */
static enum sts_err
feed(struct sts_slice in, size_t piece, size_t *used)
{
	enum sts_err err = STS_E_AGAIN;
	size_t n, total = 0;

	sts_smtp_reply_reset(&reply);
	while (err == STS_E_AGAIN && total < in.n) {
		n = in.n - total < piece ? in.n - total : piece;
		err = sts_smtp_reply_feed(
		    &reply, sts_slice(in.p + total, n), used);
		if (err == STS_E_AGAIN)
			assert_int_equal(*used, n);
		if (err == STS_OK || err == STS_E_AGAIN)
			total += *used;
	}
	*used = total;
	return err;
}

static bool
check_row(const struct row *row, size_t piece)
{
	size_t used;
	enum sts_err err = feed(row->in, piece, &used);

	if (err == row->err &&
	    (err != STS_OK ||
		(used == row->used && reply.code == row->code &&
		    sts_slice_eq(sts_buf_view(&reply.text), row->text))))
		return true;
	print_error("\"%.*s\" by %zu: %s, code %d, used %zu, \"%s\"\n",
	    (int)row->in.n, row->in.p, piece, sts_err_text(err), reply.code,
	    used, sts_buf_cstr(&reply.text));
	return false;
}

static void
follows_the_table(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t piece = 1; piece <= rows[i].in.n + 1; piece++)
			failed += !check_row(&rows[i], piece);
	assert_int_equal(failed, 0);
}

static void
takes_an_empty_piece(void **state)
{
	size_t used = 99;

	(void)state;
	assert_int_equal(sts_smtp_reply_feed(&reply, sts_slice(NULL, 0), &used),
	    STS_E_AGAIN);
	assert_int_equal(used, 0);
}

static void
reads_one_reply_after_the_other(void **state)
{
	struct sts_slice in =
	    STS_LIT("220 hello\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n");
	static const int codes[] = { 220, 250, 220 };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		size_t used;

		sts_smtp_reply_reset(&reply);
		assert_int_equal(
		    sts_smtp_reply_feed(&reply, in, &used), STS_OK);
		assert_int_equal(reply.code, codes[i]);
		in = sts_slice(in.p + used, in.n - used);
	}
	assert_int_equal(in.n, 0);
}

/* A line of `n` bytes with its CRLF, `head` in front. */
static void
add_line(struct sts_buf *b, const char *head, size_t n)
{
	sts_buf_str(b, head);
	for (size_t i = strlen(head) + 2; i < n; i++)
		sts_buf_char(b, 'x');
	sts_buf_str(b, "\r\n");
	assert_int_equal(sts_buf_err(b), STS_OK);
}

static void
bounds_a_line(void **state)
{
	struct sts_buf b;
	size_t used;

	(void)state;
	sts_buf_init(&b, 1 << 20);
	for (size_t piece = 1; piece <= 8192; piece += 1023) {
		sts_buf_clear(&b);
		add_line(&b, "220 ", STS_SMTP_LINE_MAX);
		assert_int_equal(feed(sts_buf_view(&b), piece, &used), STS_OK);
		assert_int_equal(used, STS_SMTP_LINE_MAX);
		sts_buf_clear(&b);
		add_line(&b, "220 ", STS_SMTP_LINE_MAX + 1);
		assert_int_equal(
		    feed(sts_buf_view(&b), piece, &used), STS_E_LIMIT);
	}
	/* It is refused as soon as it is too long, not at its end. */
	sts_buf_clear(&b);
	for (int i = 0; i <= STS_SMTP_LINE_MAX; i++)
		sts_buf_char(&b, 'x');
	assert_int_equal(feed(sts_buf_view(&b), 100, &used), STS_E_LIMIT);
	sts_buf_deinit(&b);
}

static void
bounds_the_lines(void **state)
{
	struct sts_buf b;
	size_t used;

	(void)state;
	sts_buf_init(&b, 1 << 20);
	for (int i = 1; i < STS_SMTP_REPLY_LINES; i++)
		sts_buf_str(&b, "250-x\r\n");
	sts_buf_str(&b, "250 x\r\n");
	assert_int_equal(feed(sts_buf_view(&b), 1000, &used), STS_OK);
	sts_buf_clear(&b);
	for (int i = 0; i < STS_SMTP_REPLY_LINES; i++)
		sts_buf_str(&b, "250-x\r\n");
	assert_int_equal(feed(sts_buf_view(&b), 1000, &used), STS_E_AGAIN);
	sts_buf_str(&b, "250 x\r\n");
	assert_int_equal(feed(sts_buf_view(&b), 1000, &used), STS_E_LIMIT);
	sts_buf_deinit(&b);
}

static void
bounds_the_whole(void **state)
{
	struct sts_buf b;
	size_t used;

	(void)state;
	sts_buf_init(&b, 1 << 20);
	for (int i = 0; i < 4; i++)
		add_line(&b, "250-", STS_SMTP_LINE_MAX);
	assert_int_equal(feed(sts_buf_view(&b), 4096, &used), STS_E_AGAIN);
	sts_buf_str(&b, "250 the straw that is one too many\r\n");
	assert_int_equal(feed(sts_buf_view(&b), 4096, &used), STS_E_LIMIT);
	sts_buf_deinit(&b);
}

static void
finds_keywords(void **state)
{
	static const struct {
		const char *in;
		bool offered;
	} cases[] = {
		{ "250-mx.example\r\n250 STARTTLS\r\n", true },
		{ "250-mx.example\r\n250 starttls\r\n", true },
		{ "250-mx.example\r\n250 StartTLS\r\n", true },
		{ "250-mx\r\n250-SIZE 1\r\n250-STARTTLS\r\n250 HELP\r\n",
		    true },
		{ "250-mx\r\n250 STARTTLS with a parameter\r\n", true },
		{ "250-mx\r\n250 STARTTLS \r\n", true },
		{ "250-mx\r\n250 STARTTLSX\r\n", false },
		{ "250-mx\r\n250 XSTARTTLS\r\n", false },
		{ "250-mx\r\n250 START TLS\r\n", false },
		{ "250-mx\r\n250  STARTTLS\r\n", false },
		{ "250-mx\r\n250 STARTTLS=\r\n", false },
		{ "250-mx\r\n250 STARTTL\r\n", false },
		{ "250-mx\r\n250 HELP STARTTLS\r\n", false },
		{ "250-mx\r\n250 \r\n", false },
		{ "250-mx\r\n250\r\n", false },
		/* The first line is the greeting, whatever it says. */
		{ "250 STARTTLS\r\n", false },
		{ "250-STARTTLS\r\n250 HELP\r\n", false },
		{ "250-STARTTLS\r\n250 STARTTLS\r\n", true },
		{ "250 mx.example\r\n", false },
		{ "250\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t used;

		assert_int_equal(
		    feed(sts_slice_str(cases[i].in), 1000, &used), STS_OK);
		if (sts_smtp_reply_offers(&reply, STS_LIT("STARTTLS")) !=
		    cases[i].offered)
			fail_msg("%s", cases[i].in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    follows_the_table, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    takes_an_empty_piece, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    reads_one_reply_after_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bounds_the_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bounds_the_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    finds_keywords, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
