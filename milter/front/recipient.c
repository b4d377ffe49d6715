#include "sts/front/recipient.h"

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

/* Without a domain there is nothing to look a policy up for: what has none at
 * all is local mail, and what is no domain name is no MX's either. */
static void
by_address(const struct sts_rcpt *rcpt, struct sts_recipient *out)
{
	const char *addr = given(rcpt->addr) ? rcpt->addr : rcpt->argument;
	struct sts_domain domain;

	out->route = STS_ROUTE_NO_POLICY;
	if (sts_domain_from_recipient(sts_slice_str(addr), &domain) != STS_OK)
		return;
	memcpy(out->domain, domain.name, sizeof(out->domain));
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
	struct sts_domain domain;
	bool bracketed;

	out->route = STS_ROUTE_NO_POLICY;
	if (sts_domain_from_next_hop(
		sts_slice_str(rcpt->host), &domain, &bracketed) != STS_OK)
		return;
	memcpy(out->domain, domain.name, sizeof(out->domain));
	if (domain.kind == STS_DOMAIN_NAME && !bracketed)
		out->route = STS_ROUTE_OUTBOUND;
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
