/*
 * Whether a policy allows an MX host (RFC 8461 section 4.1, row 47). Pure.
 */
#ifndef STS_CORE_MXMATCH_H
#define STS_CORE_MXMATCH_H

#include "sts/base/slice.h"
#include "sts/core/policy.h"

/* `*.x` stands for exactly one label before x. Both in canonical form; case
 * and a final dot of `host` do not count. */
bool sts_mx_match(struct sts_slice pattern, struct sts_slice host);

bool sts_policy_allows(const struct sts_policy *policy, struct sts_slice host);

#endif
