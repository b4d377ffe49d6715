#include "sts/engine/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
	EDNS_UDP_SIZE = 1232, /* what passes everywhere (DNS flag day 2020) */
	RECEIVE_BUFFER = 4 << 20, /* bytes, or what the kernel gives */
	TRIES = 2, /* of each server */
	AD_OCTET = 3, /* of the header; RFC 4035 section 3.2.3 */
	AD_BIT = 0x20,
};

/* One socket of c-ares on the loop. */
struct watched {
	struct watched *next;
	struct channel *channel;
	struct event *ev;
	ares_socket_t fd;
};

/* One of c-ares's on the loop. */
struct channel {
	struct sts_resolver *resolver;
	ares_channel ares;
	bool there;
	struct sts_timer timer; /* its next retry */
	struct watched *watched;
};

/*
 * c-ares goes on to the next server where one says SERVFAIL, REFUSED or NOTIMP,
 * and does not tell which it was when all have.  So what all refused is asked
 * once more, of a channel that takes the first answer as it is.
 */
enum { ALL_SERVERS, LAST_WORD, N_CHANNELS };

struct sts_resolver {
	unsigned refs; /* of the engine's thread alone: no atomics needed */
	struct sts_loop *loop;
	struct channel channels[N_CHANNELS];
	int64_t timeout_ms; /* of a whole query */
};

/*
 * A question is asked with an OPT record (RFC 6891); where a server fails for
 * that, once more without.  c-ares 1.18 cannot cancel one query: one that is
 * done with, by its deadline or by its owner, is only marked so, and freed when
 * c-ares lets go of it.
 */
struct sts_query {
	struct sts_resolver *resolver; /* a reference */
	sts_resolved *done; /* NULL: nobody waits any more */
	void *cookie;
	enum sts_dns_type type;
	bool plain; /* asked without OPT */
	bool last_word; /* asked of that channel */
	bool with_ares; /* c-ares will still call on_reply */
	bool early; /* it did so before sts_query_start returned */
	struct sts_timer deadline; /* or, where early, the next turn */
	struct sts_dns_answer answer;
	char name[STS_DOMAIN_SIZE + 16];
};

