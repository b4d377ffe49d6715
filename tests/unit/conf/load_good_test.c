/*
 * Configurations that are good: the defaults of the contract, what each key
 * does to the snapshot, and what the syntax allows.
 */
#include "conffile.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

static void
assert_defaults(const struct sts_conf *c)
{
	assert_string_equal(c->milter_socket, "inet:8463@localhost");
	assert_int_equal(c->milter_server, STS_MILTER_LOOP);
	assert_int_equal(c->milter.family, AF_INET);
	assert_int_equal(c->milter.port, 8463);
	assert_string_equal(c->milter.host, "localhost");
	assert_string_equal(c->socketmap_socket, "inet:8461@localhost");
	assert_int_equal(c->socketmap.port, 8461);
	assert_string_equal(
	    c->control_socket, "unix:/run/mta-sts-milter/control");
	assert_int_equal(c->control.family, AF_UNIX);
	assert_string_equal(c->control.path, "/run/mta-sts-milter/control");
	assert_string_equal(c->store, "/var/lib/mta-sts-milter/cache.db");
	assert_string_equal(c->user, "");
	assert_int_equal(c->n_dns_servers, 0);
	assert_false(c->dns_trust_ad);
	assert_string_equal(c->ca_file, "");
	assert_int_equal(c->n_allow_networks, 0);
	assert_true(c->probe);
	assert_int_equal(c->probe_ttl, 3600);
	assert_int_equal(c->probe_failure_ttl, 300);
	assert_int_equal(c->fetch_timeout, 60);
	assert_int_equal(c->probe_timeout, 30);
	assert_int_equal(c->dns_timeout, 5);
	assert_int_equal(c->actions.on_fail, STS_ACTION_DEFER);
	assert_int_equal(c->actions.on_unreachable, STS_ACTION_DEFER);
	assert_int_equal(c->actions.on_temperror, STS_ACTION_LOG);
	assert_int_equal(c->on_outage, STS_OUTAGE_HOLD);
	assert_false(c->honor_tls_required_no);
	assert_int_equal(c->decide_at, STS_DECIDE_AUTO);
	assert_int_equal(c->rcpt_wait, 8);
	assert_int_equal(c->eom_wait, 60);
	assert_int_equal(c->header, STS_HEADER_FAILURES);
	assert_string_equal(c->header_name, "MTA-STS-Status");
	assert_string_equal(c->audit_file, "");
	assert_false(c->tlsrpt);
	assert_string_equal(c->tlsrpt_from, "");
	assert_string_equal(c->tlsrpt_organization, "");
	assert_string_equal(c->tlsrpt_contact, "");
	assert_int_equal(c->tlsrpt_smtp.port, 25);
	assert_string_equal(c->tlsrpt_smtp.host, "127.0.0.1");
	assert_string_equal(
	    c->tlsrpt_store, "/var/lib/mta-sts-milter/tlsrpt.db");
	assert_int_equal(c->syslog_facility, LOG_MAIL);
	assert_int_equal(c->log_level, STS_LOG_INFO);
	assert_int_equal(c->n_mailers, 3);
	assert_string_equal(c->mailers[0], "smtp");
	assert_string_equal(c->mailers[1], "esmtp");
	assert_string_equal(c->mailers[2], "relay");
	assert_int_equal(c->n_exceptions, 0);
	/* The machine's name, whatever it is, is a name. */
	assert_true(strlen(c->hostname) > 0);
}

static void
test_defaults(void **state)
{
	static const char *const empty[] = { "", "\n", " \t\r\n", "# only\n",
		"// only", "/* only\n */", "#" };
	const struct sts_conf *conf;
	struct sts_buf errors;

	(void)state;
	sts_buf_init(&errors, 1000);
	assert_int_equal(sts_conf_load("", &errors, &conf), STS_OK);
	assert_string_equal(conf->path, "");
	assert_defaults(conf);
	sts_conf_put(conf);
	assert_int_equal(errors.n, 0);
	sts_buf_deinit(&errors);
	for (size_t i = 0; i < COUNT(empty); i++) {
		conf = conffile_good(empty[i]);
		assert_defaults(conf);
		sts_conf_put(conf);
	}
}

