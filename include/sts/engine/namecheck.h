/*
 * Whether the name that we give in EHLO resolves: many MX hosts turn away who
 * has none (RFC 5321 section 2.3.5), and every probe of theirs would fail.  One
 * look at the start, one line in the log.  Engine's thread only.
 */
#ifndef STS_ENGINE_NAMECHECK_H
#define STS_ENGINE_NAMECHECK_H

#include "sts/engine/env.h"

struct sts_namecheck;

/* Begins the look.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_namecheck_new(
    const struct sts_env *env, struct sts_namecheck **out);
/* Nothing is said any more.  NULL is legal. */
void sts_namecheck_free(struct sts_namecheck *check);

#endif
