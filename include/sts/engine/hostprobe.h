/*
 * The probe of one MX host: its addresses looked up, where DANE may count its
 * TLSA records (rows 63 to 68), and then the addresses probed one after the
 * other until one of them is a validated path (rows 53 to 60).  The next one is
 * begun when one fails, or when its connection is not up after a while; all
 * have one deadline, conf's probe_timeout.  Engine's thread only.
 */
#ifndef STS_ENGINE_HOSTPROBE_H
#define STS_ENGINE_HOSTPROBE_H

#include "sts/engine/dane.h"
#include "sts/engine/env.h"

struct sts_hostprobe;

/* `outcome` is a reference that the callee takes over; NULL: out of memory. */
typedef void sts_hostprobe_done(
    void *cookie, const struct sts_host_outcome *outcome);

/* `failures` is how many probes of the host have failed in a row before. With
 * STS_TRUST_TLSA a host without usable TLSA records is left alone, and its
 * outcome is mx-mismatch.  The callback's rules are those of sts_query_start.
 */
STS_MUST_USE enum sts_err sts_hostprobe_start(const struct sts_env *env,
    const char *host, enum sts_trust trust, unsigned failures,
    sts_hostprobe_done *done, void *cookie, struct sts_hostprobe **out);
void sts_hostprobe_cancel(struct sts_hostprobe *hp);
/* Ends it now, as its deadline would: `done` fires before this returns. */
void sts_hostprobe_expire(struct sts_hostprobe *hp);

#endif
