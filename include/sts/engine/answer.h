/*
 * The answer: all that was found out about one policy domain, and the verdict.
 *
 * Immutable and reference-counted: any thread may read one that it holds.  One
 * piece of memory, made from a draft: a structure on the stack, whose texts, MX
 * outcomes and references are borrowed.
 */
#ifndef STS_ENGINE_ANSWER_H
#define STS_ENGINE_ANSWER_H

#include "sts/core/freshness.h"
#include "sts/core/verdict.h"

/* How the policy was found (RFC 8461 section 3). */
struct sts_discovery {
	enum sts_fetch_status status : 8;
	enum sts_policy_state state : 8;
	enum sts_reason reason : 8; /* where there is no policy, why */
	enum sts_txt_status txt : 8; /* what the records were, where asked */
	bool txt_asked;
	bool from_cache; /* no fetch stands behind it now */
	unsigned alarms; /* enum sts_alarm, each logged already */
	uint32_t ttl; /* s that the TXT answer stands */
	const char *id; /* of the policy, or of the record */
	const struct sts_policy *policy; /* a reference, or NULL */
	int64_t expires; /* wall s, 0 without a policy */
	const char *detail; /* for people, escaped */
};

struct sts_answer {
	struct sts_ref ref;
	uint32_t size; /* bytes of the piece */
	const char *domain;
	struct sts_discovery discovery;
	const char *mx_detail; /* why MX is unknown, or "" */
	enum sts_mx_state mx_state : 8;
	bool implicit_mx; /* no MX record: the domain itself, row 48 */
	bool mx_asked; /* MX was looked up (false: no policy asks) */
	bool complete; /* false: not answered in time */
	bool unprobed; /* complete for STS_ASK_NO_PROBE alone: the policy and
			  MX hosts, and a verdict by their names */
	uint32_t took_ms;
	struct sts_verdict verdict;
	uint32_t n_mx;
	int64_t made_ms; /* monotonic */
	int64_t fresh_until_ms; /* monotonic: may be given again so long */
	const struct sts_mx_outcome *mx; /* by preference */
};

/* Texts that are NULL count as "". Takes references of its own.  NULL: out of
 * memory. */
struct sts_answer *sts_answer_new(const struct sts_answer *draft);
/* One that is not complete: no more than the discovery is known, whose
 * reference to its policy goes over.  NULL: out of memory. */
struct sts_answer *sts_answer_of_discovery(
    const char *domain, const struct sts_discovery *found);
const struct sts_answer *sts_answer_get(const struct sts_answer *answer);
void sts_answer_put(const struct sts_answer *answer);

/* The host that decided, or "". */
const char *sts_answer_mx(const struct sts_answer *answer);

#endif
