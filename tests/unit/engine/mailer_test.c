/*
 * Mail handed to an MTA: what that says is the outcome.  That it arrives as it
 * should be is for tests/e2e/test_tlsrpt.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smtpserver.h"
#include "sts/engine/mailer.h"

#include <stdio.h>
#include <sys/socket.h>

static const char *const header[] = { "Subject: x", NULL };

static struct sts_mail
mail_to(const char *to)
{
	return (struct sts_mail){
		.from = "from@a.example",
		.to = to,
		.header = header,
		.text = "Hi.\r\n",
		.type = "application/x-test",
		.filename = "x",
		.file = STS_LIT("abc"),
	};
}

static struct sts_sockspec
at(uint16_t port)
{
	return (struct sts_sockspec){
		.family = AF_INET, .port = port, .host = "127.0.0.1"
	};
}

static void
refusal_is_told(void **state)
{
	static const struct smtp_step script[] = { SAY("220 a\r\n"), HEAR,
		SAY("250 a\r\n"), HEAR, SAY("250 ok\r\n"), HEAR,
		SAY("550 \x1b[2Jno such user\r\n"), HEAR, SAY("221 bye\r\n"),
		CLOSE };
	struct testpki_cert root = testpki_root();
	struct smtp_server server = { .script = script, .cert = &root };
	struct sts_mail mail = mail_to("\"a b\"@b.example");
	struct sts_sockspec spec;

	(void)state;
	assert_true(smtp_server_start(&server));
	spec = at(server.port);
	assert_false(sts_mailer_send(&mail, &spec, "helo.example"));
	assert_non_null(strstr(mail.detail, "550"));
	assert_null(strchr(mail.detail, '\x1b'));
	smtp_server_stop(&server);
	assert_non_null(strstr(server.heard, "EHLO helo.example"));
	assert_non_null(strstr(server.heard, "MAIL FROM:<from@a.example>"));
	assert_non_null(strstr(server.heard, "RCPT TO:<\"a b\"@b.example>"));
	testpki_free(&root);
}

static void
nobody_is_there(void **state)
{
	struct sts_mail mail = mail_to("a@b.example");
	struct sts_sockspec spec = { .family = AF_UNIX,
		.path = "/nowhere/socket" };

	(void)state;
	assert_false(sts_mailer_send(&mail, &spec, "helo.example"));
	assert_string_not_equal(mail.detail, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal_is_told),
		cmocka_unit_test(nobody_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
