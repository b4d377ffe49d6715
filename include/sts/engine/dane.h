/*
 * DANE for SMTP (RFC 7672; rules.md rows 63 to 68): the TLSA records of an MX
 * host, which authenticate it in place of the trust anchors where they are
 * usable.  OpenSSL does the verification, see SSL_CTX_dane_enable(3).
 *
 * A host's records are an answer of core/dnsanswer, and stay the caller's.
 * Engine's thread only.
 */
#ifndef STS_ENGINE_DANE_H
#define STS_ENGINE_DANE_H

#include "sts/core/dnsanswer.h"
#include "sts/engine/tls.h"

/* What else than the trust anchors may authenticate a host. */
enum sts_trust {
	STS_TRUST_ANCHORS, /* nothing: the MX answer was not secure, row 67 */
	STS_TRUST_EITHER, /* TLSA records if there are usable ones */
	STS_TRUST_TLSA, /* these alone: the policy does not allow the host */
};

enum sts_dane {
	STS_DANE_ABSENT, /* no TLSA record counts, rows 67 and 68 */
	STS_DANE_USABLE, /* they decide, rows 64 and 65 */
	STS_DANE_UNKNOWN, /* could not tell, row 66 */
};

/* Where a host's TLSA records are: "_25._tcp." and the host.  STS_E_RANGE: no
 * name can be so long, so there can be none. */
STS_MUST_USE enum sts_err sts_dane_name(
    const char *host, char dst[STS_DOMAIN_SIZE]);

/* What an answer for that name says.  With STS_DANE_USABLE only the usable
 * records are left in it; with STS_DANE_UNKNOWN its detail says why. */
enum sts_dane sts_dane_of(
    const struct sts_tls *tls, const char *host, struct sts_dns_answer *tlsa);

/* Before the handshake: these usable records alone are to authenticate the
 * peer, a client's connection to `host`.  sts_tls_judge says what came of it.
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_dane_apply(
    SSL *ssl, const char *host, const struct sts_dns_answer *tlsa);

/* For people: that none of these records matches, and which they are. */
void sts_dane_explain(
    const struct sts_dns_answer *tlsa, char *dst, size_t size);

#endif
