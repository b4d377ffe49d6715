/*
 * What a person wants to read of an X.509 certificate: its names and dates, as
 * texts that are escaped and cut, since whoever runs the peer wrote them.
 *
 * Owns nothing, keeps nothing.  Any thread.
 */
#ifndef STS_ENGINE_CERTTEXT_H
#define STS_ENGINE_CERTTEXT_H

#include "sts/base/buf.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

/* A subject or issuer on one line as RFC 2253 writes it, "CN=mx,O=Example",
 * into dst of `size` bytes (at least 4).  Returns dst. */
char *sts_certtext_name(const X509_NAME *name, char *dst, size_t size);

/* Appends the SAN DNS-IDs, "a.example, b.example, ...", at most about 150
 * bytes.  Appends nothing where there are none. */
void sts_certtext_dns_ids(const X509 *cert, struct sts_buf *b);

/* In seconds since the epoch; 0 where the certificate's time makes no sense. */
int64_t sts_certtext_time(const ASN1_TIME *t);

/* The day of a time, "2026-01-01", into at least STS_DAY_TEXT bytes.  Returns
 * dst. */
enum { STS_DAY_TEXT = 11 };
char *sts_certtext_day(int64_t wall_s, char *dst);

#endif
