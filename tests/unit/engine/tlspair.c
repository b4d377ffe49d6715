/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tlspair.h"

SSL *
tlspair_server(const struct testpki_cert *leaf, X509 *with)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	assert_non_null(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, leaf->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, leaf->key), 1);
	if (with != NULL)
		assert_int_equal(SSL_CTX_add1_chain_cert(ctx, with), 1);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	assert_non_null(ssl);
	SSL_set_accept_state(ssl);
	return ssl;
}

bool
tlspair_shake(SSL *client, SSL *server)
{
	BIO *a, *b;
	int c = 0, s = 0;

	assert_int_equal(BIO_new_bio_pair(&a, 65536, &b, 65536), 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	for (int turn = 0; turn < 10 && (c != 1 || s != 1); turn++) {
		if (c != 1)
			c = SSL_do_handshake(client);
		if (s != 1)
			s = SSL_do_handshake(server);
	}
	return c == 1 && s == 1;
}