static const char every_key[] =
    "milter_socket = \"unix:/run/m\"\n"
    "milter_server = libmilter\n"
    "socketmap_socket = \"\"\n"
    "control_socket = \"local:/run/c\"\n"
    "store = \"\"\n"
    "hostname = \"Mail.B\xc3\xbc"
    "cher.Example.\"\n"
    "user = \"_sts\"\n"
    "dns_servers = {\"127.0.0.1\", \"192.0.2.1:5353\", \"::1\", "
    "\"[2001:db8::1]:65535\"}\n"
    "dns_trust_ad = true\n"
    "ca_file = \"/etc/ca.pem\"\n"
    "allow_networks = {\"127.0.0.0/8\", \"::1\"}\n"
    "probe = false\n"
    "probe_ttl = 1\n"
    "probe_failure_ttl = 86400\n"
    "fetch_timeout = 1\n"
    "probe_timeout = 300\n"
    "dns_timeout = 60\n"
    "on_fail = \"reject\"\n"
    "on_unreachable = \"quarantine\"\n"
    "on_temperror = \"tag\"\n"
    "decide_at = \"eom\"\n"
    "rcpt_wait = 0\n"
    "eom_wait = 3600\n"
    "header = \"all\"\n"
    "header_name = \"X-STS\"\n"
    "audit_file = \"/var/log/a\"\n"
    "tlsrpt = true\n"
    "tlsrpt_from = \"r+x@mail.example\"\n"
    "tlsrpt_organization = \"Example Inc.\"\n"
    "tlsrpt_contact = \"post@example\"\n"
    "tlsrpt_smtp = \"unix:/run/x\"\n"
    "tlsrpt_store = \"/r\"\n"
    "syslog_facility = \"local7\"\n"
    "log_level = \"debug\"\n"
    "mailers = {\"smtp-out\"}\n";

static void
assert_lists(const struct sts_conf *c)
{
	static const char *const addrs[] = { "127.0.0.1", "192.0.2.1", "::1",
		"2001:db8::1" };
	static const uint16_t ports[] = { 53, 5353, 53, 65535 };
	char text[STS_ADDR_TEXT];

	assert_int_equal(c->n_dns_servers, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(
		    sts_addr_text(&c->dns_servers[i].addr, text), addrs[i]);
		assert_int_equal(c->dns_servers[i].port, ports[i]);
	}
	assert_int_equal(c->n_allow_networks, 2);
	assert_int_equal(c->allow_networks[0].prefix, 8);
	assert_int_equal(c->allow_networks[1].prefix, 128);
	assert_int_equal(c->n_mailers, 1);
	assert_string_equal(c->mailers[0], "smtp-out");
}

static void
test_every_key(void **state)
{
	const struct sts_conf *c = conffile_good(every_key);

	(void)state;
	assert_string_equal(c->milter_socket, "unix:/run/m");
	assert_int_equal(c->milter_server, STS_MILTER_LIBMILTER);
	assert_string_equal(c->milter.path, "/run/m");
	assert_string_equal(c->socketmap_socket, "");
	assert_int_equal(c->socketmap.family, AF_UNSPEC);
	assert_string_equal(c->control.path, "/run/c");
	assert_string_equal(c->store, "");
	assert_string_equal(c->hostname, "mail.xn--bcher-kva.example");
	assert_string_equal(c->user, "_sts");
	assert_true(c->dns_trust_ad);
	assert_string_equal(c->ca_file, "/etc/ca.pem");
	assert_false(c->probe);
	assert_int_equal(c->probe_ttl, 1);
	assert_int_equal(c->probe_failure_ttl, 86400);
	assert_int_equal(c->fetch_timeout, 1);
	assert_int_equal(c->probe_timeout, 300);
	assert_int_equal(c->dns_timeout, 60);
	assert_int_equal(c->actions.on_fail, STS_ACTION_REJECT);
	assert_int_equal(c->actions.on_unreachable, STS_ACTION_QUARANTINE);
	assert_int_equal(c->actions.on_temperror, STS_ACTION_TAG);
	assert_int_equal(c->decide_at, STS_DECIDE_EOM);
	assert_int_equal(c->rcpt_wait, 0);
	assert_int_equal(c->eom_wait, 3600);
	assert_int_equal(c->header, STS_HEADER_ALL);
	assert_string_equal(c->header_name, "X-STS");
	assert_string_equal(c->audit_file, "/var/log/a");
	assert_true(c->tlsrpt);
	assert_string_equal(c->tlsrpt_from, "r+x@mail.example");
	assert_string_equal(c->tlsrpt_organization, "Example Inc.");
	assert_string_equal(c->tlsrpt_contact, "post@example");
	assert_string_equal(c->tlsrpt_smtp.path, "/run/x");
	assert_string_equal(c->tlsrpt_store, "/r");
	assert_int_equal(c->syslog_facility, LOG_LOCAL7);
	assert_int_equal(c->log_level, STS_LOG_DEBUG);
	assert_lists(c);
	sts_conf_put(c);
}

