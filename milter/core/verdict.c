#include "sts/core/verdict.h"

/* What one MX host proves, the strongest first: the first host of the strongest
 * kind decides. */
enum proof {
	PROOF_VALID, /* a validated path, row 51 */
	PROOF_NEITHER, /* not reached, row 58 */
	PROOF_INVALID, /* allowed, reached, and validation failed */
	PROOF_MISMATCH, /* not allowed by the policy, row 50 */
};

struct outcome {
	enum sts_result result;
	enum sts_reason reason; /* where the host or the discovery has none */
};

/* Discovery, unless a policy that asks for something is in force. */
static const struct outcome by_policy[] = {
	[STS_POLICY_ABSENT] = { STS_RESULT_NONE, STS_REASON_NONE },
	[STS_POLICY_FAILED] = { STS_RESULT_NONE, /* row 26a */
	    STS_REASON_STS_POLICY_FETCH_ERROR },
	[STS_POLICY_UNKNOWN] = { STS_RESULT_TEMPERROR, /* row 16 */
	    STS_REASON_DNS_FAILURE },
	[STS_POLICY_IN_FORCE] = { STS_RESULT_NONE, STS_REASON_NONE },
};

/* A policy is in force; the MX lookup. */
static const struct outcome by_mx_state[] = {
	[STS_MX_KNOWN] = { STS_RESULT_TEMPERROR, STS_REASON_DNS_FAILURE },
	[STS_MX_NULL] = { STS_RESULT_NONE, STS_REASON_NULL_MX }, /* row 49 */
	[STS_MX_UNKNOWN] = { STS_RESULT_TEMPERROR, STS_REASON_DNS_FAILURE },
	[STS_MX_PENDING] = { STS_RESULT_TEMPERROR, STS_REASON_UNREACHABLE },
};

/* A policy is in force, and MX hosts are known. */
static const struct outcome by_proof[] = {
	[PROOF_VALID] = { STS_RESULT_PASS, STS_REASON_NONE },
	[PROOF_NEITHER] = { STS_RESULT_TEMPERROR, STS_REASON_UNREACHABLE },
	[PROOF_INVALID] = { STS_RESULT_FAIL, STS_REASON_VALIDATION_FAILURE },
	[PROOF_MISMATCH] = { STS_RESULT_FAIL, STS_REASON_MX_MISMATCH },
};

static enum proof
proof_of(const struct sts_mx_outcome *mx, bool probed)
{
	const struct sts_host_outcome *seen = mx->seen;

	/* What DANE decides stands, whatever the policy (rows 64 to 66). */
	if (!mx->match && (seen == NULL || !seen->dane))
		return PROOF_MISMATCH;
	if (!probed)
		return PROOF_VALID;
	if (seen == NULL)
		return PROOF_NEITHER;
	switch (seen->path) {
	case STS_PATH_VALIDATED:
		return PROOF_VALID;
	case STS_PATH_INVALID:
		return PROOF_INVALID;
	case STS_PATH_UNREACHABLE:
		break;
	}
	return PROOF_NEITHER;
}

/* The host's own reason counts, but not for one that does not match or that
 * passed. */
static enum sts_reason
reason_of(const struct sts_mx_outcome *mx, enum proof proof)
{
	if ((proof == PROOF_NEITHER || proof == PROOF_INVALID) &&
	    mx->seen != NULL && mx->seen->reason != STS_REASON_NONE)
		return mx->seen->reason;
	return by_proof[proof].reason;
}

/* Sets result, reason and mx. */
static void
judge_hosts(const struct sts_facts *facts, struct sts_verdict *v)
{
	enum proof best = PROOF_MISMATCH;

	for (size_t i = 0; i < facts->n_mx; i++) {
		enum proof proof = proof_of(&facts->mx[i], facts->probed);

		if (v->mx == STS_NO_MX || proof < best) {
			v->mx = (int16_t)i;
			best = proof;
		}
	}
	v->result = by_proof[best].result;
	v->reason = reason_of(&facts->mx[v->mx], best);
}

struct sts_verdict
sts_verdict_of(const struct sts_facts *facts)
{
	struct sts_verdict v = { .mx = STS_NO_MX };

	v.result = by_policy[facts->policy].result;
	v.reason = by_policy[facts->policy].reason;
	if (facts->policy != STS_POLICY_IN_FORCE) {
		if (facts->policy != STS_POLICY_ABSENT &&
		    facts->policy_reason != STS_REASON_NONE)
			v.reason = facts->policy_reason;
		return v;
	}
	v.in_policy = true;
	v.mode = facts->mode;
	if (facts->mode == STS_MODE_NONE)
		return v;
	v.result = by_mx_state[facts->mx_state].result;
	v.reason = by_mx_state[facts->mx_state].reason;
	if (facts->mx_state == STS_MX_KNOWN && facts->n_mx > 0)
		judge_hosts(facts, &v);
	return v;
}

struct sts_verdict
sts_verdict_require_tls(struct sts_verdict v)
{
	v.required = true;
	if (v.result != STS_RESULT_NONE || v.reason == STS_REASON_NULL_MX)
		return v;
	v.result = STS_RESULT_FAIL;
	if (v.reason == STS_REASON_NONE)
		v.reason = STS_REASON_VALIDATION_FAILURE;
	return v;
}

static enum sts_action
configured(const struct sts_verdict *verdict, const struct sts_actions *actions)
{
	switch (verdict->result) {
	case STS_RESULT_NONE:
	case STS_RESULT_PASS:
	case STS_RESULT_EXEMPT:
		break;
	case STS_RESULT_FAIL:
		return actions->on_fail;
	case STS_RESULT_TEMPERROR:
		return verdict->in_policy || verdict->required
			   ? actions->on_unreachable
			   : actions->on_temperror;
	}
	return STS_ACTION_ACCEPT;
}

enum sts_action
sts_verdict_action(
    const struct sts_verdict *verdict, const struct sts_actions *actions)
{
	enum sts_action action = configured(verdict, actions);

	if (verdict->in_policy && verdict->mode == STS_MODE_TESTING &&
	    !verdict->required && action > STS_ACTION_LOG)
		return STS_ACTION_LOG; /* row 61 */
	return action;
}

int
sts_verdict_severity(enum sts_action action)
{
	switch (action) {
	case STS_ACTION_ACCEPT:
		return 0;
	case STS_ACTION_LOG:
		return 1;
	case STS_ACTION_TAG:
		return 2;
	case STS_ACTION_QUARANTINE:
		return 3;
	case STS_ACTION_DEFER:
		return 4;
	case STS_ACTION_REJECT:
		break;
	}
	return 5;
}

bool
sts_verdict_refuses(enum sts_action action)
{
	return action == STS_ACTION_DEFER || action == STS_ACTION_REJECT;
}

bool
sts_verdict_holds(enum sts_action action)
{
	return action == STS_ACTION_QUARANTINE || sts_verdict_refuses(action);
}
