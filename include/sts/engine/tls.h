/*
 * The trust anchors and TLS contexts, made once and shared: loading the
 * system's roots costs tens of milliseconds (and megabytes), a handshake with
 * shared ones does not.
 *
 * Immutable and reference-counted, so that a reload can put a new one in place
 * while handshakes under way keep theirs.
 */
#ifndef STS_ENGINE_TLS_H
#define STS_ENGINE_TLS_H

#include "sts/base/err.h"
#include "sts/core/outcome.h"

#include <openssl/ssl.h>

struct sts_tls;

/*
 * `ca_file` is a PEM bundle, "" the system's (OpenSSL's default paths, with
 * SSL_CERT_FILE and SSL_CERT_DIR of the environment ignored).  Fails with a
 * text for people in `why` (of `size` bytes): the file is missing, holds no
 * certificate …
 */
STS_MUST_USE enum sts_err sts_tls_new(
    const char *ca_file, char *why, size_t size, const struct sts_tls **out);
const struct sts_tls *sts_tls_get(const struct sts_tls *tls);
void sts_tls_put(const struct sts_tls *tls);

/*
 * A client connection to `host`, SNI set: TLS 1.2 or later, chain verified by
 * the anchors, and the host's name checked against SAN DNS-IDs only, a CN never
 * (rules.md row 56); wildcards only as the whole left-most label.
 * SSL_VERIFY_NONE, so that the handshake completes and the outcome of the
 * verification can be told in full: sts_tls_judge must be asked after it.
 * STS_E_RANGE where `host` is no host's name, STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_tls_client(
    const struct sts_tls *tls, const char *host, SSL **out);

/*
 * Makes another library's context (libcurl's, in its callback) verify like
 * ours, for a peer that must be `host`: anchors, protocol versions, DNS-ID
 * rules, SSL_VERIFY_PEER.  STS_E_RANGE, STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_tls_apply(
    const struct sts_tls *tls, const char *host, SSL_CTX *ctx);

/*
 * After a handshake: fills `o`'s tls, cipher, subject, issuer, not_after, and
 * path, reason and detail: STS_PATH_VALIDATED, or STS_PATH_INVALID with
 * certificate-expired, certificate-not-trusted, certificate-host-mismatch,
 * tlsa-invalid or validation-failure (RFC 8460 section 4.3).  `o`'s dane must
 * say whether sts_dane_apply was called.  `wall_s` serves the text only.
 */
void sts_tls_judge(SSL *ssl, int64_t wall_s, struct sts_host_finding *o);

/* The reason that stands for an X509_V_ERR_* of a verification that failed. */
enum sts_reason sts_tls_reason(long verify_error);

/* OpenSSL's last error on this thread as text, into dst; empties its queue. */
char *sts_tls_error_text(char *dst, size_t size);

#endif