static void
test_syntax(void **state)
{
	/* Each leaves "/a" in `store`. */
	static const char *const texts[] = {
		"store = \"/a\"",
		"store=/a",
		"store = '/a'",
		"\tstore\t=\r\n\"/a\"\r\n",
		"store = /b store = \"/a\"", /* the last one counts */
		"# store = \"/b\"\nstore = \"/a\" # \"\n",
		"// '\nstore = \"/a\" // {\n",
		"//'\n//{\nstore = \"/a\"",
		"/* store = \"/b\" \" ' { */ store = \"/a\"/**/",
		"###\n/***/store /* x\n*/=/**//a",
		"\"store\" = \"/a\"",
		"# \x01 ${HOME}\nstore = \"/a\"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct sts_conf *c = conffile_good(texts[i]);

		if (strcmp(c->store, "/a") != 0)
			fail_msg("%s: %s", texts[i], c->store);
		sts_conf_put(c);
	}
}

/* A comment may hold anything, and hides nothing that stands behind it. */
static void
test_nul_in_comment(void **state)
{
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;

	(void)state;
	assert_int_equal(
	    conffile_load(STS_LIT("# a\0b\nstore = /a"), &errors, &conf),
	    STS_OK);
	assert_string_equal(conf->store, "/a");
	sts_conf_put(conf);
	sts_buf_deinit(&errors);
}

static void
test_strings(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "\"\"", "" },
		{ "\"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c" },
		{ "'${HOME} \\n \\'x\\' \\\\'", "${HOME} \\n 'x' \\" },
		{ "\"# no comment /* nor // this */\"",
		    "# no comment /* nor // this */" },
		{ "\"$HOME $ {x}\"", "$HOME $ {x}" },
		{ "\"gr\xc3\xb6\xc3\x9f"
		  "er\"",
		    "gr\xc3\xb6\xc3\x9f"
		    "er" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct sts_conf *c;

		(void)snprintf(text, sizeof(text),
		    "domain \"x.example\" { on_fail = log reason = %s }",
		    rows[i].text);
		c = conffile_good(text);
		assert_string_equal(c->exceptions[0].reason, rows[i].reason);
		sts_conf_put(c);
	}
}

static void
test_lists(void **state)
{
	const struct sts_conf *c;

	(void)state;
	c = conffile_good("mailers += {\"a\", \"b\"}\nmailers += c");
	assert_int_equal(c->n_mailers, 6);
	assert_string_equal(c->mailers[0], "smtp");
	assert_string_equal(c->mailers[5], "c");
	assert_true(sts_conf_is_outbound(c, STS_LIT("smtp")));
	assert_true(sts_conf_is_outbound(c, STS_LIT("ESMTP")));
	assert_true(sts_conf_is_outbound(c, STS_LIT("b")));
	assert_false(sts_conf_is_outbound(c, STS_LIT("local")));
	assert_false(sts_conf_is_outbound(c, STS_LIT("smtp\0")));
	assert_false(sts_conf_is_outbound(c, STS_LIT("")));
	sts_conf_put(c);
	c = conffile_good("mailers = {x,}\nallow_networks = {\"::1\"}\n"
			  "allow_networks = {}\ndns_servers = {}");
	assert_int_equal(c->n_mailers, 1);
	assert_int_equal(c->n_allow_networks, 0);
	sts_conf_put(c);
}

static void
test_booleans(void **state)
{
	static const struct {
		const char *text;
		bool value;
	} rows[] = {
		{ "probe = true", true },
		{ "probe = yes", true },
		{ "probe = on", true },
		{ "probe = \"true\"", true },
		{ "probe = false", false },
		{ "probe = no", false },
		{ "probe = off", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct sts_conf *c = conffile_good(rows[i].text);

		assert_int_equal(c->probe, rows[i].value);
		sts_conf_put(c);
	}
}

static void
test_snapshot(void **state)
{
	const struct sts_conf *a = conffile_good(""), *b;
	struct sts_buf changes;

	(void)state;
	assert_int_equal(a->ref.n, 1);
	assert_ptr_equal(sts_conf_get(a), a);
	assert_int_equal(a->ref.n, 2);
	sts_conf_put(a);
	assert_int_equal(a->ref.n, 1);
	sts_conf_put(NULL);

	sts_buf_init(&changes, 1000);
	sts_conf_fixed_changes(a, a, &changes);
	assert_int_equal(changes.n, 0);
	b = conffile_good(every_key);
	sts_conf_fixed_changes(a, b, &changes);
	assert_string_equal(sts_buf_cstr(&changes),
	    "milter_socket, milter_server, socketmap_socket, "
	    "control_socket, store, user, tlsrpt, tlsrpt_store");
	sts_buf_clear(&changes);
	sts_conf_put(b);
	b = conffile_good("rcpt_wait = 9 store = \"/x\" on_fail = log");
	sts_conf_fixed_changes(a, b, &changes);
	assert_string_equal(sts_buf_cstr(&changes), "store");
	sts_buf_deinit(&changes);
	sts_conf_put(a);
	sts_conf_put(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_nul_in_comment),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
