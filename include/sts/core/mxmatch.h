/*
 * The patterns of a policy's mx fields, and which MX hosts they allow (RFC 8461
 * sections 3.2 and 4.1; rules.md rows 36 and 47).  Pure.
 */
#ifndef STS_CORE_MXMATCH_H
#define STS_CORE_MXMATCH_H

#include "sts/base/slice.h"
#include "sts/core/domain.h"
#include "sts/core/policy.h"

enum { STS_MX_PATTERN_SIZE = STS_DOMAIN_SIZE + 2 }; /* "*." before a name */

/*
 * Reads a pattern as a policy has it: a host name in A-labels, perhaps with
 * "*." before it; no address, and no final dot.  `dst` gets the canonical form.
 * STS_E_SYNTAX: *why, a literal, says what is wrong with it, as in "… is an IP
 * address; …".
 */
STS_MUST_USE enum sts_err sts_mx_pattern_parse(
    struct sts_slice s, char dst[STS_MX_PATTERN_SIZE], const char **why);

/* The pattern without its "*.", if it has one. */
struct sts_slice sts_mx_pattern_host(struct sts_slice pattern);

/* `*.x` stands for exactly one label before x. Both in canonical form; case
 * and a final dot of `host` do not count. */
bool sts_mx_match(struct sts_slice pattern, struct sts_slice host);

bool sts_policy_allows(const struct sts_policy *policy, struct sts_slice host);

#endif
