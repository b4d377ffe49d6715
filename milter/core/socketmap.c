#include "sts/core/socketmap.h"

#include "sts/core/domain.h"

static const struct {
	struct sts_slice name;
	enum sts_socketmap_dialect dialect;
} maps[] = {
	{ { "postfix", 7 }, STS_SOCKETMAP_POSTFIX },
	{ { "QUERY", 5 }, STS_SOCKETMAP_POSTFIX },
	{ { "postfix310", 10 }, STS_SOCKETMAP_POSTFIX310 },
	{ { "QUERYwithTLSRPT", 15 }, STS_SOCKETMAP_POSTFIX310 },
	{ { "sts", 3 }, STS_SOCKETMAP_SENDMAIL },
};

/* The daemons in use today do not look at the case of a map's name. */
static bool
find_map(struct sts_slice name, enum sts_socketmap_dialect *out)
{
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (sts_slice_eq_nocase(name, maps[i].name)) {
			*out = maps[i].dialect;
			return true;
		}
	return false;
}

enum sts_err
sts_socketmap_request_parse(
    struct sts_slice body, struct sts_socketmap_request *out)
{
	struct sts_domain domain = { .kind = STS_DOMAIN_LOCAL };
	struct sts_slice key = body, name;
	enum sts_socketmap_dialect dialect;
	bool bracketed = false;
	enum sts_err err;

	(void)sts_slice_cut(&key, ' ', &name);
	if (!find_map(name, &dialect))
		return STS_E_NOTFOUND;
	err = sts_domain_from_next_hop(key, &domain, &bracketed);
	if (err == STS_E_NOMEM)
		return err;
	out->dialect = dialect;
	out->domain[0] = '\0';
	if (err == STS_OK && domain.kind == STS_DOMAIN_NAME && !bracketed)
		memcpy(out->domain, domain.name, sizeof(out->domain));
	return STS_OK;
}

enum kind {
	NOTFOUND, /* the MTA does what it does without us */
	UNKNOWN, /* discovery failed, and mail shall wait for it */
	DANE, /* TLSA records authenticate the hosts */
	HOSTS, /* to one of the MX hosts that are there and allowed */
	PATTERNS, /* to a host that the policy's patterns allow */
	NOWHERE, /* to none: the policy allows none of the MX hosts */
};

/* RFC 8461 section 2: STS must not rescue a host that DANE refuses. */
static bool
allows(const struct sts_mx_outcome *mx)
{
	return mx->match && (mx->seen == NULL || !mx->seen->dane ||
				mx->seen->path == STS_PATH_VALIDATED);
}

static bool
allows_any(const struct sts_socketmap_facts *facts)
{
	for (size_t i = 0; i < facts->n_mx; i++)
		if (allows(&facts->mx[i]))
			return true;
	return false;
}

/* One such host is enough: an MTA that goes by names alone could take a host
 * that DANE refuses for one that it says nothing about. */
static bool
dane_decides(const struct sts_socketmap_facts *facts)
{
	for (size_t i = 0; i < facts->n_mx; i++)
		if (facts->mx[i].seen != NULL && facts->mx[i].seen->dane)
			return true;
	return false;
}

static bool
enforces(const struct sts_socketmap_facts *facts)
{
	return facts->state == STS_POLICY_IN_FORCE && facts->policy != NULL &&
	       facts->policy->mode == STS_MODE_ENFORCE;
}

/* Of a policy to be enforced. */
static enum kind
kind_by_mx(const struct sts_socketmap_facts *facts)
{
	switch (facts->mx_state) {
	case STS_MX_KNOWN:
		return allows_any(facts) ? HOSTS : NOWHERE;
	case STS_MX_NULL: /* forged perhaps: if it is not, it is bounced */
	case STS_MX_UNKNOWN:
	case STS_MX_PENDING:
		break;
	}
	return PATTERNS;
}

static enum kind
kind_of(
    enum sts_socketmap_dialect dialect, const struct sts_socketmap_facts *facts)
{
	if (facts->state == STS_POLICY_UNKNOWN &&
	    facts->on_temperror == STS_ACTION_DEFER)
		return UNKNOWN;
	if (!enforces(facts) || facts->excepted)
		return NOTFOUND;
	if (dialect != STS_SOCKETMAP_SENDMAIL && dane_decides(facts))
		return DANE; /* Sendmail has no DANE */
	return kind_by_mx(facts);
}

/* Postfix and Sendmail both write `*.x` as `.x`. */
static void
add_patterns(struct sts_buf *b, const struct sts_policy *policy)
{
	for (size_t i = 0; i < policy->n_mx; i++) {
		const char *pattern = policy->mx[i];

		if (i > 0)
			sts_buf_char(b, ':');
		sts_buf_str(b, pattern[0] == '*' ? pattern + 1 : pattern);
	}
}

