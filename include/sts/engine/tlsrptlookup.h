/*
 * Where domains want their TLS reports: their `_smtp._tls` records (RFC 8460
 * section 3), asked for through the engine.
 */
#ifndef STS_ENGINE_TLSRPTLOOKUP_H
#define STS_ENGINE_TLSRPTLOOKUP_H

#include "sts/core/dnsanswer.h"
#include "sts/core/tlsrpt.h"
#include "sts/engine/engine.h"

struct sts_tlsrpt_found {
	enum sts_dns_status status; /* FAILED: could not tell */
	char detail[64]; /* where FAILED, a word for people */
	struct sts_tlsrpt tlsrpt; /* STS_TLSRPT_NONE unless OK */
};

/*
 * Asks for the records of n domains in canonical form, all at once, and waits
 * for all answers: `dns_timeout` at most.  found[i] is of domains[i].  Each is
 * about 10 KiB: not for small stacks.  Not to be called on the engine's thread.
 * STS_E_NOMEM, STS_E_CLOSED.
 */
STS_MUST_USE enum sts_err sts_tlsrpt_lookup(struct sts_engine *engine,
    const char *const *domains, size_t n, struct sts_tlsrpt_found *found);

#endif
