/*
 * DNS questions over c-ares on the engine's loop, each with one deadline.
 *
 * Answers come raw from c-ares (its own parsers drop the TTL of MX and TXT) and
 * are read by core/dnsanswer.  AD is set in the question (RFC 6840
 * section 5.7), so that a validating resolver says what it validated; what that
 * word counts is the caller's business (dns_trust_ad).  Engine's thread only.
 *
 * A resolver is reference-counted: queries under way keep the one they began
 * with when a reload makes a new one.
 */
#ifndef STS_ENGINE_RESOLVER_H
#define STS_ENGINE_RESOLVER_H

#include "sts/conf/conf.h"
#include "sts/core/dnsanswer.h"
#include "sts/engine/loop.h"

struct sts_resolver;
struct sts_query;

/* Asks conf's dns_servers, or those of resolv.conf as it is now.  STS_E_IO:
 * c-ares cannot be set up with them. */
STS_MUST_USE enum sts_err sts_resolver_new(struct sts_loop *loop,
    const struct sts_conf *conf, struct sts_resolver **out);
struct sts_resolver *sts_resolver_get(struct sts_resolver *resolver);
void sts_resolver_put(struct sts_resolver *resolver);

/* Ends all that is under way, with the answer STS_DNS_FAILED: each query holds
 * a reference, so that without this the last one would linger. */
void sts_resolver_close(struct sts_resolver *resolver);

/* `answer` is borrowed; the callee may take what it holds by copying the
 * structure and zeroing it. */
typedef void sts_resolved(void *cookie, struct sts_dns_answer *answer);

/*
 * Asks for (name, type); a failure of any kind is an answer, STS_DNS_FAILED
 * with a detail.  `done` fires exactly once, never before this returns, within
 * conf's dns_timeout; after sts_query_cancel never.  Once it fired, *out is
 * gone.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_query_start(struct sts_resolver *resolver,
    const char *name, enum sts_dns_type type, sts_resolved *done, void *cookie,
    struct sts_query **out);
void sts_query_cancel(struct sts_query *query);

#endif
