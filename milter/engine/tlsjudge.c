#include "sts/base/escape.h"
#include "sts/engine/certtext.h"
#include "sts/engine/tls.h"

#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * RFC 8460 section 4.3.2: certificate-not-trusted covers unknown issuers, name
 * constraints and "certificate chain errors"; what no other type covers is a
 * validation-failure.
 */
enum sts_reason
sts_tls_reason(long verify_error)
{
	switch (verify_error) {
	case X509_V_OK:
		return STS_REASON_NONE;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return STS_REASON_CERTIFICATE_EXPIRED;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return STS_REASON_CERTIFICATE_HOST_MISMATCH;
	case X509_V_ERR_DANE_NO_MATCH:
		return STS_REASON_TLSA_INVALID;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_CERT_REVOKED:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_PATH_LOOP:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return STS_REASON_CERTIFICATE_NOT_TRUSTED;
	default:
		return STS_REASON_VALIDATION_FAILURE;
	}
}

static void say(struct sts_host_finding *o, const char *fmt, ...)
    STS_PRINTF(2, 3);

/* Cuts what is too long: a person needs no more. */
static void
say(struct sts_host_finding *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(o->detail, sizeof(o->detail), fmt, ap);
	va_end(ap);
}

static void
explain_expired(struct sts_host_finding *o, int64_t wall_s)
{
	char day[STS_DAY_TEXT];

	/* OpenSSL does not say which certificate of the chain it was. */
	if (wall_s <= o->not_after)
		say(o, "a certificate of the issuers has expired");
	else
		say(o, "certificate expired on %s",
		    sts_certtext_day(o->not_after, day));
}

static void
explain_early(const X509 *cert, struct sts_host_finding *o, int64_t wall_s)
{
	int64_t from = sts_certtext_time(X509_get0_notBefore(cert));
	char day[STS_DAY_TEXT];

	if (wall_s >= from)
		say(o, "a certificate of the issuers is not valid yet");
	else
		say(o, "certificate is not valid before %s",
		    sts_certtext_day(from, day));
}

static void
explain_mismatch(const X509 *cert, struct sts_host_finding *o)
{
	struct sts_buf ids;

	sts_buf_init(&ids, sizeof(o->detail));
	sts_certtext_dns_ids(cert, &ids);
	/* Many still believe that a CN names a host. */
	say(o, "certificate names %s; not %s",
	    ids.n > 0 ? sts_buf_cstr(&ids) : "no host in subjectAltName",
	    o->host);
	sts_buf_deinit(&ids);
}

static void
explain(
    const X509 *cert, long error, int64_t wall_s, struct sts_host_finding *o)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		explain_expired(o, wall_s);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		explain_early(cert, o, wall_s);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		explain_mismatch(cert, o);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		say(o, "certificate is self-signed");
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		say(o,
		    "issuer is unknown, or its certificate was not sent: "
		    "%s",
		    o->issuer);
		break;
	default:
		say(o, "certificate: %s", X509_verify_cert_error_string(error));
	}
}

static void
describe(SSL *ssl, const X509 *cert, struct sts_host_finding *o)
{
	(void)snprintf(o->tls, sizeof(o->tls), "%s", SSL_get_version(ssl));
	(void)snprintf(
	    o->cipher, sizeof(o->cipher), "%s", SSL_get_cipher_name(ssl));
	if (cert == NULL)
		return;
	(void)sts_certtext_name(
	    X509_get_subject_name(cert), o->subject, sizeof(o->subject));
	(void)sts_certtext_name(
	    X509_get_issuer_name(cert), o->issuer, sizeof(o->issuer));
	o->not_after = sts_certtext_time(X509_get0_notAfter(cert));
}

/* The verification's error.  That a TLSA record matched, where that is what is
 * asked for, is not left to the absence of one. */
static long
verify_error(SSL *ssl, bool dane)
{
	long error = SSL_get_verify_result(ssl);

	if (error == X509_V_OK && dane &&
	    SSL_get0_dane_authority(ssl, NULL, NULL) < 0)
		return X509_V_ERR_DANE_NO_MATCH;
	return error;
}

/*
 * Of several faults OpenSSL tells the first that it comes upon, always in this
 * order: the chain's trust, the host's name, the times.
 */
void
sts_tls_judge(SSL *ssl, int64_t wall_s, struct sts_host_finding *o)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);
	long error = verify_error(ssl, o->dane);

	describe(ssl, cert, o);
	o->path = STS_PATH_INVALID;
	o->detail[0] = '\0';
	if (cert == NULL) {
		/* SSL_get_verify_result says X509_V_OK then. */
		o->reason = STS_REASON_VALIDATION_FAILURE;
		say(o, "no certificate was shown");
		return;
	}
	o->reason = sts_tls_reason(error);
	if (error == X509_V_OK)
		o->path = STS_PATH_VALIDATED;
	else
		explain(cert, error, wall_s, o);
}
