#include "sts/engine/smtpwire.h"

#include "sts/base/escape.h"
#include "sts/engine/tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

enum { CHUNK = 4096 };

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct sts_smtpwire *wire = arg;

	(void)fd;
	(void)what;
	wire->ready(wire->cookie);
}

static enum sts_err
wait_for(struct sts_smtpwire *wire, short what)
{
	(void)event_del(wire->event);
	if (event_assign(
		wire->event, wire->base, wire->fd, what, on_ready, wire) != 0 ||
	    event_add(wire->event, NULL) != 0)
		return STS_E_NOMEM;
	return STS_E_AGAIN;
}

static enum sts_err
lost(struct sts_smtpwire *wire, const char *why)
{
	(void)sts_escape_to(wire->why, sizeof(wire->why), sts_slice_str(why));
	return STS_E_IO;
}

enum sts_err
sts_smtpwire_init(struct sts_smtpwire *wire, struct sts_loop *loop,
    void (*ready)(void *), void *cookie)
{
	struct event_base *base = sts_loop_base(loop);
	struct event *event = event_new(base, -1, 0, on_ready, wire);

	if (event == NULL)
		return STS_E_NOMEM;
	*wire = (struct sts_smtpwire){
		.fd = -1,
		.base = base,
		.event = event,
		.ready = ready,
		.cookie = cookie,
	};
	sts_smtp_reply_init(&wire->reply);
	sts_buf_init(&wire->out, STS_SMTPWIRE_OUT_MAX);
	return STS_OK;
}

enum sts_err
sts_smtpwire_connect(
    struct sts_smtpwire *wire, const struct sts_addr *addr, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t n = sts_addr_sockaddr(addr, port, &ss);
	int one = 1;

	wire->fd =
	    socket(addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return lost(wire, strerror(errno));
	/* The end of a handshake and the EHLO behind it are two writes. */
	(void)setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(wire->fd, (struct sockaddr *)&ss, n) != 0 &&
	    errno != EINPROGRESS)
		return lost(wire, strerror(errno));
	return wait_for(wire, EV_WRITE);
}

enum sts_err
sts_smtpwire_connected(struct sts_smtpwire *wire)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	return error == 0 ? STS_OK : lost(wire, strerror(error));
}

/* Sends what waits. */
static enum sts_err
flush(struct sts_smtpwire *wire)
{
	ssize_t n;

	while (wire->out.n > 0) {
		n = send(wire->fd, wire->out.p, wire->out.n, MSG_NOSIGNAL);
		if (n >= 0)
			sts_buf_drop(&wire->out, (size_t)n);
		else if (errno == EAGAIN)
			return wait_for(wire, EV_WRITE);
		else if (errno != EINTR)
			return lost(wire, strerror(errno));
	}
	return STS_OK;
}

/* Reads once from the socket. */
static enum sts_err
receive(struct sts_smtpwire *wire, char *dst, size_t size, size_t *out)
{
	ssize_t n;

	if (wire->received >= STS_SMTPWIRE_IN_MAX)
		return STS_E_LIMIT;
	n = recv(wire->fd, dst, size, 0);
	if (n == 0)
		return lost(wire, "connection closed by the server");
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return wait_for(wire, EV_READ);
	if (n < 0)
		return lost(wire, strerror(errno));
	wire->received += (size_t)n;
	*out = (size_t)n;
	return STS_OK;
}

/* Moves what OpenSSL wrote behind what waits to be sent. */
static enum sts_err
drain(struct sts_smtpwire *wire)
{
	BIO *bio = SSL_get_wbio(wire->ssl);
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	if (n > 0)
		sts_buf_add(&wire->out, p, (size_t)n);
	(void)BIO_reset(bio);
	return sts_buf_err(&wire->out);
}

/* Hands OpenSSL what the socket has. */
static enum sts_err
supply(struct sts_smtpwire *wire)
{
	char raw[CHUNK];
	size_t n = 0;
	enum sts_err err = receive(wire, raw, sizeof(raw), &n);

	if (err != STS_OK)
		return err;
	if (BIO_write(SSL_get_rbio(wire->ssl), raw, (int)n) != (int)n)
		return STS_E_NOMEM;
	return STS_OK;
}

/* After an OpenSSL call that returned `ret`, which is no success: does what it
 * waits for.  STS_OK: the call is to be made again. */
