/*
 * The MX hosts: what is known of each, and the probe under way of each.
 *
 * A probe is shared by all that ask and by every domain that uses the host
 * (row 62), as far as they trust the same: a domain whose MX answer was secure
 * may ask DANE, another may not, and so to them it is not the same host.  There
 * is at most one probe of a host at a time, and what it found stands for conf's
 * probe_ttl, or probe_failure_ttl, but never past the certificate's end.  At
 * most STS_HOSTS_PROBING are under way, the others wait their turn.  Engine's
 * thread only.
 */
#ifndef STS_ENGINE_HOSTS_H
#define STS_ENGINE_HOSTS_H

#include "sts/engine/dane.h"
#include "sts/engine/env.h"

enum {
	STS_HOSTS_PROBING = 256, /* at once */
	STS_HOSTS_MAX = 65536, /* remembered */
};

struct sts_hosts;
struct sts_hosts_wait;

STS_MUST_USE enum sts_err sts_hosts_new(struct sts_hosts **out);
/* No callback comes after it. */
void sts_hosts_free(struct sts_hosts *hosts);

/* `outcome` is borrowed; NULL: the probe could not be made. */
typedef void sts_hosts_done(
    void *cookie, const struct sts_host_outcome *outcome);

/*
 * STS_OK: *known is a reference to what is known and fresh.  STS_E_AGAIN:
 * `done` will be called, by the rules of sts_query_start, and *wait cancels it.
 * Any other error: the host cannot be probed now.
 */
STS_MUST_USE enum sts_err sts_hosts_ask(struct sts_hosts *hosts,
    const struct sts_env *env, const char *host, enum sts_trust trust,
    sts_hosts_done *done, void *cookie, const struct sts_host_outcome **known,
    struct sts_hosts_wait **wait);
void sts_hosts_cancel(struct sts_hosts_wait *wait);

/* After a reload: all outcomes are forgotten, since anchors and networks may be
 * others now; a probe under way ends as it began, and is for those who wait. */
void sts_hosts_forget(struct sts_hosts *hosts);

/* For how long yet the outcome stands, in ms; 0 where it does not. */
int64_t sts_hosts_fresh_ms(
    const struct sts_env *env, const struct sts_host_outcome *outcome);

#endif
