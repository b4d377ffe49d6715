/*
 * The verdict: policy and MX outcomes in, result and reason out; then the
 * configuration's words in, action out (rules.md rows 16, 26a, 49 to 68).
 *
 * Both are tables in core/verdict.c, and every front end asks them. Pure.
 */
#ifndef STS_CORE_VERDICT_H
#define STS_CORE_VERDICT_H

#include "sts/core/outcome.h"
#include "sts/core/words.h"

enum sts_policy_state {
	STS_POLICY_ABSENT, /* there is none */
	STS_POLICY_FAILED, /* discovery by HTTPS failed: none, row 26a */
	STS_POLICY_UNKNOWN, /* could not tell, row 16 */
	STS_POLICY_IN_FORCE, /* `mode` counts */
};

enum sts_mx_state {
	STS_MX_KNOWN, /* n_mx outcomes (at least one) */
	STS_MX_NULL, /* null MX, row 49 */
	STS_MX_UNKNOWN, /* the MX lookup failed */
	STS_MX_PENDING, /* not answered in time */
};

struct sts_facts {
	enum sts_policy_state policy;
	enum sts_reason policy_reason; /* of FAILED and UNKNOWN */
	enum sts_mode mode;
	enum sts_mx_state mx_state;
	const struct sts_mx_outcome *mx; /* in order of preference */
	size_t n_mx;
	bool probed; /* false: `probe = false`, a match is enough */
};

enum { STS_NO_MX = -1 };

struct sts_verdict { /* small: many are kept */
	enum sts_result result;
	enum sts_reason reason;
	int16_t mx; /* index of the MX that decided, or STS_NO_MX */
	bool required; /* REQUIRETLS: see sts_verdict_require_tls */
	bool in_policy; /* a policy was in force: else on_temperror counts */
	enum sts_mode mode; /* where in_policy */
};

struct sts_verdict sts_verdict_of(const struct sts_facts *facts);

/*
 * The verdict for a message whose sender asked for REQUIRETLS (RFC 8689 section
 * 4.2.1): without a validated path it fails, whatever the policy's mode and
 * where there is none.  A domain that takes no mail (null MX) stays what it is.
 */
struct sts_verdict sts_verdict_require_tls(struct sts_verdict verdict);

/* The configuration's words for one domain, an exception applied. */
struct sts_actions {
	enum sts_action on_fail;
	enum sts_action on_unreachable;
	enum sts_action on_temperror;
};

/* Mode testing gives at most STS_ACTION_LOG (row 61), unless TLS is required.
 */
enum sts_action sts_verdict_action(
    const struct sts_verdict *verdict, const struct sts_actions *actions);

/* From the mildest (0) to the most severe: of several, which is done to the
 * message. */
int sts_verdict_severity(enum sts_action action);

/* Whether the client is refused with it: defer, reject. */
bool sts_verdict_refuses(enum sts_action action);

/* Whether mail does not go on with it: defer, quarantine, reject. */
bool sts_verdict_holds(enum sts_action action);

#endif