static void
rearm(struct channel *c)
{
	struct timeval tv, *next = ares_timeout(c->ares, NULL, &tv);

	if (next == NULL)
		sts_timer_stop(&c->timer);
	else
		sts_timer_start(&c->timer,
		    (int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1);
}

/* ares_process_fd may end the last query and, with it, the resolver. */
static void
process(struct channel *c, ares_socket_t readable, ares_socket_t writable)
{
	struct sts_resolver *r = sts_resolver_get(c->resolver);

	ares_process_fd(c->ares, readable, writable);
	rearm(c);
	sts_resolver_put(r);
}

static void
on_timer(void *cookie)
{
	process(cookie, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watched *w = arg;

	process(w->channel, (what & EV_READ) ? fd : ARES_SOCKET_BAD,
	    (what & EV_WRITE) ? fd : ARES_SOCKET_BAD);
}

static void
unwatch(struct watched **at)
{
	struct watched *w = *at;

	*at = w->next;
	if (w->ev != NULL)
		event_free(w->ev);
	free(w);
}

/* c-ares says which of its sockets it wants to hear of. */
static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *c = arg;
	struct watched **at = &c->watched, *w;
	short what = (short)(EV_PERSIST | (readable ? EV_READ : 0) |
			     (writable ? EV_WRITE : 0));

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	if (*at != NULL)
		unwatch(at);
	if (!readable && !writable)
		return;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return; /* its queries end by their deadlines */
	w->channel = c;
	w->fd = fd;
	w->ev =
	    event_new(sts_loop_base(c->resolver->loop), fd, what, on_socket, w);
	w->next = c->watched;
	c->watched = w;
	if (w->ev == NULL || event_add(w->ev, NULL) != 0)
		unwatch(&c->watched);
}

/* The configuration's servers in c-ares's syntax: "192.0.2.1:53,[::1]:53". */
static enum sts_err
set_servers(ares_channel ares, const struct sts_conf *conf)
{
	struct sts_buf csv;
	char text[STS_ADDR_TEXT];
	enum sts_err err = STS_OK;

	if (conf->n_dns_servers == 0)
		return STS_OK;
	sts_buf_init(&csv, 4096);
	for (size_t i = 0; i < conf->n_dns_servers; i++) {
		const struct sts_dns_server *s = &conf->dns_servers[i];
		bool v6 = s->addr.family == AF_INET6;

		sts_buf_printf(&csv, "%s%s%s%s:%u", i == 0 ? "" : ",",
		    v6 ? "[" : "", sts_addr_text(&s->addr, text), v6 ? "]" : "",
		    (unsigned)s->port);
	}
	if (sts_buf_err(&csv) != STS_OK)
		err = sts_buf_err(&csv);
	else if (ares_set_servers_ports_csv(ares, sts_buf_cstr(&csv)) !=
		 ARES_SUCCESS)
		err = STS_E_IO;
	sts_buf_deinit(&csv);
	return err;
}

static enum sts_err
channel_init(struct channel *c, struct sts_resolver *r, int flags,
    const struct sts_conf *conf)
{
	struct ares_options options = {
		/* The second try waits twice as long as the first: 1/3 + 2/3.
		 */
		.timeout = (int)(r->timeout_ms / 3),
		.tries = TRIES,
		/* The OPT record is ours; without these c-ares would ask again
		 * by TCP where an answer has over 512 bytes. */
		.flags = ARES_FLAG_EDNS | flags,
		.ednspsz = EDNS_UDP_SIZE,
		/* All queries share a socket: the answers to a thousand that
		 * are asked at once come at once. */
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = c,
	};
	enum sts_err err = sts_timer_init(&c->timer, r->loop, on_timer, c);

	if (err != STS_OK)
		return err;
	c->resolver = r;
	if (ares_init_options(&c->ares, &options,
		ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
		    ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF |
		    ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
		return STS_E_IO;
	c->there = true;
	return set_servers(c->ares, conf);
}

static void
channel_deinit(struct channel *c)
{
	if (c->there)
		ares_destroy(c->ares);
	while (c->watched != NULL)
		unwatch(&c->watched);
	sts_timer_deinit(&c->timer);
}

enum sts_err
sts_resolver_new(struct sts_loop *loop, const struct sts_conf *conf,
    struct sts_resolver **out)
{
	static const int flags[N_CHANNELS] = {
		[LAST_WORD] = ARES_FLAG_NOCHECKRESP,
	};
	struct sts_resolver *r = calloc(1, sizeof(*r));
	enum sts_err err = STS_OK;

	if (r == NULL)
		return STS_E_NOMEM;
	r->refs = 1;
	r->loop = loop;
	r->timeout_ms = (int64_t)conf->dns_timeout * 1000;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		err = STS_E_IO;
	for (size_t i = 0; err == STS_OK && i < N_CHANNELS; i++)
		err = channel_init(&r->channels[i], r, flags[i], conf);
	if (err != STS_OK)
		sts_resolver_put(r);
	else
		*out = r;
	return err;
}

struct sts_resolver *
sts_resolver_get(struct sts_resolver *r)
{
	r->refs++;
	return r;
}

void
sts_resolver_put(struct sts_resolver *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	for (size_t i = 0; i < N_CHANNELS; i++)
		channel_deinit(&r->channels[i]);
	free(r);
}

void
sts_resolver_close(struct sts_resolver *r)
{
	for (size_t i = 0; r != NULL && i < N_CHANNELS; i++)
		ares_cancel(r->channels[i].ares);
}

static void
fail_answer(struct sts_query *q, const char *detail)
{
	sts_dns_answer_deinit(&q->answer);
	q->answer = (struct sts_dns_answer){ .status = STS_DNS_FAILED,
		.type = q->type };
	(void)snprintf(
	    q->answer.detail, sizeof(q->answer.detail), "%s", detail);
}

static void
query_free(struct sts_query *q)
{
	struct sts_resolver *r = q->resolver;

	sts_timer_deinit(&q->deadline);
	sts_dns_answer_deinit(&q->answer);
	free(q);
	sts_resolver_put(r);
}

/* Gives the answer to whoever still waits; then the query is its own. */
static void
deliver(struct sts_query *q)
{
	sts_resolved *done = q->done;

	q->done = NULL;
	sts_timer_stop(&q->deadline);
	if (done != NULL)
		done(q->cookie, &q->answer);
	if (!q->with_ares)
		query_free(q);
}

static void
on_deadline(void *cookie)
{
	struct sts_query *q = cookie;

	if (!q->early)
		fail_answer(q, "timeout");
	deliver(q);
}

static void ask_ares(struct sts_query *q);

/* Takes what c-ares says. */
static void
take(struct sts_query *q, int status, const unsigned char *wire, int n)
{
	if (status != ARES_SUCCESS)
		fail_answer(q, ares_strerror(status));
	else if (sts_dns_answer_parse(sts_slice(wire, (size_t)n), q->name,
		     q->type, &q->answer) != STS_OK)
		fail_answer(q, "out of memory");
	/* A server that does not know EDNS knows no DNSSEC either (RFC 3225
	 * section 3), whatever bits it sends. */
	if (!q->answer.edns)
		q->answer.secure = false;
}

/* Whether it is to be asked once more, and is. */
static bool
asks_again(struct sts_query *q, int status)
{
	if (status == ARES_ECONNREFUSED && !q->last_word)
		q->last_word = true;
	else if (status == ARES_SUCCESS && q->answer.edns_refused && !q->plain)
		q->plain = true;
	else
		return false;
	sts_dns_answer_deinit(&q->answer);
	ask_ares(q);
	return true;
}

/* c-ares's last word on the query. */
static void
on_reply(void *arg, int status, int timeouts, unsigned char *wire, int n)
{
	struct sts_query *q = arg;

	(void)timeouts;
	q->with_ares = false;
	if (q->done == NULL) { /* its deadline passed, or it was cancelled */
		query_free(q);
		return;
	}
	take(q, status, wire, n);
	if (asks_again(q, status))
		return;
	if (q->early) {
		sts_timer_start(&q->deadline, 0);
		return;
	}
	deliver(q);
}

/* The question on the wire, with EDNS and AD. ares_free_string frees it. */
static unsigned char *
make_question(const struct sts_query *q, int *n)
{
	unsigned char *wire = NULL;
	unsigned short id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return NULL;
	if (ares_create_query(q->name, ns_c_in, (int)q->type, id, 1, &wire, n,
		q->plain ? 0 : EDNS_UDP_SIZE) != ARES_SUCCESS)
		return NULL;
	wire[AD_OCTET] |= AD_BIT;
	return wire;
}

/* Asks as the query now says; what ends at once waits for its turn as `early`.
 */
static void
ask_ares(struct sts_query *q)
{
	struct sts_resolver *r = q->resolver;
	struct channel *c =
	    &r->channels[q->last_word ? LAST_WORD : ALL_SERVERS];
	int n = 0;
	unsigned char *wire = make_question(q, &n);

	q->early = true;
	if (wire == NULL) {
		/* A name that cannot be asked for: over 255 octets. */
		fail_answer(q, "bad name");
		sts_timer_start(&q->deadline, 0);
		return;
	}
	q->with_ares = true;
	ares_send(c->ares, wire, n, on_reply, q);
	ares_free_string(wire);
	q->early = !q->with_ares;
	rearm(c);
}

enum sts_err
sts_query_start(struct sts_resolver *r, const char *name,
    enum sts_dns_type type, sts_resolved *done, void *cookie,
    struct sts_query **out)
{
	struct sts_query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return STS_E_NOMEM;
	q->resolver = sts_resolver_get(r);
	q->done = done;
	q->cookie = cookie;
	q->type = type;
	(void)snprintf(q->name, sizeof(q->name), "%s", name);
	if (sts_timer_init(&q->deadline, r->loop, on_deadline, q) != STS_OK)
		goto fail;
	sts_timer_start(&q->deadline, r->timeout_ms);
	*out = q;
	ask_ares(q);
	return STS_OK;
fail:
	query_free(q);
	return STS_E_NOMEM;
}

void
sts_query_cancel(struct sts_query *q)
{
	if (q == NULL)
		return;
	q->done = NULL;
	sts_timer_stop(&q->deadline);
	if (!q->with_ares)
		query_free(q);
}
