/*
 * delayproxy MS {tcp|udp LISTEN TARGET}...: what is far away.  What comes to
 * LISTEN is passed on to TARGET, and what comes back too, each half of MS late;
 * so the first bytes of a TCP connection are, too, for whose handshake goes
 * another MS.  LISTEN and TARGET are IPv4 ADDRESS:PORT; in LISTEN the last
 * number may be a range, 198.18.1.1-200:25.  The target `hang` is one where
 * connections are taken, and nothing ever comes back.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum { CHUNK = 65536, TEXT_SIZE = 256, BACKLOG = 1024 };

struct proxy {
	struct event_base *base;
	struct event *timer;
	int64_t delay_ns; /* one way */
	struct parcel *first; /* in the order in which they are due */
};

struct port {
	struct proxy *proxy;
	struct sockaddr_in target; /* of port 0: hang */
	bool udp;
	struct flow *flows; /* of UDP: by the client's address */
	struct event *ev;
	int fd;
};

/* The two ends of a connection; a UDP client's end is the port's socket. */
struct flow {
	struct port *port;
	int fd[2]; /* the client's, the target's */
	struct event *ev[2];
	struct sockaddr_in peer; /* of UDP: the client */
	unsigned parcels; /* under way */
	unsigned ended; /* ends that send no more */
	struct flow *next;
};

enum what { BYTES, END, OPEN_1, OPEN_2 };

/* What is under way to an end of a flow. */
struct parcel {
	struct flow *flow;
	int to; /* 0: the client, 1: the target */
	enum what what;
	int64_t due_ns;
	struct parcel *prev, *next;
	size_t n;
	char bytes[];
};

static void
set_timer(struct proxy *p)
{
	int64_t left;
	struct timeval tv;

	if (p->first == NULL)
		return;
	left = p->first->due_ns - load_now_ns();
	if (left < 0)
		left = 0;
	tv.tv_sec = left / 1000000000;
	tv.tv_usec = left % 1000000000 / 1000;
	(void)event_add(p->timer, &tv);
}

static void
put_under_way(struct flow *f, int to, enum what what, const void *p, size_t n)
{
	struct proxy *proxy = f->port->proxy;
	struct parcel *parcel = malloc(sizeof(*parcel) + n);

	if (parcel == NULL)
		load_die("parcel");
	*parcel = (struct parcel){ .flow = f,
		.to = to,
		.what = what,
		.n = n,
		.due_ns = load_now_ns() + proxy->delay_ns };
	if (n > 0)
		memcpy(parcel->bytes, p, n);
	f->parcels++;
	DL_APPEND(proxy->first, parcel);
	if (proxy->first == parcel)
		set_timer(proxy);
}

/* Of TCP, when both ends are through and nothing is under way. */
static void
free_if_done(struct flow *f)
{
	if (f->port->udp || f->parcels > 0 || f->ended < 2)
		return;
	for (int i = 0; i < 2; i++) {
		event_free(f->ev[i]);
		(void)close(f->fd[i]);
	}
	free(f);
}

/* A small buffer's worth at a time: it fits, or the peer has gone. */
static void
hand_over(const struct parcel *parcel)
{
	struct flow *f = parcel->flow;
	int fd = f->fd[parcel->to];

	if (f->port->udp && parcel->to == 0)
		(void)sendto(fd, parcel->bytes, parcel->n, 0,
		    (struct sockaddr *)&f->peer, sizeof(f->peer));
	else
		(void)send(fd, parcel->bytes, parcel->n, MSG_NOSIGNAL);
}

static void
deliver(const struct parcel *parcel)
{
	struct flow *f = parcel->flow;

	f->parcels--;
	switch (parcel->what) {
	case BYTES:
		hand_over(parcel);
		break;
	case END:
		(void)shutdown(f->fd[parcel->to], SHUT_WR);
		f->ended++;
		break;
	case OPEN_1:
		put_under_way(f, 0, OPEN_2, NULL, 0);
		break;
	case OPEN_2:
		(void)event_add(f->ev[0], NULL);
		break;
	}
	free_if_done(f);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct proxy *p = arg;
	struct parcel *parcel;
	int64_t now = load_now_ns();

	(void)fd;
	(void)what;
	while ((parcel = p->first) != NULL && parcel->due_ns <= now) {
		DL_DELETE(p->first, parcel);
		deliver(parcel);
		free(parcel);
	}
	set_timer(p);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct flow *f = arg;
	int from = fd == f->fd[0] ? 0 : 1;
	char chunk[CHUNK];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

	(void)what;
	if (n > 0) {
		put_under_way(f, !from, BYTES, chunk, (size_t)n);
	} else if (n == 0 || errno != EAGAIN) {
		if (f->port->udp)
			return;
		(void)event_del(f->ev[from]);
		put_under_way(f, !from, END, NULL, 0);
	}
}

