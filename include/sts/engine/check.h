/*
 * The check of one policy domain: what is remembered, the policy's discovery,
 * the MX lookup, the probes of the hosts that the policy allows, and the
 * verdict; before a violation is declared, the policy once more (row 46).
 * Engine's thread only.
 */
#ifndef STS_ENGINE_CHECK_H
#define STS_ENGINE_CHECK_H

#include "sts/engine/answer.h"
#include "sts/engine/env.h"
#include "sts/engine/storegate.h"

enum {
	STS_CHECK_MX_MAX = 32, /* MX hosts looked at, by preference */
	STS_FRESH_MIN = 60, /* s that an answer stands, at least … */
	STS_FRESH_MAX = 3600, /* … and at most, whatever DNS says */
	STS_FRESH_FAILED = 30, /* s, where it could not be told */
};

struct sts_check;

/* `answer` is borrowed.  After an unprobed one, false ends the check: it is
 * gone then, and no probe is made.  Else what is returned does not matter. */
typedef bool sts_check_told(void *cookie, const struct sts_answer *answer);

/* `ask` is a set of enum sts_ask. */
STS_MUST_USE enum sts_err sts_check_new(const struct sts_env *env,
    struct sts_storegate *gate, const char *domain, unsigned ask,
    sts_check_told *told, void *cookie, struct sts_check **out);

/* Before it begins: the domain's policy is supposed to be this one, and is not
 * looked for. */
void sts_check_suppose(
    struct sts_check *check, const struct sts_policy *policy);

/*
 * Begins.  `told` is called with incomplete answers while the check goes on
 * (what would be said if nothing more came in time); with an unprobed one when
 * hosts that the policy allows are known, unless DANE may have a say; and at
 * last with the complete one, or with NULL where memory ran out: then the check
 * is gone.  All may come before this returns; after sts_check_cancel nothing
 * does.
 */
void sts_check_run(struct sts_check *check);
void sts_check_cancel(struct sts_check *check);

#endif
