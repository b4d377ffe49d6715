/*
 * The two ends of a TLS connection in memory, for tests: a server that shows
 * what certificates it is told to, and a handshake without a socket.
 *
 * Each function fails the test on failure.
 */
#ifndef STS_TESTS_TLSPAIR_H
#define STS_TESTS_TLSPAIR_H

#include "testpki.h"

#include <openssl/ssl.h>
#include <stdbool.h>

/* A server's end, to be given to SSL_free; `with` is sent along, NULL:
 * nothing. */
SSL *tlspair_server(const struct testpki_cert *leaf, X509 *with);

/* Whether both ends finish. */
bool tlspair_shake(SSL *client, SSL *server);

#endif