/* A thousand questions may come at once; nothing is to be lost here. */
static void
widen(int fd)
{
	int size = 8 << 20;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static struct flow *
flow_new(struct port *port, int client, int type)
{
	struct flow *f = calloc(1, sizeof(*f));
	struct event_base *base = port->proxy->base;
	int target = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1;

	if (f == NULL || target < 0)
		load_die("flow");
	f->port = port;
	f->fd[0] = client;
	f->fd[1] = target;
	if (port->udp)
		widen(target);
	if (connect(target, (struct sockaddr *)&port->target,
		sizeof(port->target)) != 0 &&
	    errno != EINPROGRESS)
		load_die("target");
	for (int i = 0; i < 2; i++) {
		(void)setsockopt(
		    f->fd[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		f->ev[i] = event_new(
		    base, f->fd[i], EV_READ | EV_PERSIST, on_readable, f);
	}
	(void)event_add(f->ev[1], NULL);
	return f;
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct port *port = arg;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	/* One that hangs is held by us as long as we live. */
	if (client >= 0 && port->target.sin_port != 0)
		put_under_way(
		    flow_new(port, client, SOCK_STREAM), 1, OPEN_1, NULL, 0);
}

static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct port *port = arg;
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	char chunk[CHUNK];
	ssize_t n = recvfrom(
	    fd, chunk, sizeof(chunk), 0, (struct sockaddr *)&peer, &size);
	struct flow *f;

	(void)what;
	if (n < 0)
		return;
	LL_FOREACH (port->flows, f)
		if (f->peer.sin_port == peer.sin_port &&
		    f->peer.sin_addr.s_addr == peer.sin_addr.s_addr)
			break;
	if (f == NULL) {
		f = flow_new(port, fd, SOCK_DGRAM);
		f->peer = peer;
		LL_PREPEND(port->flows, f);
	}
	put_under_way(f, 1, BYTES, chunk, (size_t)n);
}

static struct sockaddr_in
address_of(const char *text, unsigned *last)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char copy[TEXT_SIZE], *colon, *dash;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	colon = strchr(copy, ':');
	if (colon == NULL)
		load_die(text);
	*colon = '\0';
	dash = strchr(copy, '-');
	if (dash != NULL)
		*dash = '\0';
	if (inet_pton(AF_INET, copy, &sin.sin_addr) != 1)
		load_die(text);
	sin.sin_port = htons((uint16_t)load_number(colon + 1, 65535));
	*last = ntohl(sin.sin_addr.s_addr) & 255;
	if (dash != NULL)
		*last = load_number(dash + 1, 255);
	return sin;
}

static void
open_port(struct proxy *p, bool udp, const struct sockaddr_in *at,
    const struct sockaddr_in *target)
{
	int type = udp ? SOCK_DGRAM : SOCK_STREAM, yes = 1;
	struct port *port = calloc(1, sizeof(*port));
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (port == NULL || fd < 0)
		load_die("port");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ||
	    (!udp && listen(fd, BACKLOG) != 0))
		load_die("bind");
	if (udp)
		widen(fd);
	port->proxy = p;
	port->udp = udp;
	port->target = *target;
	port->ev = event_new(p->base, fd, EV_READ | EV_PERSIST,
	    udp ? on_datagram : on_connection, port);
	(void)event_add(port->ev, NULL);
}

static void
open_ports(struct proxy *p, const char *kind, const char *at, const char *to)
{
	struct sockaddr_in target = { 0 }, sin;
	unsigned last, none;

	sin = address_of(at, &last);
	if (strcmp(to, "hang") != 0)
		target = address_of(to, &none);
	for (;;) {
		open_port(p, strcmp(kind, "udp") == 0, &sin, &target);
		if ((ntohl(sin.sin_addr.s_addr) & 255) >= last)
			break;
		sin.sin_addr.s_addr = htonl(ntohl(sin.sin_addr.s_addr) + 1);
	}
}

int
main(int argc, char **argv)
{
	struct proxy p = { .base = event_base_new() };

	if (argc < 5 || argc % 3 != 2)
		load_die("delayproxy MS {tcp|udp LISTEN TARGET}...");
	p.delay_ns = (int64_t)load_number(argv[1], 10000) * 500000;
	p.timer = evtimer_new(p.base, on_timer, &p);
	for (int i = 2; i < argc; i += 3)
		open_ports(&p, argv[i], argv[i + 1], argv[i + 2]);
	puts("ready=1");
	(void)fflush(stdout);
	(void)event_base_dispatch(p.base);
	return 0;
}
