/*
 * Where a recipient's mail will go, and thereby its policy domain (RFC 8461
 * section 3; rules.md rows 1 to 6). Pure.
 */
#ifndef STS_FRONT_RECIPIENT_H
#define STS_FRONT_RECIPIENT_H

#include "sts/conf/conf.h"
#include "sts/core/domain.h"

enum sts_route {
	STS_ROUTE_OUTBOUND, /* by SMTP to the MX hosts of `domain` */
	STS_ROUTE_NO_POLICY, /* to an address, or to one host named in
				brackets: no policy can exist, rows 3 and 5 */
	STS_ROUTE_EXEMPT, /* not by SMTP, row 6 */
	STS_ROUTE_UNCLEAR, /* to a domain that the MTA may know how to look up,
			      and we do not: it may have a policy */
};

/* A RCPT as the MTA tells it. NULL where it does not. */
struct sts_rcpt {
	const char *argument; /* "<u@x>" */
	const char *mailer; /* {rcpt_mailer} */
	const char *host; /* {rcpt_host}, the next hop */
	const char *addr; /* {rcpt_addr} */
};

struct sts_recipient {
	enum sts_route route;
	char domain[STS_DOMAIN_SIZE]; /* "" where it is not known */
	bool by_command; /* given to the sendmail command: there is no SMTP
			    client that could be told to try again */
};

void sts_recipient_of(const struct sts_conf *conf, const struct sts_rcpt *rcpt,
    struct sts_recipient *out);

#endif
