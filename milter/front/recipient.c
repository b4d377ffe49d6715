#include "sts/front/recipient.h"

#include "sts/core/grammar.h"

static bool
given(const char *macro)
{
	return macro != NULL && macro[0] != '\0';
}

/*
 * Postfix gives cleanup's milters neither {rcpt_mailer} nor brackets for what
 * came by its sendmail command.  An smtpd whose macros are lacking still has
 * the brackets.
 */
static bool
by_command(const struct sts_rcpt *rcpt)
{
	return !given(rcpt->mailer) && rcpt->argument[0] != '<';
}

/*
 * Where no domain could be read.  What is no domain name has no MX hosts. But
 * symbols, such as U+2603, have no A-labels in IDNA 2008, and have them for an
 * MTA that goes by UTS 46 alone.
 */
static enum sts_route
without_domain(enum sts_err err, struct sts_slice text)
{
	return err == STS_E_SYNTAX && sts_grammar_is_ascii(text)
		   ? STS_ROUTE_NO_POLICY
		   : STS_ROUTE_UNCLEAR;
}

/* What has no domain at all is local mail. */
static void
by_address(const struct sts_rcpt *rcpt, struct sts_recipient *out)
{
	struct sts_slice addr =
	    sts_slice_str(given(rcpt->addr) ? rcpt->addr : rcpt->argument);
	struct sts_domain domain;
	enum sts_err err = sts_domain_from_recipient(addr, &domain);

	if (err != STS_OK) {
		out->route = without_domain(err, addr);
		return;
	}
	memcpy(out->domain, domain.name, sizeof(out->domain));
	out->route = STS_ROUTE_NO_POLICY;
	switch (domain.kind) {
	case STS_DOMAIN_NAME:
		out->route = STS_ROUTE_OUTBOUND;
		break;
	case STS_DOMAIN_LITERAL:
		break;
	case STS_DOMAIN_LOCAL:
		out->route = STS_ROUTE_EXEMPT;
		break;
	}
}

static void
by_next_hop(const struct sts_rcpt *rcpt, struct sts_recipient *out)
{
	struct sts_slice host = sts_slice_str(rcpt->host);
	struct sts_domain domain;
	bool bracketed;
	enum sts_err err = sts_domain_from_next_hop(host, &domain, &bracketed);

	if (err != STS_OK) {
		out->route = without_domain(err, host);
		return;
	}
	memcpy(out->domain, domain.name, sizeof(out->domain));
	out->route = domain.kind == STS_DOMAIN_NAME && !bracketed
			 ? STS_ROUTE_OUTBOUND
			 : STS_ROUTE_NO_POLICY;
}

void
sts_recipient_of(const struct sts_conf *conf, const struct sts_rcpt *rcpt,
    struct sts_recipient *out)
{
	memset(out, 0, sizeof(*out));
	out->by_command = by_command(rcpt);
	if (given(rcpt->mailer) &&
	    !sts_conf_is_outbound(conf, sts_slice_str(rcpt->mailer))) {
		by_address(rcpt, out); /* for the log only */
		out->route = STS_ROUTE_EXEMPT;
	} else if (given(rcpt->host)) {
		by_next_hop(rcpt, out);
	} else {
		by_address(rcpt, out);
	}
}
