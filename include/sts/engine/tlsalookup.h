/*
 * Which MX hosts have TLSA records (RFC 7672 section 2.2), asked for through
 * the engine: for people, whatever the resolver's word counts.  What decides
 * over a host is engine/dane.h.
 */
#ifndef STS_ENGINE_TLSALOOKUP_H
#define STS_ENGINE_TLSALOOKUP_H

#include "sts/core/dnsanswer.h"
#include "sts/engine/engine.h"

struct sts_tlsa_found {
	enum sts_dns_status status; /* FAILED: could not tell */
	bool secure; /* the resolver says that DNSSEC vouches for them */
	size_t records;
};

/*
 * Asks about port 25 of n hosts in canonical form, all at once, and waits for
 * all answers: `dns_timeout` at most.  found[i] is of hosts[i].  Not to be
 * called on the engine's thread.  STS_E_NOMEM, STS_E_CLOSED.
 */
STS_MUST_USE enum sts_err sts_tlsa_lookup(struct sts_engine *engine,
    const char *const *hosts, size_t n, struct sts_tlsa_found *found);

#endif
