#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "httpsserver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <setjmp.h>

enum { DRIP_MS = 5 };

/* Reads until the client closes. */
static void
await_close(int fd)
{
	char byte[256];

	while (read(fd, byte, sizeof(byte)) > 0)
		continue;
}

static void
note_sni(struct https_server *server, const SSL *ssl)
{
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)snprintf(
	    server->sni, sizeof(server->sni), "%s", sni == NULL ? "" : sni);
}

static bool
read_request(struct https_server *server, SSL *ssl)
{
	size_t n = 0, got = 0;

	while (n < sizeof(server->request) - 1 &&
	       SSL_read_ex(ssl, server->request + n,
		   sizeof(server->request) - 1 - n, &got) == 1) {
		n += got;
		server->request[n] = '\0';
		if (strstr(server->request, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

/* Until the client has enough of it. */
static void
drip(struct https_server *server, SSL *ssl)
{
	const char *last = server->answer.p + server->answer.n - 1;
	size_t n;

	while (SSL_write_ex(ssl, last, 1, &n) == 1)
		(void)poll(NULL, 0, DRIP_MS);
}

static void
answer(struct https_server *server, SSL *ssl, int fd)
{
	size_t n;

	if (server->answer.n > 0 &&
	    SSL_write_ex(ssl, server->answer.p, server->answer.n, &n) != 1)
		return;
	if (server->answer.n > 0)
		atomic_store(&server->stage, HTTPS_ANSWERING);
	switch (server->end) {
	case HTTPS_CLOSE:
		(void)SSL_shutdown(ssl);
		break;
	case HTTPS_CUT:
		break;
	case HTTPS_HOLD:
		await_close(fd);
		break;
	case HTTPS_DRIP:
		drip(server, ssl);
		break;
	}
}

static void
serve(struct https_server *server, int fd)
{
	SSL *ssl = SSL_new(server->ctx);

	if (server->cert == NULL) {
		await_close(fd);
	} else if (ssl != NULL && SSL_set_fd(ssl, fd) == 1) {
		bool accepted = SSL_accept(ssl) == 1;

		note_sni(server, ssl);
		if (accepted && read_request(server, ssl)) {
			atomic_store(&server->stage, HTTPS_ASKED);
			answer(server, ssl, fd);
		}
	}
	SSL_free(ssl);
}

static void *
server_main(void *arg)
{
	struct https_server *server = arg;
	int fd;

	while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		atomic_store(&server->stage, HTTPS_ACCEPTED);
		atomic_fetch_add(&server->accepted, 1);
		serve(server, fd);
		(void)close(fd);
	}
	return NULL;
}

/* Notes what is offered, and chooses nothing. */
static int
note_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
    const unsigned char *in, unsigned int n, void *arg)
{
	struct https_server *server = arg;

	(void)ssl;
	(void)out;
	(void)out_n;
	if (sts_slice_copy(
		sts_slice(in, n), server->alpn, sizeof(server->alpn)) != STS_OK)
		server->alpn[0] = '\0';
	return SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *
server_ctx(struct https_server *server)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	SSL_CTX_set_alpn_select_cb(ctx, note_alpn, server);
	if (server->cert == NULL)
		return ctx;
	if (server->tls_version != 0) {
		/* OpenSSL takes versions below 1.2 at level 0 only. */
		assert_int_equal(
		    SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0"), 1);
		assert_int_equal(
		    SSL_CTX_set_min_proto_version(ctx, server->tls_version), 1);
		assert_int_equal(
		    SSL_CTX_set_max_proto_version(ctx, server->tls_version), 1);
	}
	assert_int_equal(SSL_CTX_use_certificate(ctx, server->cert->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, server->cert->key), 1);
	return ctx;
}

static socklen_t
socket_address(const char *address, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	assert_int_equal(inet_pton(AF_INET, address, &in->sin_addr), 1);
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	return sizeof(*in);
}

int
https_bind(const char *address, uint16_t *port)
{
	struct sockaddr_storage sa;
	socklen_t n = socket_address(address, *port, &sa);
	int one = 1;
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	/* The port stands at the same place in both families. */
	*port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	return fd;
}

struct https_black_hole
https_black_hole(const char *address, uint16_t *port)
{
	struct https_black_hole hole;
	struct sockaddr_storage sa;
	socklen_t n;

	hole.fd = https_bind(address, port);
	/* A queue for one, which is then full for ever. */
	assert_int_equal(listen(hole.fd, 0), 0);
	n = socket_address(address, *port, &sa);
	hole.guest = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(hole.guest >= 0);
	assert_int_equal(connect(hole.guest, (struct sockaddr *)&sa, n), 0);
	return hole;
}

void
https_black_hole_close(struct https_black_hole *hole)
{
	(void)close(hole->guest);
	(void)close(hole->fd);
}

void
https_server_start(struct https_server *server)
{
	sigset_t pipe, old;

	atomic_init(&server->accepted, 0);
	atomic_init(&server->stage, HTTPS_IDLE);
	server->ctx = server_ctx(server);
	server->fd = https_bind(server->address, &server->port);
	assert_int_equal(listen(server->fd, 16), 0);
	/* In the server's thread only: what is tested must not need it. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	assert_int_equal(
	    pthread_create(&server->thread, NULL, server_main, server), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void
https_server_stop(struct https_server *server)
{
	if (server->ctx == NULL)
		return;
	/* Wakes accept. */
	(void)shutdown(server->fd, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	(void)close(server->fd);
	SSL_CTX_free(server->ctx);
	server->ctx = NULL;
}
