#include "sts/front/socketmap.h"

#include "sts/engine/watch.h"
#include "sts/front/socketmapclient.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
	BURST = 64, /* accepted at once, before others have their turn */
	LOG_MS = 60000, /* a limit that is reached is logged so often */
};

struct sts_socketmap {
	struct sts_engine *engine;
	const struct sts_clock *clock;
	struct sts_log *log;
	int fd;
	struct sts_watch *listener, *tick;
	struct sts_socketmap_client *clients;
	size_t n, max;
	bool ticking;
	bool paused; /* there are no descriptors: until the next tick */
	int64_t logged_ms; /* a limit that was reached; 0: never */
	struct sts_buf scratch; /* for one reply */
	enum sts_err err; /* of the start */
};

static void
log_limit(struct sts_socketmap *sm, const char *event, const char *why)
{
	int64_t now = sts_mono_ms(sm->clock);

	if (sm->logged_ms != 0 && now - sm->logged_ms < LOG_MS)
		return;
	sm->logged_ms = now;
	sts_log(sm->log, STS_LOG_WARNING, event, STS_KV_INT("clients", sm->n),
	    STS_KV_STR("why", why));
}

/* Listens, and ticks, as long as there is a reason for it. */
static void
set_watches(struct sts_socketmap *sm)
{
	bool ticks = sm->n > 0 || sm->paused;

	sts_watch_set(sm->listener, sm->paused ? 0 : STS_WATCH_READ, -1);
	if (ticks != sm->ticking) /* else it would begin anew */
		sts_watch_set(sm->tick, 0, ticks ? STS_SOCKETMAP_TICK_MS : -1);
	sm->ticking = ticks;
}

static void
remove_client(struct sts_socketmap *sm, struct sts_socketmap_client *client)
{
	DL_DELETE(sm->clients, client);
	sm->n--;
	sts_socketmap_client_free(client);
}

static void
on_gone(void *cookie, struct sts_socketmap_client *client)
{
	remove_client(cookie, client);
}

/* Ends the client that has had nothing under way for the longest time: an MTA
 * opens a new connection when it has something to ask. */
static bool
make_room(struct sts_socketmap *sm)
{
	struct sts_socketmap_client *c, *idlest = NULL;

	if (sm->n < sm->max)
		return true;
	DL_FOREACH (sm->clients, c) {
		if (sts_socketmap_client_is_idle(c) &&
		    (idlest == NULL || c->moved_ms < idlest->moved_ms))
			idlest = c;
	}
	log_limit(sm, "socketmap-full",
	    idlest != NULL ? "the idlest makes room" : "all are at work");
	if (idlest != NULL)
		remove_client(sm, idlest);
	return idlest != NULL;
}

static void
add_client(struct sts_socketmap *sm, int fd)
{
	struct sts_socketmap_client *client;

	if (!make_room(sm)) {
		(void)close(fd);
		return;
	}
	if (sts_socketmap_client_new(
		sm->engine, fd, &sm->scratch, on_gone, sm, &client) != STS_OK) {
		log_limit(sm, "socketmap-failed", "no memory for a client");
		return;
	}
	DL_APPEND(sm->clients, client);
	sm->n++;
}

/* false: there is none, or none can be had now. */
static bool
accept_one(struct sts_socketmap *sm)
{
	int fd = accept4(sm->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		add_client(sm, fd);
		return true;
	}
	if (errno == ECONNABORTED || errno == EINTR)
		return true;
	if (errno != EAGAIN) {
		log_limit(sm, "socketmap-failed", strerror(errno));
		sm->paused = true;
	}
	return false;
}

static void
on_connection(void *cookie, unsigned what)
{
	struct sts_socketmap *sm = cookie;

	(void)what;
	for (int i = 0; i < BURST && accept_one(sm); i++)
		continue;
	set_watches(sm);
}

static void
on_tick(void *cookie, unsigned what)
{
	struct sts_socketmap *sm = cookie;
	struct sts_socketmap_client *c, *tmp;
	int64_t now = sts_mono_ms(sm->clock);

	(void)what;
	DL_FOREACH_SAFE (sm->clients, c, tmp)
		sts_socketmap_client_tick(c, now);
	sm->paused = false;
	set_watches(sm);
}

static void
start(void *cookie)
{
	struct sts_socketmap *sm = cookie;

	sm->err =
	    sts_watch_new(sm->engine, sm->fd, on_connection, sm, &sm->listener);
	if (sm->err == STS_OK)
		sm->err = sts_watch_new(sm->engine, -1, on_tick, sm, &sm->tick);
	if (sm->err == STS_OK)
		set_watches(sm);
}

static void
stop(void *cookie)
{
	struct sts_socketmap *sm = cookie;

	while (sm->clients != NULL)
		remove_client(sm, sm->clients);
	sts_watch_free(sm->listener);
	sts_watch_free(sm->tick);
}

/* What is read is answered by one write: there is nothing to be gathered. It is
 * inherited by the connections; a unix socket does not know it. */
static void
send_at_once(int fd)
{
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

enum sts_err
sts_socketmap_new(
    const struct sts_socketmap_options *options, struct sts_socketmap **out)
{
	struct sts_socketmap *sm = calloc(1, sizeof(*sm));
	enum sts_err err;

	if (sm == NULL)
		return STS_E_NOMEM;
	sm->engine = options->engine;
	sm->clock = sts_engine_clock(sm->engine);
	sm->log = sts_engine_log(sm->engine);
	sm->fd = options->fd;
	sm->max =
	    options->clients > 0 ? options->clients : STS_SOCKETMAP_CLIENTS;
	sts_buf_init(&sm->scratch, STS_SOCKETMAP_REPLY_MAX);
	send_at_once(sm->fd);
	err = sts_engine_run(sm->engine, start, sm);
	if (err == STS_OK)
		err = sm->err;
	if (err != STS_OK) {
		sm->fd = -1;
		sts_socketmap_free(sm);
		return err;
	}
	*out = sm;
	return STS_OK;
}

void
sts_socketmap_free(struct sts_socketmap *sm)
{
	if (sm == NULL || sts_engine_run(sm->engine, stop, sm) != STS_OK)
		return;
	sts_buf_deinit(&sm->scratch);
	if (sm->fd >= 0)
		(void)close(sm->fd);
	free(sm);
}
