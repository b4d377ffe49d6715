#include "sts/report/tlssession.h"

/* RFC 8460 section 4.3 has a word for each failure but ours, which it wants
 * told in failure-reason-code beside its general ones. */
static const char *
result_type_of(enum sts_reason reason)
{
	if (reason < STS_REASON_MX_MISMATCH)
		return sts_reason_text(reason);
	return sts_reason_text(STS_REASON_VALIDATION_FAILURE);
}

static struct sts_tlssession
failure(const struct sts_mx_outcome *mx)
{
	const struct sts_host_outcome *seen = mx->seen;

	return (struct sts_tlssession){
		.type = seen->dane ? STS_TLSREPORT_TLSA : STS_TLSREPORT_STS,
		.result_type = result_type_of(seen->reason),
		.mx = mx->host,
		.ip = seen->address,
		.reason_code = seen->detail,
	};
}

static struct sts_tlssession
success(const struct sts_mx_outcome *mx)
{
	return (struct sts_tlssession){
		.type = mx->seen->dane ? STS_TLSREPORT_TLSA : STS_TLSREPORT_STS,
		.result_type = "",
		.mx = "",
		.ip = "",
		.reason_code = "",
	};
}

static struct sts_tlssession
mismatch(const struct sts_mx_outcome *mx)
{
	return (struct sts_tlssession){
		.type = STS_TLSREPORT_STS,
		.result_type = result_type_of(STS_REASON_MX_MISMATCH),
		.mx = mx->host,
		.ip = "",
		.reason_code = sts_reason_text(STS_REASON_MX_MISMATCH),
	};
}

static size_t
of_hosts(const struct sts_answer *a, struct sts_tlssession *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_mx && n < STS_TLSSESSIONS_MAX; i++) {
		const struct sts_mx_outcome *mx = &a->mx[i];

		if (mx->seen == NULL && mx->match)
			break; /* taken on trust: nobody looked */
		if (!mx->match && (mx->seen == NULL || !mx->seen->dane)) {
			out[n++] = mismatch(mx);
			continue;
		}
		switch (mx->seen->path) {
		case STS_PATH_VALIDATED:
			out[n++] = success(mx);
			return n;
		case STS_PATH_INVALID:
			out[n++] = failure(mx);
			break;
		case STS_PATH_UNREACHABLE:
			break;
		}
	}
	return n;
}

/* RFC 8460 sections 4.3.2.2: of the policy, by what kept it from being had. */
static struct sts_tlssession
policy_failure(const struct sts_discovery *found)
{
	enum sts_reason reason = found->reason;
	bool known = reason == STS_REASON_STS_POLICY_FETCH_ERROR ||
		     reason == STS_REASON_STS_POLICY_INVALID ||
		     reason == STS_REASON_STS_WEBPKI_INVALID;

	return (struct sts_tlssession){
		.type = STS_TLSREPORT_STS,
		.result_type = sts_reason_text(
		    known ? reason : STS_REASON_STS_POLICY_FETCH_ERROR),
		.mx = "",
		.ip = "",
		.reason_code = found->detail,
	};
}

size_t
sts_tlssessions_of(
    const struct sts_answer *a, struct sts_tlssession out[STS_TLSSESSIONS_MAX])
{
	if (a == NULL || !a->complete || a->unprobed)
		return 0;
	switch (a->discovery.state) {
	case STS_POLICY_IN_FORCE:
		return a->discovery.policy->mode == STS_MODE_NONE
			   ? 0
			   : of_hosts(a, out);
	case STS_POLICY_FAILED:
		out[0] = policy_failure(&a->discovery);
		return 1;
	case STS_POLICY_ABSENT:
	case STS_POLICY_UNKNOWN:
		break;
	}
	return 0;
}
