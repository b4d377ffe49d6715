#include "sts/core/statusread.h"

/* White space of a folded line, too. */
static struct sts_slice
trim(struct sts_slice s)
{
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL && s.p[0] != '\0')
		s = sts_slice(s.p + 1, s.n - 1);
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	       strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

/* Canonical already, as we wrote it. */
static bool
read_name(struct sts_slice value, char *out)
{
	struct sts_domain domain;

	if (sts_domain_from_name(value, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME ||
	    !sts_slice_eq(sts_slice_str(domain.name), value))
		return false;
	memcpy(out, domain.name, sizeof(domain.name));
	return true;
}

/* What has been read. */
struct seen {
	bool host, action;
};

static bool
read_pair(struct sts_slice key, struct sts_slice value,
    struct sts_status_read *r, struct seen *seen)
{
	if (sts_slice_eq(key, STS_LIT("host")))
		return seen->host = read_name(value, r->host);
	if (sts_slice_eq(key, STS_LIT("domain")))
		return read_name(value, r->domain);
	if (sts_slice_eq(key, STS_LIT("policy")))
		return r->has_mode = sts_mode_parse(value, &r->mode) == STS_OK;
	if (sts_slice_eq(key, STS_LIT("reason")))
		return sts_reason_parse(value, &r->reason) == STS_OK;
	if (!sts_slice_eq(key, STS_LIT("action")))
		return true;
	seen->action = true;
	return sts_slice_eq(value, STS_LIT("accept")) ||
	       sts_action_parse(value, &r->action) == STS_OK;
}

enum sts_err
sts_status_read(struct sts_slice value, struct sts_status_read *out)
{
	struct sts_status_read r = { .host = "" };
	struct sts_slice rest = value, part, key;
	struct seen seen = { false, false };

	if (memchr(value.n == 0 ? "" : value.p, '\0', value.n) != NULL)
		return STS_E_SYNTAX;
	(void)sts_slice_cut(&rest, ';', &part);
	if (sts_result_parse(trim(part), &r.result) != STS_OK)
		return STS_E_SYNTAX;
	while (rest.n > 0) {
		(void)sts_slice_cut(&rest, ';', &part);
		if (!sts_slice_cut(&part, '=', &key))
			return STS_E_SYNTAX;
		if (!read_pair(trim(key), trim(part), &r, &seen))
			return STS_E_SYNTAX;
	}
	if (!seen.host || !seen.action)
		return STS_E_SYNTAX;
	*out = r;
	return STS_OK;
}
