/*
 * Configurations that are bad: what is said of each, and with which line.
 */
#include "conffile.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#define ACTIONS "one of tag, defer, quarantine, reject, log"
#define SOCKETS "inet:PORT@HOST, inet6:PORT@HOST, unix:/PATH"
#define NOT(key, value) key ": \"" value "\" is not accepted; "
#define NO_ENVIRONMENT "the environment is not read: no ${NAME} here"
#define TAG_UNSEEN                                                             \
	": \"tag\" tells it in the header, which header = \"none\" turns "     \
	"off; "                                                                \
	"use header = \"failures\" or \"all\", or "
#define AT_END(word)                                                           \
	": \"" word "\" acts on a whole message, at its end, where "           \
	"decide_at = \"rcpt\" no longer asks; use decide_at = \"auto\" "       \
	"(defer and reject at the recipient, this at the end) or \"eom\"\n"

#define ADDRESS "an address such as \"tlsrpt@example.com\", or \"\"\n"
#define ROW(text, err, errors)                                                 \
	{                                                                      \
		STS_LIT(text), (err), (errors)                                 \
	}

static const struct row {
	struct sts_slice text;
	enum sts_err err;
	const char *errors;
} rows[] = {
	/* Unknown keys and blocks. */
	ROW("bogus = 1", STS_E_SYNTAX,
	    "1: unknown key \"bogus\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"),
	ROW("\n\nprobe_tll = 1", STS_E_SYNTAX,
	    "3: unknown key \"probe_tll\"; did you mean \"probe_ttl\"?\n"),
	ROW("On_Fail = \"tag\"", STS_E_SYNTAX,
	    "1: unknown key \"On_Fail\"; did you mean \"on_fail\"?\n"),
	ROW("mailer = {\"a\"}\nmilter_soket = \"x\"", STS_E_SYNTAX,
	    "1: unknown key \"mailer\"; did you mean \"mailers\"?\n"
	    "2: unknown key \"milter_soket\"; "
	    "did you mean \"milter_socket\"?\n"),
	ROW("reason = \"x\"", STS_E_SYNTAX,
	    "1: unknown key \"reason\"; it stands inside a domain block\n"),
	ROW("domain \"x.example\" {\n on_fail = log\n on_temperror = log }",
	    STS_E_SYNTAX,
	    "3: unknown key \"on_temperror\"; it stands outside of domain "
	    "blocks; inside: on_fail, on_unreachable, until, reason\n"),
	ROW("domain \"x.example\" { on_fail = log\nuntill = \"2026-01-01\" }",
	    STS_E_SYNTAX,
	    "2: unknown key \"untill\"; did you mean \"until\"?\n"),
	ROW("bogus = 1\nbogus = 2\non_fail = x", STS_E_SYNTAX,
	    "1: unknown key \"bogus\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"
	    "2: unknown key \"bogus\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"
	    "3: " NOT("on_fail", "x") ACTIONS "\n"),
	ROW("domain = \"x.example\"", STS_E_SYNTAX,
	    "1: unknown key \"domain\"; "
	    "an exception is a block: domain \"NAME\" { ... }\n"
	    "1: missing title for section 'domain'\n"),
	ROW("\"a\xc3\xa4\" = 1", STS_E_SYNTAX,
	    "1: unknown key \"a\\xc3\\xa4\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"),
	ROW("domian \"x\" { on_fail = log }", STS_E_SYNTAX,
	    "1: unknown block \"domian\"; "
	    "the only one is domain \"NAME\" { ... }\n"),
	ROW("include(\"/etc/passwd\")", STS_E_SYNTAX,
	    "1: no such option 'include'\n"),

	/* Lines behind comments, whatever their kind. */
	ROW("# a\n# b\n// c\n/* d\n e */\nbogus = 1", STS_E_SYNTAX,
	    "6: unknown key \"bogus\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"),
	ROW("# a\n# b\non_fail = \"a\" # c\n# d\non_temperror = \"b\"",
	    STS_E_SYNTAX,
	    "3: " NOT("on_fail", "a") ACTIONS "\n"
					      "5: " NOT("on_temperror", "b")
						  ACTIONS "\n"),
	ROW("# a\n/*\n*/ on_fail == log", STS_E_SYNTAX,
	    "3: unexpected token '='\n"),

	/* Syntax. */
	ROW("on_fail", STS_E_SYNTAX, "1: premature end of file\n"),
	ROW("on_fail \"log\"\n", STS_E_SYNTAX,
	    "1: missing equal sign after option 'on_fail'\n"),
	ROW("on_fail = {\"log\"}", STS_E_SYNTAX, "1: unexpected token '{'\n"),
	ROW("on_fail += \"log\"", STS_E_SYNTAX,
	    "1: attempt to append to non-list option 'on_fail'\n"),
	ROW("}", STS_E_SYNTAX, "1: unexpected closing brace\n"),
	ROW("mailers = {\"a\"\n\"b\"}", STS_E_SYNTAX,
	    "2: unexpected token 'b'\n"),
	ROW("domain { on_fail = log }", STS_E_SYNTAX,
	    "1: missing title for section 'domain'\n"),
	ROW("domain \"a\" \"b\" { }", STS_E_SYNTAX,
	    "1: missing opening brace for section 'domain'\n"),
	/* What libConfuse would take, or tell in the wrong place. */
	ROW("\nstore = \"/a\nprobe = true\n", STS_E_SYNTAX,
	    "2: this string is not closed on its line\n"),
	ROW("store = '/a", STS_E_SYNTAX,
	    "1: this string is not closed on its line\n"),
	ROW("store = \"/a\\", STS_E_SYNTAX,
	    "1: a backslash in a string stands only before \" or \\\n"),
	ROW("store = \"/a\\x00\"", STS_E_SYNTAX,
	    "1: a backslash in a string stands only before \" or \\\n"),
	ROW("store = \"/a\\\nb\"", STS_E_SYNTAX,
	    "1: a backslash in a string stands only before \" or \\\n"),
	ROW("store = \"/a\0b\"", STS_E_SYNTAX,
	    "1: a control character in a string\n"),
	ROW("store = \"/a\tb\"", STS_E_SYNTAX,
	    "1: a control character in a string\n"),
	ROW("store = '/a\x7f'", STS_E_SYNTAX,
	    "1: a control character in a string\n"),
	ROW("\nprobe = true\0", STS_E_SYNTAX, "2: a control character\n"),
	ROW("probe\r= true", STS_E_SYNTAX, "1: a control character\n"),
	ROW("\n\x1b", STS_E_SYNTAX, "2: a control character\n"),
	ROW("store = \"/${HOME}\"", STS_E_SYNTAX,
	    "1: " NO_ENVIRONMENT "; write the value itself, or '...' for a "
	    "literal ${\n"),
	ROW("store = ${HOME}", STS_E_SYNTAX, "1: " NO_ENVIRONMENT "\n"),
	ROW("\n/* x\n\n", STS_E_SYNTAX,
	    "2: this comment is never closed by */\n"),
	ROW("\ndomain \"a.example\" {\n on_fail = log\n\n", STS_E_SYNTAX,
	    "2: the brace opened here is never closed\n"),
	ROW("domain \"a.example\" {\ndomain \"b.example\" { on_fail = log }",
	    STS_E_SYNTAX, "2: a block stands inside another one\n"),
	ROW("\nmailers = {\n\"a\"\n", STS_E_SYNTAX,
	    "2: the brace opened here is never closed\n"),

	/* Values. */
	ROW("on_fail = \"deffer\"", STS_E_SYNTAX,
	    "1: " NOT("on_fail", "deffer") ACTIONS
	    "; did you mean \"defer\"?\n"),
	ROW("on_fail = \"accept\"", STS_E_SYNTAX,
	    "1: " NOT("on_fail", "accept") ACTIONS "\n"),
	ROW("on_fail = \"\"", STS_E_SYNTAX,
	    "1: " NOT("on_fail", "") ACTIONS "\n"),
	ROW("decide_at = \"data\"", STS_E_SYNTAX,
	    "1: " NOT("decide_at", "data") "one of auto, rcpt, eom\n"),
	ROW("header = failure", STS_E_SYNTAX,
	    "1: " NOT("header", "failure") "one of all, failures, none; "
					   "did you mean \"failures\"?\n"),
	ROW("log_level = \"error\"", STS_E_SYNTAX,
	    "1: " NOT("log_level",
		"error") "one of alert, err, warning, notice, info, debug; "
			 "did you mean \"err\"?\n"),
	ROW("probe = 1", STS_E_SYNTAX,
	    "1: " NOT("probe", "1") "one of true, false, yes, no, on, off\n"),
	ROW("rcpt_wait = 8s", STS_E_SYNTAX,
	    "1: " NOT("rcpt_wait", "8s") "whole seconds from 0 to 3600\n"),
	ROW("rcpt_wait = -1", STS_E_SYNTAX,
	    "1: " NOT("rcpt_wait", "-1") "whole seconds from 0 to 3600\n"),
	ROW("rcpt_wait = 1.5", STS_E_SYNTAX,
	    "1: " NOT("rcpt_wait", "1.5") "whole seconds from 0 to 3600\n"),
	ROW("rcpt_wait = 0x10", STS_E_SYNTAX,
	    "1: " NOT("rcpt_wait", "0x10") "whole seconds from 0 to 3600\n"),
	ROW("rcpt_wait = \"\"", STS_E_SYNTAX,
	    "1: " NOT("rcpt_wait", "") "whole seconds from 0 to 3600\n"),
	ROW("rcpt_wait = 3601", STS_E_RANGE,
	    "1: " NOT("rcpt_wait", "3601") "whole seconds from 0 to 3600\n"),
	ROW("eom_wait = 4294967296", STS_E_RANGE,
	    "1: " NOT(
		"eom_wait", "4294967296") "whole seconds from 0 to 3600\n"),
	ROW("fetch_timeout = 61", STS_E_RANGE,
	    "1: " NOT("fetch_timeout", "61") "whole seconds from 1 to 60\n"),
	ROW("fetch_timeout = 0", STS_E_RANGE,
	    "1: " NOT("fetch_timeout", "0") "whole seconds from 1 to 60\n"),
	ROW("milter_socket = \"\"", STS_E_SYNTAX,
	    "1: " NOT("milter_socket", "") SOCKETS "\n"),
	ROW("milter_socket = \"inet:0@localhost\"", STS_E_RANGE,
	    "1: " NOT("milter_socket", "inet:0@localhost") SOCKETS "\n"),
	ROW("socketmap_socket = \"/run/x\"", STS_E_SYNTAX,
	    "1: " NOT("socketmap_socket", "/run/x") SOCKETS ", or \"\"\n"),
	ROW("store = \"cache.db\"", STS_E_SYNTAX,
	    "1: " NOT("store", "cache.db") "an absolute path, or \"\"\n"),
	ROW("hostname = \"a b\"", STS_E_SYNTAX,
	    "1: " NOT("hostname", "a b") "a host name such as "
					 "\"mail.example.com\", or \"\"\n"),
	ROW("hostname = \"192.0.2.1\"", STS_E_SYNTAX,
	    "1: " NOT(
		"hostname", "192.0.2.1") "a host name such as "
					 "\"mail.example.com\", or \"\"\n"),
	ROW("dns_servers = {\"127.0.0.1\",\n\"localhost\"}", STS_E_SYNTAX,
	    "1: " NOT(
		"dns_servers", "localhost") "addresses such as "
					    "\"127.0.0.1\", \"127.0.0.1:53\" "
					    "or \"[::1]:53\"\n"),
	ROW("allow_networks = {\"10.0.0.1/8\"}", STS_E_RANGE,
	    "1: " NOT("allow_networks",
		"10.0.0.1/8") "networks such as "
			      "\"10.0.0.0/8\" or \"fd00::/8\", with no bit set "
			      "behind the "
			      "prefix\n"),
	ROW("\nmailers = {}", STS_E_RANGE, "2: mailers: must not be empty\n"),
	ROW("mailers = {\"smtp\", \"\"}", STS_E_SYNTAX,
	    "1: " NOT("mailers", "") "names without spaces, at least one\n"),
	ROW("header_name = \"Subject\"", STS_E_REFUSED,
	    "1: " NOT(
		"header_name", "Subject") "a header name of its own: up "
					  "to 64 printable ASCII characters, "
					  "no colon, and none that mail "
					  "already uses\n"),
	ROW("domain \"x.example\" { on_fail = \"tagg\" until = \"tomorrow\" }",
	    STS_E_SYNTAX,
	    "1: " NOT("on_fail", "tagg") ACTIONS
	    "; did you mean \"tag\"?\n"
	    "1: " NOT(
		"until", "tomorrow") "a day as \"2026-12-31\" (its end "
				     "in UTC), or a time as "
				     "\"2026-12-31T18:00:00Z\", or \"\"\n"),
	/* The value that counts is the last one. */
	ROW("on_fail = \"tag\"\non_fail = \"x\"\n", STS_E_SYNTAX,
	    "2: " NOT("on_fail", "x") ACTIONS "\n"),

	/* Exceptions. */
	ROW("\ndomain \"x.example\" {\n}", STS_E_REFUSED,
	    "2: domain \"x.example\": changes nothing; "
	    "it needs on_fail or on_unreachable\n"),
	ROW("domain \"x.example\" { until = \"2026-12-31\" reason = \"r\" }",
	    STS_E_REFUSED,
	    "1: domain \"x.example\": changes nothing; "
	    "it needs on_fail or on_unreachable\n"),
	ROW("domain \"x.example\" { on_fail = log }\n"
	    "domain \"X.Example.\" { on_fail = tag }",
	    STS_E_REFUSED,
	    "2: domain \"X.Example.\": "
	    "there is a block for it in line 1 already\n"),
	ROW("domain \"x.example\" { on_fail = log }\n"
	    "domain \"x.example\" { on_fail = tag }",
	    STS_E_SYNTAX, "2: found duplicate title 'x.example'\n"),
	ROW("domain \"x y\" { on_fail = log }", STS_E_SYNTAX,
	    "1: domain: \"x y\" is not accepted; a domain name, or "
	    "\"*.example.com\" for all names below it\n"),
	ROW("domain \"*\" { on_fail = log }", STS_E_SYNTAX,
	    "1: domain: \"*\" is not accepted; a domain name, or "
	    "\"*.example.com\" for all names below it\n"),
	ROW("domain \"a.*.example\" { on_fail = log }", STS_E_SYNTAX,
	    "1: domain: \"a.*.example\" is not accepted; a domain name, or "
	    "\"*.example.com\" for all names below it\n"),
	ROW("domain \"[192.0.2.1]\" { on_fail = log }", STS_E_SYNTAX,
	    "1: domain: \"[192.0.2.1]\" is not accepted; a domain name, or "
	    "\"*.example.com\" for all names below it\n"),

	/* Combinations. */
	ROW("on_fail = \"tag\"\nheader = \"none\"", STS_E_REFUSED,
	    "1: on_fail" TAG_UNSEEN "on_fail = \"log\"\n"),
	ROW("header = \"none\"\ndomain \"x.example\" {\n"
	    "on_unreachable = \"tag\" }",
	    STS_E_REFUSED,
	    "3: on_unreachable" TAG_UNSEEN "on_unreachable = \"log\"\n"),
	ROW("on_fail = \"quarantine\"\ndecide_at = \"rcpt\"", STS_E_REFUSED,
	    "1: on_fail" AT_END("quarantine")),
	ROW("honor_tls_required_no = yes\ndecide_at = \"rcpt\"\n"
	    "on_fail = \"defer\"",
	    STS_E_REFUSED,
	    "1: honor_tls_required_no: needs the message's header, which comes "
	    "after decide_at = \"rcpt\"; use decide_at = \"auto\" or "
	    "\"eom\"\n"),
	ROW("tlsrpt = true", STS_E_REFUSED,
	    "1: tlsrpt: needs tlsrpt_from, the address that reports come "
	    "from, such as tlsrpt_from = \"tlsrpt@example.com\"\n"),
	ROW("tlsrpt_from = \"x\"", STS_E_SYNTAX,
	    "1: " NOT("tlsrpt_from", "x") ADDRESS),
	ROW("tlsrpt_from = \"<a@b.example>\"", STS_E_SYNTAX,
	    "1: " NOT("tlsrpt_from", "<a@b.example>") ADDRESS),
	ROW("tlsrpt_contact = \"@b.example\"", STS_E_SYNTAX,
	    "1: " NOT("tlsrpt_contact", "@b.example") ADDRESS),
	ROW("tlsrpt_contact = \"a b@b.example\"", STS_E_SYNTAX,
	    "1: " NOT("tlsrpt_contact", "a b@b.example") ADDRESS),
	ROW("tlsrpt_contact = \"a@[192.0.2.1]\"", STS_E_SYNTAX,
	    "1: " NOT("tlsrpt_contact", "a@[192.0.2.1]") ADDRESS),
	ROW("on_outage = \"panic\"", STS_E_SYNTAX,
	    "1: " NOT("on_outage", "panic") "one of hold, log\n"),
	ROW("on_temperror = \"tag\"\ndecide_at = \"rcpt\"", STS_E_REFUSED,
	    "1: on_temperror" AT_END("tag")),
	ROW("decide_at = \"rcpt\"\ndomain \"x.example\" {\n"
	    "on_fail = \"quarantine\" }",
	    STS_E_REFUSED, "3: on_fail" AT_END("quarantine")),
	ROW("socketmap_socket = \"inet:8463@localhost\"", STS_E_REFUSED,
	    "1: socketmap_socket: is the same as milter_socket; "
	    "each needs a socket of its own\n"),
	ROW("\nmilter_socket = \"inet:8461@localhost\"", STS_E_REFUSED,
	    "2: socketmap_socket: is the same as milter_socket; "
	    "each needs a socket of its own\n"),
	ROW("control_socket = \"inet:8465@localhost\"", STS_E_REFUSED,
	    "1: control_socket: must be unix:/PATH, "
	    "whose owner and mode guard it\n"),

	/* All that can be found, in the order of the lines. */
	ROW("bogus = 1\non_fail = \"x\"\nprobe_tll = 2\nrcpt_wait = 8s\n"
	    "domain \"a b\" { on_fail = \"y\" }\nmailers = {}\n",
	    STS_E_SYNTAX,
	    "1: unknown key \"bogus\"; "
	    "see mta-sts-milter.conf(5) for the keys there are\n"
	    "2: " NOT("on_fail", "x") ACTIONS
	    "\n"
	    "3: unknown key \"probe_tll\"; did you mean \"probe_ttl\"?\n"
	    "4: " NOT("rcpt_wait",
		"8s") "whole seconds from 0 to 3600\n"
		      "5: domain: \"a b\" is not accepted; a domain name, or "
		      "\"*.example.com\" for all names below it\n"
		      "5: " NOT("on_fail", "y") ACTIONS
	    "\n"
	    "6: mailers: must not be empty\n"),
};

