/* front/recipient.c: rules.md rows 1 to 6. */
#include "sts/front/recipient.h"

#include "test.h"

#include <string.h>

struct row {
	struct sts_rcpt rcpt;
	enum sts_route route;
	const char *domain;
	bool by_command;
};

#define OUTBOUND STS_ROUTE_OUTBOUND
#define NO_POLICY STS_ROUTE_NO_POLICY
#define EXEMPT STS_ROUTE_EXEMPT
#define UNCLEAR STS_ROUTE_UNCLEAR

static const struct row rows[] = {
	/* Postfix smtpd: the next hop is the domain as typed. */
	{ { "<u@Example.COM>", "smtp", "Example.COM", "u@Example.COM" },
	    OUTBOUND, "example.com", false },
	{ { "<u@x.example>", "relay", "smart.example", "u@x.example" },
	    OUTBOUND, "smart.example", false },
	{ { "<u@x.example>", "smtp", "smart.example:587", NULL }, OUTBOUND,
	    "smart.example", false },
	{ { "<u@x.example>", "smtp", "[smart.example]:587", NULL }, NO_POLICY,
	    "smart.example", false },
	{ { "<u@x.example>", "smtp", "[198.51.100.20]:2626", NULL }, NO_POLICY,
	    "", false },
	/* Sendmail: a final dot, mailertable lists, case of the mailer. */
	{ { "<u@x.example>", "esmtp", "x.example.", "u@x.example" }, OUTBOUND,
	    "x.example", false },
	{ { "<u@x.example>", "ESMTP", "x.example.", "u@x.example" }, OUTBOUND,
	    "x.example", false },
	{ { "<u@x.example>", "esmtp", "mx1.a.example:mx2.a.example", NULL },
	    OUTBOUND, "mx1.a.example", false },
	{ { "<u@x.example>", "local", "", "u" }, EXEMPT, "", false },
	/* Not outbound SMTP; the domain is for the log. */
	{ { "<u@x.example>", "local", "x.example", "u@x.example" }, EXEMPT,
	    "x.example", false },
	{ { "<u@x.example>", "virtual", "x.example", NULL }, EXEMPT,
	    "x.example", false },
	{ { "<u@x.example>", "error", "5.1.1 no", NULL }, EXEMPT, "x.example",
	    false },
	{ { "<u@x.example>", "discard", "", NULL }, EXEMPT, "x.example",
	    false },
	/* No next hop: the address counts, {rcpt_addr} first. */
	{ { "<u@x.example>", "smtp", NULL, "u@y.example" }, OUTBOUND,
	    "y.example", false },
	{ { "<u@x.example>", "smtp", "", "" }, OUTBOUND, "x.example", false },
	/* An smtpd whose macros are lacking. */
	{ { "<u@x.example>", NULL, NULL, NULL }, OUTBOUND, "x.example", false },
	{ { "<u@[192.0.2.1]>", NULL, NULL, NULL }, NO_POLICY, "", false },
	{ { "<u@[IPv6:2001:db8::1]>", "smtp", NULL, NULL }, NO_POLICY, "",
	    false },
	/* The sendmail command. */
	{ { "u@x.example", NULL, NULL, NULL }, OUTBOUND, "x.example", true },
	{ { "u@x.example", "", "", "" }, OUTBOUND, "x.example", true },
	{ { "root", NULL, NULL, NULL }, EXEMPT, "", true },
	/* U-labels, quoted local parts, and what is no domain name. */
	{ { "<u@b\xc3\xbc"
	    "cher.example>",
	      "smtp", NULL, NULL },
	    OUTBOUND, "xn--bcher-kva.example", false },
	{ { "<\"a@b\"@x.example>", "smtp", NULL, NULL }, OUTBOUND, "x.example",
	    false },
	{ { "<u@x..example>", "smtp", NULL, NULL }, NO_POLICY, "", false },
	{ { "<u@x.example>", "smtp", "a..b", NULL }, NO_POLICY, "", false },
	/* A snowman: no A-label for us, one for Postfix. */
	{ { "<u@\xe2\x80\x8d.example>", "smtp", NULL, NULL }, UNCLEAR, "",
	    false },
	{ { "<u@x.example>", "smtp", "\xe2\x80\x8d.example", NULL }, UNCLEAR,
	    "", false },
	{ { "u@\xe2\x80\x8d.example", NULL, NULL, NULL }, UNCLEAR, "", true },
	{ { "<u@\xe2\x80\x8d.example>", "local", NULL, NULL }, EXEMPT, "",
	    false },
};

static void
where_mail_goes(void **state)
{
	const struct sts_conf *conf;
	struct sts_buf errors;

	(void)state;
	sts_buf_init(&errors, 1024);
	assert_int_equal(sts_conf_load("", &errors, &conf), STS_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_recipient r;

		sts_recipient_of(conf, &rows[i].rcpt, &r);
		if (r.route != rows[i].route ||
		    strcmp(r.domain, rows[i].domain) != 0 ||
		    r.by_command != rows[i].by_command)
			fail_msg("row %zu, %s: route %d, domain %s", i,
			    rows[i].rcpt.argument, (int)r.route, r.domain);
	}
	sts_conf_put(conf);
	sts_buf_deinit(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_mail_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