static enum sts_err
serve(struct sts_smtpwire *wire, int ret)
{
	char text[STS_SMTPWIRE_WHY];
	int want = SSL_get_error(wire->ssl, ret);
	enum sts_err err = drain(wire);

	if (err == STS_OK)
		err = flush(wire); /* an alert too, where it failed */
	switch (want) {
	case SSL_ERROR_WANT_READ:
		return err == STS_OK ? supply(wire) : err;
	case SSL_ERROR_ZERO_RETURN:
		return lost(wire, "TLS closed by the server");
	default:
		return lost(wire, sts_tls_error_text(text, sizeof(text)));
	}
}

enum sts_err
sts_smtpwire_secure(struct sts_smtpwire *wire, SSL *ssl)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (in == NULL || out == NULL) {
		BIO_free(in);
		BIO_free(out);
		SSL_free(ssl);
		return STS_E_NOMEM;
	}
	SSL_set_bio(ssl, in, out);
	wire->ssl = ssl;
	return STS_OK;
}

enum sts_err
sts_smtpwire_handshake(struct sts_smtpwire *wire)
{
	enum sts_err err;
	int ret;

	do {
		ERR_clear_error();
		ret = SSL_do_handshake(wire->ssl);
		err = ret == 1 ? drain(wire) : serve(wire, ret);
	} while (ret != 1 && err == STS_OK);
	return err;
}

enum sts_err
sts_smtpwire_say(
    struct sts_smtpwire *wire, const char *command, const char *argument)
{
	struct sts_buf line;
	enum sts_err err;

	sts_smtp_reply_reset(&wire->reply);
	sts_buf_init(&line, STS_SMTP_LINE_MAX);
	sts_buf_str(&line, command);
	if (*argument != '\0') {
		sts_buf_char(&line, ' ');
		sts_buf_str(&line, argument);
	}
	sts_buf_str(&line, "\r\n");
	err = sts_buf_err(&line);
	if (err == STS_OK && wire->ssl == NULL) {
		sts_buf_slice(&wire->out, sts_buf_view(&line));
		err = sts_buf_err(&wire->out);
	} else if (err == STS_OK) {
		ERR_clear_error();
		/* Into memory: all of it or nothing. */
		err = SSL_write(wire->ssl, line.p, (int)line.n) > 0
			  ? drain(wire)
			  : lost(wire, "TLS is closed");
	}
	sts_buf_deinit(&line);
	return err;
}

/* The next bytes that the server said. */
static enum sts_err
hear(struct sts_smtpwire *wire, char *dst, size_t size, size_t *out)
{
	enum sts_err err;
	int n;

	if (wire->ssl == NULL)
		return receive(wire, dst, size, out);
	do {
		ERR_clear_error();
		n = SSL_read(wire->ssl, dst, (int)size);
		err = n > 0 ? STS_OK : serve(wire, n);
	} while (n <= 0 && err == STS_OK);
	if (n > 0)
		*out = (size_t)n;
	return err;
}

enum sts_err
sts_smtpwire_listen(struct sts_smtpwire *wire)
{
	char in[CHUNK];
	size_t n = 0, used = 0;
	enum sts_err err = flush(wire);

	if (err != STS_OK)
		return err;
	do {
		err = hear(wire, in, sizeof(in), &n);
		if (err != STS_OK)
			return err;
		err =
		    sts_smtp_reply_feed(&wire->reply, sts_slice(in, n), &used);
	} while (err == STS_E_AGAIN);
	wire->excess = err == STS_OK && used < n;
	return err;
}

bool
sts_smtpwire_excess(const struct sts_smtpwire *wire)
{
	char c;

	return wire->excess ||
	       recv(wire->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void
sts_smtpwire_deinit(struct sts_smtpwire *wire)
{
	if (wire->ssl != NULL && SSL_is_init_finished(wire->ssl)) {
		ERR_clear_error();
		(void)SSL_shutdown(wire->ssl);
		if (drain(wire) == STS_OK)
			(void)flush(wire);
		ERR_clear_error();
	}
	SSL_free(wire->ssl);
	if (wire->event != NULL) {
		event_free(wire->event);
		if (wire->fd >= 0)
			(void)close(wire->fd);
	}
	sts_smtp_reply_deinit(&wire->reply);
	sts_buf_deinit(&wire->out);
	*wire = (struct sts_smtpwire){ .fd = -1 };
}
