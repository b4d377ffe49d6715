#include "sts/core/mxmatch.h"

#include "sts/core/grammar.h"

static const struct sts_slice star = { "*.", 2 };

struct sts_slice
sts_mx_pattern_host(struct sts_slice pattern)
{
	if (sts_slice_starts(pattern, star))
		return sts_slice(pattern.p + star.n, pattern.n - star.n);
	return pattern;
}

static bool
has_byte(struct sts_slice s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

/* RFC 5321's Domain: no label begins or ends with a hyphen. */
static bool
has_outer_hyphen(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '-' && (i == 0 || s.p[i - 1] == '.' ||
					 i + 1 == s.n || s.p[i + 1] == '.'))
			return true;
	return false;
}

/* What is wrong with the host of a pattern, NULL where nothing meets the eye:
 * words for the usual mistakes. */
static const char *
usual_mistake(struct sts_slice host)
{
	if (!sts_grammar_is_ascii(host))
		return "is not in A-label form, with xn--";
	if (has_byte(host, ' ') || has_byte(host, '\t') || has_byte(host, ','))
		return "is more than one host; write an mx line for each";
	if (has_byte(host, '*'))
		return "has a star out of place; only \"*.\" before a whole "
		       "name is accepted, for one label";
	if (host.n > 0 && host.p[0] == '.')
		return "begins with a dot; for any host one label below a name "
		       "write \"*.\" before it";
	if (host.n > 0 && host.p[host.n - 1] == '.')
		return "ends in a dot; write the name without it";
	if (has_outer_hyphen(host))
		return "has a label that begins or ends with a hyphen";
	return NULL;
}

enum sts_err
sts_mx_pattern_parse(
    struct sts_slice s, char dst[STS_MX_PATTERN_SIZE], const char **why)
{
	struct sts_slice host = sts_mx_pattern_host(s);
	const char *mistake = usual_mistake(host);
	struct sts_domain domain;
	size_t n = 0;

	if (mistake == NULL && sts_domain_from_name(host, &domain) != STS_OK)
		mistake = "is no host name; labels of at most 63 letters, "
			  "digits and hyphens with dots between are accepted";
	else if (mistake == NULL && domain.kind != STS_DOMAIN_NAME)
		mistake = "is an IP address; only host names are accepted";
	if (mistake != NULL) {
		*why = mistake;
		return STS_E_SYNTAX;
	}
	if (host.n < s.n) {
		memcpy(dst, star.p, star.n);
		n = star.n;
	}
	memcpy(dst + n, domain.name, host.n + 1);
	return STS_OK;
}

bool
sts_mx_match(struct sts_slice pattern, struct sts_slice host)
{
	struct sts_slice name = sts_mx_pattern_host(pattern);
	struct sts_slice first;

	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	/* RFC 8461 section 4.1: one whole label, the left-most. */
	if (name.n < pattern.n &&
	    (!sts_slice_cut(&host, '.', &first) || first.n == 0))
		return false;
	return host.n > 0 && sts_slice_eq_nocase(name, host);
}

bool
sts_policy_allows(const struct sts_policy *policy, struct sts_slice host)
{
	for (size_t i = 0; i < policy->n_mx; i++)
		if (sts_mx_match(sts_slice_str(policy->mx[i]), host))
			return true;
	return false;
}