static void
add_hosts(struct sts_buf *b, const struct sts_socketmap_facts *facts)
{
	bool first = true;

	for (size_t i = 0; i < facts->n_mx; i++) {
		if (!allows(&facts->mx[i]))
			continue;
		if (!first)
			sts_buf_char(b, ':');
		sts_buf_str(b, facts->mx[i].host);
		first = false;
	}
}

/* Whether braces around it would be closed by the last one alone. */
static bool
is_balanced(struct sts_slice s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		else if (s.p[i] == '}' && depth-- == 0)
			return false;
	}
	return depth == 0;
}

/* The fields that the RFC does not know, as they are; all but one that could be
 * read as the end of itself. */
static void
add_others(struct sts_buf *b, const struct sts_policy *policy)
{
	struct sts_slice rest = sts_slice_str(policy->others), line;

	while (sts_slice_cut(&rest, '\r', &line)) {
		if (is_balanced(line)) {
			sts_buf_str(b, " { policy_string = ");
			sts_buf_slice(b, line);
			sts_buf_str(b, " }");
		}
		rest = sts_slice(rest.p + 1, rest.n - 1); /* the LF */
	}
}

/*
 * The attributes of Postfix 3.10.  It wants `{ name = value }` where a value
 * has spaces, and refuses the whole reply for an attribute that it does not
 * know.  3.10.0 reads the patterns and the strings without looking whether
 * there are any: a policy to be enforced has both.
 */
static void
add_attributes(struct sts_buf *b, const struct sts_socketmap_facts *facts)
{
	const struct sts_policy *policy = facts->policy;

	sts_buf_printf(b, " policy_type=sts policy_domain=%s", facts->domain);
	for (size_t i = 0; i < policy->n_mx; i++)
		sts_buf_printf(b, " mx_host_pattern=%s", policy->mx[i]);
	sts_buf_str(b, " { policy_string = version: STSv1 }");
	sts_buf_printf(
	    b, " { policy_string = mode: %s }", sts_mode_text(policy->mode));
	for (size_t i = 0; i < policy->n_mx; i++)
		sts_buf_printf(b, " { policy_string = mx: %s }", policy->mx[i]);
	sts_buf_printf(
	    b, " { policy_string = max_age: %u }", (unsigned)policy->max_age);
	add_others(b, policy);
}

static void
add_secure(
    struct sts_buf *b, const struct sts_socketmap_facts *facts, enum kind kind)
{
	sts_buf_str(b, "OK secure match=");
	if (kind == HOSTS)
		add_hosts(b, facts);
	else
		add_patterns(b, facts->policy);
	sts_buf_str(b, " servername=hostname");
}

/*
 * A policy of a thousand patterns does not fit with all of them told thrice.
 * Then what protects is told, and what is for reports is not.
 */
static void
say_secure(struct sts_buf *b, enum sts_socketmap_dialect dialect,
    const struct sts_socketmap_facts *facts, enum kind kind)
{
	add_secure(b, facts, kind);
	if (dialect != STS_SOCKETMAP_POSTFIX310)
		return;
	add_attributes(b, facts);
	if (sts_buf_err(b) == STS_E_LIMIT) {
		sts_buf_clear(b);
		add_secure(b, facts, kind);
	}
}

/*
 * Every MX host is to be skipped (RFC 8461 section 5.1), but a certificate with
 * an allowed name would be enough for the MTA: it is told no name.  To Postfix
 * 3.10 it is told as a failure of the policy, so that it can report it.
 */
static void
say_nowhere(struct sts_buf *b, enum sts_socketmap_dialect dialect,
    const struct sts_socketmap_facts *facts)
{
	if (dialect == STS_SOCKETMAP_POSTFIX310) {
		/* RFC 6761: no authority ever certifies that name. */
		sts_buf_str(b, "OK secure match=mx-mismatch.invalid "
			       "servername=hostname");
		add_attributes(b, facts);
		sts_buf_str(b, " policy_failure=validation-failure");
		if (sts_buf_err(b) != STS_E_LIMIT)
			return;
		sts_buf_clear(b);
	}
	sts_buf_str(b, "TEMP MTA-STS: the policy allows none of the domain's "
		       "MX hosts");
}

void
sts_socketmap_reply(enum sts_socketmap_dialect dialect,
    const struct sts_socketmap_facts *facts, struct sts_buf *b)
{
	enum kind kind = kind_of(dialect, facts);

	sts_buf_clear(b);
	switch (kind) {
	case NOTFOUND:
		sts_buf_slice(b, STS_SOCKETMAP_NOTFOUND);
		break;
	case UNKNOWN:
		sts_buf_str(b, "TEMP MTA-STS: the policy cannot be looked up");
		break;
	case DANE:
		sts_buf_str(b, "OK dane-only");
		break;
	case HOSTS:
	case PATTERNS:
		say_secure(b, dialect, facts, kind);
		break;
	case NOWHERE:
		say_nowhere(b, dialect, facts);
		break;
	}
}

bool
sts_socketmap_exception_counts(const struct sts_socketmap_facts *facts)
{
	return facts->excepted && enforces(facts);
}
