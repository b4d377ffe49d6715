#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smtpserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DRIP_MS = 5 };

static void
note(struct smtp_server *server, const char *line)
{
	size_t n = strlen(server->heard);

	(void)snprintf(server->heard + n, sizeof(server->heard) - n, "%s%s",
	    n > 0 ? "|" : "", line);
}

static bool
say(struct smtp_server *server, struct sts_slice text)
{
	ssize_t n;

	if (server->ssl != NULL)
		return SSL_write(server->ssl, text.p, (int)text.n) > 0;
	while (text.n > 0) {
		n = send(server->fd, text.p, text.n, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

static bool
hear_byte(struct smtp_server *server, char *c)
{
	int n;

	if (server->ssl == NULL)
		return recv(server->fd, c, 1, 0) == 1;
	n = SSL_read(server->ssl, c, 1);
	if (n <= 0 && SSL_get_error(server->ssl, n) == SSL_ERROR_ZERO_RETURN)
		note(server, "TLS-EOF");
	return n == 1;
}

/* One line, without its end. */
static bool
hear(struct smtp_server *server)
{
	char line[512];
	size_t n = 0;
	char c;

	while (n < sizeof(line) - 1) {
		if (!hear_byte(server, &c)) {
			if (strstr(server->heard, "TLS-EOF") == NULL)
				note(server, "EOF");
			return false;
		}
		if (c == '\n')
			break;
		if (c != '\r')
			line[n++] = c;
	}
	line[n] = '\0';
	note(server, line);
	return true;
}

static bool
accept_tls(struct smtp_server *server)
{
	const char *sni;

	server->ssl = SSL_new(server->ctx);
	if (server->ssl == NULL || SSL_set_fd(server->ssl, server->fd) != 1 ||
	    SSL_accept(server->ssl) != 1)
		return false;
	sni = SSL_get_servername(server->ssl, TLSEXT_NAMETYPE_host_name);
	(void)snprintf(
	    server->sni, sizeof(server->sni), "%s", sni != NULL ? sni : "");
	return true;
}

/* Whether the client is still there after a moment. */
static bool
client_stays(struct smtp_server *server)
{
	struct pollfd pfd = { .fd = server->fd, .events = POLLIN };
	char c[512];

	if (poll(&pfd, 1, DRIP_MS) == 0)
		return true;
	return recv(server->fd, c, sizeof(c), 0) > 0;
}

static bool
drip(struct smtp_server *server, struct sts_slice text)
{
	for (size_t i = 0; client_stays(server); i = (i + 1) % text.n)
		if (!say(server, sts_slice(text.p + i, 1)))
			return false;
	return false;
}

static bool
reset(struct smtp_server *server)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(server->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	return false;
}

/* Whether the script goes on. */
static bool
play(struct smtp_server *server, const struct smtp_step *step)
{
	char raw[4096];

	switch (step->act) {
	case SMTP_SAY:
		return say(server, step->text);
	case SMTP_HEAR:
		return hear(server);
	case SMTP_GULP:
		return recv(server->fd, raw, sizeof(raw), 0) > 0;
	case SMTP_TLS:
		return accept_tls(server);
	case SMTP_FLOOD:
		while (say(server, step->text))
			continue;
		return false;
	case SMTP_DRIP:
		return drip(server, step->text);
	case SMTP_HOLD:
		while (recv(server->fd, raw, sizeof(raw), 0) > 0)
			continue;
		return false;
	case SMTP_END:
		while (hear(server))
			continue;
		return false;
	case SMTP_CLOSE:
		if (server->ssl != NULL)
			(void)SSL_shutdown(server->ssl);
		break;
	case SMTP_RESET:
		return reset(server);
	}
	return false;
}

/* Whether there was a client. */
static bool
serve_one(struct smtp_server *server)
{
	bool go_on = true;

	server->fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (server->fd < 0)
		return false;
	atomic_fetch_add(&server->clients, 1);
	for (unsigned i = 0; go_on; i++) {
		atomic_store(&server->step, i);
		if (!server->each)
			(void)!write(server->tell_fd, "", 1);
		go_on = play(server, &server->script[i]);
	}
	SSL_free(server->ssl);
	server->ssl = NULL;
	(void)close(server->fd);
	return true;
}

static void *
server_main(void *arg)
{
	struct smtp_server *server = arg;

	while (serve_one(server) && server->each)
		continue;
	atomic_store(&server->over, true);
	(void)close(server->tell_fd);
	return NULL;
}

static bool
open_socket(struct smtp_server *server)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *address =
	    server->address != NULL ? server->address : "127.0.0.1";
	bool is_v6 = inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
	struct sockaddr *sa =
	    is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t n = is_v6 ? sizeof(v6) : sizeof(v4);
	int one = 1;

	if (!is_v6)
		assert_int_equal(inet_pton(AF_INET, address, &v4.sin_addr), 1);
	v4.sin_port = v6.sin6_port = htons(server->port);
	server->listen_fd =
	    socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(
	    server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (server->listen_fd < 0 || bind(server->listen_fd, sa, n) != 0) {
		(void)close(server->listen_fd);
		return false;
	}
	assert_int_equal(listen(server->listen_fd, 128), 0);
	assert_int_equal(getsockname(server->listen_fd, sa, &n), 0);
	server->port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
	return true;
}

static void
make_context(struct smtp_server *server)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	/* So that it does what a careful server would not. */
	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, server->cert->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, server->cert->key), 1);
	if (server->tls_version != 0) {
		SSL_CTX_set_min_proto_version(ctx, server->tls_version);
		SSL_CTX_set_max_proto_version(ctx, server->tls_version);
	}
	server->ctx = ctx;
}

bool
smtp_server_start(struct smtp_server *server)
{
	sigset_t pipe_set, old;
	int fds[2];

	if (!open_socket(server))
		return false;
	make_context(server);
	assert_int_equal(pipe(fds), 0);
	server->news_fd = fds[0];
	server->tell_fd = fds[1];
	/* The client is to show that it raises no SIGPIPE; the server may. */
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	assert_int_equal(
	    pthread_create(&server->thread, NULL, server_main, server), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return true;
}

void
smtp_server_stop(struct smtp_server *server)
{
	/* Wakes it where nobody came. */
	(void)shutdown(server->listen_fd, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	(void)close(server->listen_fd);
	(void)close(server->news_fd);
	SSL_CTX_free(server->ctx);
}
