/*
 * The policy domain of a recipient (RFC 8461 section 3, rules.md rows 1 to 5).
 *
 * A domain here is always in its one canonical form: A-labels, lower case, no
 * final dot, 1 to 253 bytes, every label 1 to 63 bytes of letters, digits,
 * hyphens and underscores. Pure (libidn2 does the conversion).
 */
#ifndef STS_CORE_DOMAIN_H
#define STS_CORE_DOMAIN_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

enum { STS_DOMAIN_SIZE = 254 }; /* the longest one and its NUL */

enum sts_domain_kind {
	STS_DOMAIN_NAME, /* `name` is set */
	STS_DOMAIN_LITERAL, /* an address, in brackets or bare: no policy */
	STS_DOMAIN_LOCAL, /* an address without a domain: not outbound */
};

struct sts_domain {
	enum sts_domain_kind kind;
	char name[STS_DOMAIN_SIZE]; /* "" unless STS_DOMAIN_NAME */
};

/* Of a host or domain name as written. U-labels are converted, a final dot is
 * dropped.  STS_E_SYNTAX for what is no domain name. */
STS_MUST_USE enum sts_err sts_domain_from_name(
    struct sts_slice s, struct sts_domain *out);

/* Of an SMTP recipient: `<u@x>`, `u@x`, source routes, quoted local parts.
 * STS_E_SYNTAX. */
STS_MUST_USE enum sts_err sts_domain_from_recipient(
    struct sts_slice s, struct sts_domain *out);

/*
 * Of an MTA's next hop, the macro {rcpt_host}: `name`, `name.`, `name:port`,
 * `[name]`, `[name]:port`, `[address]`, and Sendmail's `a:b` lists, of which
 * the first counts.  *bracketed says that MX lookup is off: such a next hop has
 * no policy (row 5), whatever its kind.  STS_E_SYNTAX.
 */
STS_MUST_USE enum sts_err sts_domain_from_next_hop(
    struct sts_slice s, struct sts_domain *out, bool *bracketed);

/* Whether `name` is `pattern`, or pattern is `*.x` and name is below x, at any
 * depth: for the configuration's exceptions, not for MX hosts. */
bool sts_domain_matches(struct sts_slice pattern, struct sts_slice name);

#endif