static void
test_rows(void **state)
{
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	enum sts_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		err = conffile_load(rows[i].text, &errors, &conf);
		if (err != rows[i].err ||
		    strcmp(sts_buf_cstr(&errors), rows[i].errors) != 0)
			fail_msg("%s\ngives %s:\n%sand not:\n%s",
			    rows[i].text.p, sts_err_text(err),
			    sts_buf_cstr(&errors), rows[i].errors);
		assert_null(conf);
		sts_buf_deinit(&errors);
	}
}

/* Parts of a list, each refused with the list's own words. */
static void
test_parts(void **state)
{
	static const char *const texts[] = {
		"dns_servers = {\"\"}",
		"dns_servers = {\"[::1]\"}",
		"dns_servers = {\"[::1\"}",
		"dns_servers = {\"[::1]53\"}",
		"dns_servers = {\"[127.0.0.1]:53\"}",
		"dns_servers = {\":53\"}",
		"dns_servers = {\"127.0.0.1:\"}",
		"dns_servers = {\"127.0.0.1:0\"}",
		"dns_servers = {\"127.0.0.1:65536\"}",
		"dns_servers = {\"127.0.0.1:domain\"}",
		"dns_servers = {\"127.0.0.1:53:53\"}",
		"dns_servers = {\"192.0.2.1\", \"x\"}",
		"allow_networks = {\"10.0.0.0/33\"}",
		"allow_networks = {\"localhost\"}",
		"mailers = {\"a b\"}",
		"mailers = {\"a\", \" \"}",
	};
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (conffile_load(sts_slice_str(texts[i]), &errors, &conf) ==
			STS_OK ||
		    strstr(sts_buf_cstr(&errors), "is not accepted; ") == NULL)
			fail_msg("%s: %s", texts[i], sts_buf_cstr(&errors));
		sts_buf_deinit(&errors);
	}
}

