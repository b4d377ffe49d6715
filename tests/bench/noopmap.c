/*
 * noopmap SOCKET: a socketmap that knows one answer.  The floor: what reading,
 * writing and waiting cost with libevent, when there is nothing to look up.
 */
#include "load.h"

#include "sts/base/buf.h"
#include "sts/core/netstring.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_MAX = 65536, OUT_MAX = 1 << 22 };

struct client {
	struct event *ev;
	int fd;
	struct sts_buf in, out;
};

static const char answer[] = "OK secure match=mx.near.test servername=hostname";

static void
end_client(struct client *c)
{
	event_free(c->ev);
	sts_buf_deinit(&c->in);
	sts_buf_deinit(&c->out);
	(void)close(c->fd);
	free(c);
}

static void
reply_to_all(struct client *c)
{
	struct sts_slice rest = sts_buf_view(&c->in), body;

	while (sts_netstring_read(&rest, IN_MAX, &body) == STS_OK)
		sts_netstring_add(&c->out, sts_slice_str(answer));
	sts_buf_drop(&c->in, c->in.n - rest.n);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	char chunk[IN_MAX / 2];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

	(void)what;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end_client(c);
		return;
	}
	sts_buf_add(&c->in, chunk, (size_t)n);
	reply_to_all(c);
	/* Its client reads all before it asks again: it never has to wait. */
	if (c->out.n > 0 &&
	    send(fd, c->out.p, c->out.n, MSG_NOSIGNAL) != (ssize_t)c->out.n)
		load_die("send");
	sts_buf_clear(&c->out);
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct event_base *base = arg;
	struct client *c = calloc(1, sizeof(*c));
	int yes = 1;

	(void)what;
	if (c == NULL)
		load_die("client");
	c->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->fd < 0) {
		free(c);
		return;
	}
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	sts_buf_init(&c->in, IN_MAX);
	sts_buf_init(&c->out, OUT_MAX);
	c->ev = event_new(base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
	if (c->ev == NULL || event_add(c->ev, NULL) != 0)
		load_die("client");
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct event *listener;

	if (argc != 2 || base == NULL)
		load_die("noopmap SOCKET");
	listener = event_new(base, load_listen(argv[1]), EV_READ | EV_PERSIST,
	    on_connection, base);
	if (listener == NULL || event_add(listener, NULL) != 0)
		load_die(argv[1]);
	(void)event_base_dispatch(base);
	return 0;
}
