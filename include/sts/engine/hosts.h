/*
 * The MX hosts: what is known of each, and the probe under way of each.
 *
 * A probe is shared by all that ask and by every domain that uses the host
 * (row 62), as far as they trust the same: a domain whose MX answer was secure
 * may ask DANE, another may not, and so to them it is not the same host.  There
 * is at most one probe of a host at a time, and what it found stands for conf's
 * probe_ttl, or probe_failure_ttl, but never past the certificate's end: longer
 * with each failure in a row, and longer still where the host asked to be left
 * alone.
 *
 * Slow hosts hold up nobody: STS_HOSTS_PROBING are under way, and the others
 * wait their turn, those that were reached before first; but one that takes
 * over STS_HOSTS_PROMPT_MS gives its place to the next and goes on among the
 * slow ones.  Of these the oldest is ended where there are too many.  Engine's
 * thread only.
 */
#ifndef STS_ENGINE_HOSTS_H
#define STS_ENGINE_HOSTS_H

#include "sts/engine/dane.h"
#include "sts/engine/env.h"

enum {
	STS_HOSTS_PROBING = 256, /* at once, the slow apart */
	STS_HOSTS_SLOW = 512, /* slow ones at once */
	STS_HOSTS_PROMPT_MS = 1000,
	STS_HOSTS_BACKOFF = 8, /* times probe_failure_ttl at most … */
	STS_HOSTS_BUSY = 4, /* … and again for who asked to be left alone */
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
 * STS_OK: *known is a reference to what is known and fresh; with `renew`, not
 * where that ends soon.  STS_E_AGAIN:
 * `done` will be called, by the rules of sts_query_start, and *wait cancels it.
 * Any other error: the host cannot be probed now.
 */
STS_MUST_USE enum sts_err sts_hosts_ask(struct sts_hosts *hosts,
    const struct sts_env *env, const char *host, enum sts_trust trust,
    bool renew, sts_hosts_done *done, void *cookie,
    const struct sts_host_outcome **known, struct sts_hosts_wait **wait);
void sts_hosts_cancel(struct sts_hosts_wait *wait);

/* After a reload: all outcomes are forgotten, since anchors and networks may be
 * others now; a probe under way ends as it began, and is for those who wait. */
void sts_hosts_forget(struct sts_hosts *hosts);

/* The same for one host, whoever trusts it in what. */
void sts_hosts_forget_one(struct sts_hosts *hosts, const char *host);

/* Begins a new round: to who asks with that number in env->round, only a probe
 * that was started since, or is under way, is an answer. */
uint64_t sts_hosts_anew(struct sts_hosts *hosts);

/* For how long yet the outcome stands, in ms; 0 where it does not. */
int64_t sts_hosts_fresh_ms(
    const struct sts_env *env, const struct sts_host_outcome *outcome);

#endif