/* What is allowed with decide_at at its ends. */
static void
test_good_combinations(void **state)
{
	static const char *const texts[] = {
		"decide_at = \"eom\" on_fail = \"reject\"",
		"decide_at = \"eom\" on_fail = \"defer\"",
		"decide_at = \"eom\" on_fail = \"quarantine\"",
		"decide_at = \"rcpt\" on_fail = \"log\"",
		"decide_at = \"rcpt\" on_fail = \"reject\"",
		"decide_at = \"auto\" on_fail = \"tag\"",
		"header = \"none\" on_fail = \"quarantine\"",
		"header = \"all\" on_fail = \"tag\"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		sts_conf_put(conffile_good(texts[i]));
}

static void
test_files(void **state)
{
	char folder[] = "/tmp/conf_test.XXXXXX";
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;

	(void)state;
	sts_buf_init(&errors, 1 << 20);
	assert_int_equal(sts_conf_load("/nonexistent/x.conf", &errors, &conf),
	    STS_E_NOTFOUND);
	assert_string_equal(sts_buf_cstr(&errors),
	    "/nonexistent/x.conf: cannot be read: "
	    "No such file or directory\n");
	sts_buf_clear(&errors);

	assert_non_null(mkdtemp(folder));
	assert_int_equal(sts_conf_load(folder, &errors, &conf), STS_E_NOTFOUND);
	assert_non_null(strstr(
	    sts_buf_cstr(&errors), ": cannot be read: Is a directory\n"));
	assert_int_equal(rmdir(folder), 0);
	sts_buf_deinit(&errors);
}

static void
test_size(void **state)
{
	enum { MEBIBYTE = 1 << 20 };
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	char *text = malloc(MEBIBYTE + 1);

	(void)state;
	assert_non_null(text);
	memset(text, '#', MEBIBYTE + 1);
	assert_int_equal(
	    conffile_load(sts_slice(text, MEBIBYTE), &errors, &conf), STS_OK);
	sts_conf_put(conf);
	sts_buf_deinit(&errors);
	assert_int_equal(
	    conffile_load(sts_slice(text, MEBIBYTE + 1), &errors, &conf),
	    STS_E_LIMIT);
	assert_string_equal(sts_buf_cstr(&errors), " is larger than 1 MiB\n");
	sts_buf_deinit(&errors);
	free(text);
}

/* A file of nothing but errors: they end, and the buffer holds them. */
static void
test_many_errors(void **state)
{
	const struct sts_conf *conf = NULL;
	struct sts_buf text, errors;
	size_t lines = 0;

	(void)state;
	sts_buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		sts_buf_printf(&text, "key%u = {%u, %u}\n", i, i, i);
	assert_int_equal(
	    conffile_load(sts_buf_view(&text), &errors, &conf), STS_E_SYNTAX);
	for (size_t i = 0; i < errors.n; i++)
		lines += errors.p[i] == '\n';
	assert_int_equal(lines, 100);
	sts_buf_deinit(&errors);
	sts_buf_deinit(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_good_combinations),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_many_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
