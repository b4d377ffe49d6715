/*
 * mxserver SOCKET CERTIFICATE: an MX host that offers STARTTLS and takes no
 * mail; a thread for each session.  At its end (SIGTERM) it tells how many
 * there were.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

struct server {
	int fd;
	SSL_CTX *tls;
	_Atomic unsigned connections, handshakes, mails;
};

struct session {
	struct server *server;
	int fd;
	SSL *tls; /* NULL: in plain text */
};

static bool
say(struct session *s, const char *text)
{
	int n = (int)strlen(text);

	if (s->tls != NULL)
		return SSL_write(s->tls, text, n) == n;
	return send(s->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

/* A line of one packet: this server is for polite clients. */
static bool
read_line(struct session *s, char line[LINE_SIZE])
{
	ssize_t n;

	if (s->tls != NULL)
		n = SSL_read(s->tls, line, LINE_SIZE - 1);
	else
		n = recv(s->fd, line, LINE_SIZE - 1, 0);
	if (n <= 0)
		return false;
	line[n] = '\0';
	return true;
}

static bool
start_tls(struct session *s)
{
	if (!say(s, "220 2.0.0 Ready\r\n"))
		return false;
	s->tls = SSL_new(s->server->tls);
	if (s->tls == NULL || SSL_set_fd(s->tls, s->fd) != 1 ||
	    SSL_accept(s->tls) != 1)
		return false;
	s->server->handshakes++;
	return true;
}

/* Whether the session goes on. */
static bool
obey(struct session *s, const char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0)
		return say(s, s->tls != NULL ? "250-mx\r\n250 SIZE\r\n"
					     : "250-mx\r\n250 STARTTLS\r\n");
	if (strncasecmp(line, "STARTTLS", 8) == 0)
		return start_tls(s);
	if (strncasecmp(line, "QUIT", 4) == 0) {
		(void)say(s, "221 2.0.0 Bye\r\n");
		return false;
	}
	s->server->mails++;
	return say(s, "502 5.5.1 No such command\r\n");
}

static void *
serve(void *arg)
{
	struct session *s = arg;
	char line[LINE_SIZE];

	if (say(s, "220 mx ESMTP\r\n"))
		while (read_line(s, line) && obey(s, line))
			continue;
	if (s->tls != NULL)
		(void)SSL_shutdown(s->tls);
	SSL_free(s->tls);
	(void)close(s->fd);
	free(s);
	return NULL;
}

static void
begin_session(struct server *server, int fd)
{
	struct session *s = malloc(sizeof(*s));
	pthread_t thread;
	int yes = 1;

	if (s == NULL)
		load_die("session");
	*s = (struct session){ server, fd, NULL };
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	server->connections++;
	if (pthread_create(&thread, NULL, serve, s) != 0)
		load_die("thread");
	(void)pthread_detach(thread);
}

static void *
accept_all(void *arg)
{
	struct server *server = arg;
	struct pollfd p = { .fd = server->fd, .events = POLLIN };

	for (;;) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			begin_session(server, fd);
		else if (errno == EAGAIN)
			(void)poll(&p, 1, -1);
	}
	return NULL;
}

static SSL_CTX *
tls_of(const char *certificate)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls == NULL ||
	    SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, certificate, SSL_FILETYPE_PEM) !=
		1)
		load_die(certificate);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	return tls;
}

int
main(int argc, char **argv)
{
	static struct server server;
	pthread_t thread;
	sigset_t end;
	int number;

	if (argc != 3)
		load_die("mxserver SOCKET CERTIFICATE");
	server.tls = tls_of(argv[2]);
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &end, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	server.fd = load_listen(argv[1]);
	if (pthread_create(&thread, NULL, accept_all, &server) != 0)
		load_die("thread");
	(void)sigwait(&end, &number);
	printf("connections=%u handshakes=%u mails=%u\n", server.connections,
	    server.handshakes, server.mails);
	(void)fflush(stdout);
	_exit(0);
}
