/*
 * mapload: a client of a socketmap, of many connections, each with so many
 * requests under way as it is told.
 *
 *   mapload -s SOCKET [-c CONNECTIONS] [-p PIPELINED] [-t SECONDS | -m
 * REQUESTS]
 *           [-k MAP] [-n DOMAINS] [-x] SUFFIX
 *
 * It asks for d0.SUFFIX, d1.SUFFIX and so on, and begins anew after DOMAINS of
 * them; with -x for the SUFFIX as it is.  A request is sent where a reply came.
 */
#include "load.h"

#include "sts/base/buf.h"
#include "sts/core/netstring.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	PIPELINED_MAX = 1024,
	BUF_MAX = 1 << 24,
	CHUNK = 65536,
	EVENTS = 256,
};

struct options {
	const char *socket, *map, *suffix;
	unsigned connections, pipelined, seconds, requests, domains;
	bool exact;
};

struct connection {
	int fd;
	struct sts_buf in, out;
	unsigned first, n; /* under way */
	int64_t sent_ns[PIPELINED_MAX];
};

struct run {
	struct options options;
	int epoll;
	struct connection *connections;
	uint64_t asked, answered;
	uint64_t ok, notfound, temp, other; /* replies */
	int64_t began_ns, ends_ns; /* or 0 */
	struct load_latencies latencies;
};

static bool
is_time_up(const struct run *run, int64_t now)
{
	return run->ends_ns != 0 && now >= run->ends_ns;
}

static void
ask(struct run *run, struct connection *c, int64_t now)
{
	const struct options *o = &run->options;
	char body[512];
	int n;

	if (o->exact)
		n = snprintf(body, sizeof(body), "%s %s", o->map, o->suffix);
	else
		n = snprintf(body, sizeof(body), "%s d%llu.%s", o->map,
		    (unsigned long long)(run->asked % o->domains), o->suffix);
	sts_netstring_add(&c->out, sts_slice(body, (size_t)n));
	c->sent_ns[(c->first + c->n++) % PIPELINED_MAX] = now;
	run->asked++;
}

/* As many as may be under way. */
static void
ask_more(struct run *run, struct connection *c)
{
	const struct options *o = &run->options;
	int64_t now = load_now_ns();

	while (c->n < o->pipelined && !is_time_up(run, now) &&
	       (o->requests == 0 || run->asked < o->requests))
		ask(run, c, now);
}

static void
transmit(struct connection *c)
{
	ssize_t n;

	if (c->out.n == 0)
		return;
	n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		load_die("send");
	if (n > 0)
		sts_buf_drop(&c->out, (size_t)n);
}

static void
count(struct run *run, struct connection *c, struct sts_slice reply)
{
	if (c->n == 0)
		load_die("a reply to nothing");
	load_latency_add(&run->latencies,
	    load_now_ns() - c->sent_ns[c->first % PIPELINED_MAX]);
	c->first++;
	c->n--;
	run->answered++;
	if (sts_slice_starts(reply, STS_LIT("OK ")))
		run->ok++;
	else if (sts_slice_starts(reply, STS_LIT("NOTFOUND ")))
		run->notfound++;
	else if (sts_slice_starts(reply, STS_LIT("TEMP ")))
		run->temp++;
	else
		run->other++;
}

static void
receive(struct run *run, struct connection *c)
{
	char chunk[CHUNK];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);
	struct sts_slice rest, reply;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		load_die("the server closed a connection");
	sts_buf_add(&c->in, chunk, (size_t)n);
	rest = sts_buf_view(&c->in);
	while (sts_netstring_read(&rest, CHUNK, &reply) == STS_OK)
		count(run, c, reply);
	sts_buf_drop(&c->in, c->in.n - rest.n);
}

static void
watch(struct run *run, struct connection *c, int how)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

	if (c->out.n > 0)
		e.events |= EPOLLOUT;
	if (epoll_ctl(run->epoll, how, c->fd, &e) != 0)
		load_die("epoll_ctl");
}

static void
proceed(struct run *run, struct connection *c)
{
	bool stalled = c->out.n > 0;

	ask_more(run, c);
	transmit(c);
	if ((c->out.n > 0) != stalled)
		watch(run, c, EPOLL_CTL_MOD);
}

static void
open_all(struct run *run)
{
	const struct options *o = &run->options;

	run->epoll = epoll_create1(0);
	run->connections = calloc(o->connections, sizeof(*run->connections));
	if (run->epoll < 0 || run->connections == NULL)
		load_die("epoll");
	for (unsigned i = 0; i < o->connections; i++) {
		struct connection *c = &run->connections[i];

		c->fd = load_connect(o->socket);
		sts_buf_init(&c->in, BUF_MAX);
		sts_buf_init(&c->out, BUF_MAX);
		watch(run, c, EPOLL_CTL_ADD);
	}
}

static void
run_all(struct run *run)
{
	const struct options *o = &run->options;
	struct epoll_event events[EVENTS];

	run->began_ns = load_now_ns();
	if (o->requests == 0)
		run->ends_ns = run->began_ns + (int64_t)o->seconds * 1000000000;
	for (unsigned i = 0; i < o->connections; i++)
		proceed(run, &run->connections[i]);
	while (run->answered < run->asked) {
		int n = epoll_wait(run->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].events & ~(unsigned)EPOLLOUT)
				receive(run, events[i].data.ptr);
			proceed(run, events[i].data.ptr);
		}
	}
}

static void
report(const struct run *run)
{
	printf("requests=%llu seconds=%.6f ok=%llu notfound=%llu temp=%llu "
	       "other=%llu",
	    (unsigned long long)run->answered,
	    (double)(load_now_ns() - run->began_ns) / 1e9,
	    (unsigned long long)run->ok, (unsigned long long)run->notfound,
	    (unsigned long long)run->temp, (unsigned long long)run->other);
	load_latency_print("reply", &run->latencies);
	printf("\n");
}

static void
close_all(struct run *run)
{
	for (unsigned i = 0; i < run->options.connections; i++) {
		struct connection *c = &run->connections[i];

		(void)close(c->fd);
		sts_buf_deinit(&c->in);
		sts_buf_deinit(&c->out);
	}
	free(run->connections);
	(void)close(run->epoll);
}

static void
read_options(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){ .map = "postfix",
		.connections = 1,
		.pipelined = 1,
		.seconds = 1,
		.domains = 1 };
	while ((c = getopt(argc, argv, "s:c:p:t:m:k:n:x")) != -1) {
		if (c == 's')
			o->socket = optarg;
		else if (c == 'c')
			o->connections = load_number(optarg, 10000);
		else if (c == 'p')
			o->pipelined = load_number(optarg, PIPELINED_MAX);
		else if (c == 't')
			o->seconds = load_number(optarg, 3600);
		else if (c == 'm')
			o->requests = load_number(optarg, 1000000000);
		else if (c == 'k')
			o->map = optarg;
		else if (c == 'n')
			o->domains = load_number(optarg, 1000000000);
		else if (c == 'x')
			o->exact = true;
		else
			exit(EX_USAGE);
	}
	o->suffix = argv[optind];
	if (o->socket == NULL || o->suffix == NULL || o->domains == 0)
		load_die("mapload -s SOCKET [options] SUFFIX");
}

int
main(int argc, char **argv)
{
	static struct run run;

	read_options(argc, argv, &run.options);
	open_all(&run);
	run_all(&run);
	report(&run);
	close_all(&run);
	return 0;
}
