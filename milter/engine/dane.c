#include "sts/engine/dane.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { /* of TLSA records, RFC 7218 */
	DANE_TA = 2,
	DANE_EE = 3,
};

enum { TOLD_RECORDS = 6, TOLD_BYTES = 8 }; /* to people, of each record */

enum sts_err
sts_dane_name(const char *host, char dst[STS_DOMAIN_SIZE])
{
	static const char prefix[] = "_25._tcp."; /* RFC 7672 section 2.2.3 */

	if (strlen(host) + sizeof(prefix) > STS_DOMAIN_SIZE)
		return STS_E_RANGE;
	(void)snprintf(dst, STS_DOMAIN_SIZE, "%s%s", prefix, host);
	return STS_OK;
}

/*
 * With DANE-EE no name counts (RFC 7672 section 3.1.1), nor, as OpenSSL knows
 * by itself, a date.  With DANE-TA the host's does, and a CN where there is no
 * DNS-ID (section 3.2.3).  The recipient's domain, which section 3.2.2 would
 * have accepted too, does not: what is found out about a host is the same for
 * every domain that uses it.
 */
static bool
enable(SSL *ssl, const char *host)
{
	if (SSL_dane_enable(ssl, host) <= 0)
		return false;
	(void)SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	X509_VERIFY_PARAM_set_hostflags(
	    SSL_get0_param(ssl), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return true;
}

/* As SSL_dane_tlsa_add: 1, 0 where the record is not usable, and less than 0
 * where it cannot be told. */
static int
add(SSL *ssl, const struct sts_tlsa *record)
{
	/* RFC 7672 section 3.1.3: the PKIX usages are of no use for SMTP. */
	if (record->usage != DANE_TA && record->usage != DANE_EE)
		return 0;
	if (record->n == 0) /* which OpenSSL takes for a lack of memory */
		return 0;
	return SSL_dane_tlsa_add(ssl, record->usage, record->selector,
	    record->mtype, record->data, record->n);
}

/* Whether it could be told which records are usable; then those are left. */
static bool
keep_usable(SSL *ssl, struct sts_dns_answer *tlsa)
{
	size_t kept = 0;

	for (size_t i = 0; i < tlsa->n; i++) {
		int usable = add(ssl, &tlsa->tlsa[i]);

		if (usable < 0)
			return false;
		if (usable > 0)
			tlsa->tlsa[kept++] = tlsa->tlsa[i];
	}
	tlsa->n = kept;
	return true;
}

/* OpenSSL says which records it can use only to a connection: to one that is
 * never made. */
static enum sts_dane
read_records(
    const struct sts_tls *tls, const char *host, struct sts_dns_answer *tlsa)
{
	SSL *ssl = NULL;
	bool told = sts_tls_client(tls, host, &ssl) == STS_OK &&
		    enable(ssl, host) && keep_usable(ssl, tlsa);

	SSL_free(ssl);
	ERR_clear_error();
	if (told)
		return tlsa->n > 0 ? STS_DANE_USABLE : STS_DANE_ABSENT;
	(void)snprintf(tlsa->detail, sizeof(tlsa->detail), "out of memory");
	return STS_DANE_UNKNOWN;
}

enum sts_dane
sts_dane_of(
    const struct sts_tls *tls, const char *host, struct sts_dns_answer *tlsa)
{
	switch (tlsa->status) {
	case STS_DNS_OK:
		if (tlsa->secure)
			return read_records(tls, host, tlsa);
		break;
	case STS_DNS_NODATA:
	case STS_DNS_NXDOMAIN:
		break;
	case STS_DNS_FAILED:
		return STS_DANE_UNKNOWN;
	}
	return STS_DANE_ABSENT;
}

enum sts_err
sts_dane_apply(SSL *ssl, const char *host, const struct sts_dns_answer *tlsa)
{
	bool ok = enable(ssl, host);

	for (size_t i = 0; ok && i < tlsa->n; i++)
		ok = add(ssl, &tlsa->tlsa[i]) > 0;
	ERR_clear_error();
	return ok ? STS_OK : STS_E_NOMEM;
}

static void
add_record(struct sts_buf *b, const struct sts_tlsa *record)
{
	sts_buf_printf(
	    b, "%u %u %u ", record->usage, record->selector, record->mtype);
	for (size_t i = 0; i < record->n && i < TOLD_BYTES; i++)
		sts_buf_printf(b, "%02x", record->data[i]);
	if (record->n > TOLD_BYTES)
		sts_buf_str(b, "...");
}

void
sts_dane_explain(const struct sts_dns_answer *tlsa, char *dst, size_t size)
{
	struct sts_buf list;

	sts_buf_init(&list, size);
	for (size_t i = 0; i < tlsa->n && i < TOLD_RECORDS; i++) {
		sts_buf_str(&list, i == 0 ? "" : ", ");
		add_record(&list, &tlsa->tlsa[i]);
	}
	if (tlsa->n > TOLD_RECORDS)
		sts_buf_str(&list, ", ...");
	(void)snprintf(dst, size,
	    "no TLSA record of %zu matches the certificate: %s", tlsa->n,
	    sts_buf_cstr(&list));
	sts_buf_deinit(&list);
}
