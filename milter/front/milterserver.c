#include "sts/front/milterserver.h"

#include "sts/front/milterclient.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
	BURST = 64, /* accepted at once, before others have their turn */
	LOG_MS = 60000, /* one kind of trouble is logged so often */
	END_TICK_MS = 20, /* how often it looks who is done, at the end */
	END_QUIET_MS = 200, /* who was silent so long has no message to begin */
};

/* Of which each is logged by itself. */
enum trouble { FULL, FAILED, BROKEN, N_TROUBLES };

struct sts_milterserver {
	struct sts_milterclient_shared shared;
	struct sts_loop *loop;
	struct sts_log *log;
	int fd;
	struct sts_watch *listener, *tick;
	struct sts_milterclient *clients;
	size_t n, max;
	bool paused; /* there are no descriptors: until the next tick */
	bool ending;
	int64_t logged_ms[N_TROUBLES]; /* 0: never */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t empty;
	bool ended;
};

static void
log_trouble(struct sts_milterserver *m, enum trouble what, const char *why)
{
	static const char *const events[] = {
		[FULL] = "milter-full",
		[FAILED] = "milter-accept-failed",
		[BROKEN] = "milter-connection-broken",
	};
	int64_t now = sts_mono_ms(m->shared.clock);

	if (m->logged_ms[what] != 0 && now - m->logged_ms[what] < LOG_MS)
		return;
	m->logged_ms[what] = now;
	sts_log(m->log, STS_LOG_WARNING, events[what],
	    STS_KV_INT("connections", m->n), STS_KV_STR("why", why));
}

static void
remove_client(struct sts_milterserver *m, struct sts_milterclient *client)
{
	DL_DELETE(m->clients, client);
	m->n--;
	sts_milterclient_free(client);
}

static void
on_gone(struct sts_milterclient *client, const char *why)
{
	struct sts_milterserver *m = client->owner;

	if (why != NULL)
		log_trouble(m, BROKEN, why);
	remove_client(m, client);
}

static bool
make_room(struct sts_milterserver *m)
{
	struct sts_milterclient *c, *idlest = NULL;

	if (m->n < m->max)
		return true;
	DL_FOREACH (m->clients, c)
		if (sts_milterclient_is_idle(c) &&
		    (idlest == NULL || c->moved_ms < idlest->moved_ms))
			idlest = c;
	log_trouble(m, FULL,
	    idlest != NULL ? "the idlest makes room" : "all are at work");
	if (idlest != NULL)
		remove_client(m, idlest);
	return idlest != NULL;
}

static void
add_client(struct sts_milterserver *m, int fd)
{
	struct sts_milterclient *client;

	if (!make_room(m)) {
		(void)close(fd);
		return;
	}
	if (sts_milterclient_new(&m->shared, m, fd, &client) != STS_OK) {
		log_trouble(m, FAILED, "no memory for a connection");
		return;
	}
	DL_APPEND(m->clients, client);
	m->n++;
}

/* false: there is none, or none can be had now. */
static bool
accept_one(struct sts_milterserver *m)
{
	int fd = accept4(m->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		add_client(m, fd);
		return true;
	}
	if (errno == ECONNABORTED || errno == EINTR)
		return true;
	if (errno != EAGAIN) {
		log_trouble(m, FAILED, strerror(errno));
		m->paused = true;
		sts_watch_set(m->listener, 0, -1);
	}
	return false;
}

static void
on_connection(void *cookie, unsigned what)
{
	struct sts_milterserver *m = cookie;

	(void)what;
	for (int i = 0; i < BURST && accept_one(m); i++)
		continue;
}

static void
take_notes(void *cookie)
{
	struct sts_milterserver *m = cookie;
	struct sts_milterclient *c;

	while ((c = sts_notes_take(&m->shared.notes)) != NULL)
		sts_milterclient_go_on(c);
}

/* Without memory for that the next tick takes them. */
static void
on_note(void *cookie)
{
	struct sts_milterserver *m = cookie;

	(void)!sts_loop_post(m->loop, take_notes, m);
}

static void
end_if_empty(struct sts_milterserver *m)
{
	pthread_mutex_lock(&m->lock);
	m->ended = m->n == 0;
	if (m->ended)
		pthread_cond_signal(&m->empty);
	pthread_mutex_unlock(&m->lock);
}

static bool
is_done(const struct sts_milterclient *c, int64_t now)
{
	return sts_milterclient_is_idle(c) && now - c->moved_ms >= END_QUIET_MS;
}

static void
on_tick(void *cookie, unsigned what)
{
	struct sts_milterserver *m = cookie;
	struct sts_milterclient *c, *tmp;
	int64_t now = sts_mono_ms(m->shared.clock);

	(void)what;
	take_notes(m);
	DL_FOREACH_SAFE (m->clients, c, tmp) {
		if (m->ending && is_done(c, now))
			remove_client(m, c);
		else
			sts_milterclient_tick(c, now);
	}
	if (m->paused) {
		m->paused = false;
		sts_watch_set(m->listener, STS_WATCH_READ, -1);
	}
	if (m->ending)
		end_if_empty(m);
}

/* Who is connecting just now is told, like those who wait, and not dropped. */
static void
begin_end(void *cookie)
{
	struct sts_milterserver *m = cookie;

	m->ending = true;
	on_connection(m, STS_WATCH_READ);
	sts_watch_set(m->tick, 0, END_TICK_MS);
	on_tick(m, STS_WATCH_TIME);
}

/* A whole turn is sent by one write: there is nothing to be gathered.  It is
 * inherited by the connections; a unix socket does not know it. */
static void
send_at_once(int fd)
{
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static bool
is_local(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	       domain == AF_UNIX;
}

static enum sts_err
start(struct sts_milterserver *m)
{
	enum sts_err err;

	err = sts_loop_new(m->shared.clock, &m->loop);
	m->shared.loop = m->loop;
	if (err == STS_OK)
		err = sts_watch_on(
		    m->loop, m->fd, on_connection, m, &m->listener);
	if (err == STS_OK)
		err = sts_watch_on(m->loop, -1, on_tick, m, &m->tick);
	if (err != STS_OK)
		return err;
	sts_watch_set(m->listener, STS_WATCH_READ, -1);
	sts_watch_set(m->tick, 0, STS_MILTERSERVER_TICK_MS);
	sts_loop_name(m->loop, "milter");
	return sts_loop_start(m->loop);
}

/* The loop's thread has ended, or never was. */
static void
destroy(struct sts_milterserver *m)
{
	while (m->clients != NULL)
		remove_client(m, m->clients);
	sts_watch_free(m->listener);
	sts_watch_free(m->tick);
	sts_loop_free(m->loop);
	sts_notes_deinit(&m->shared.notes);
	sts_buf_deinit(&m->shared.out);
	pthread_cond_destroy(&m->empty);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct sts_milterserver *
make(const struct sts_milterserver_options *options)
{
	struct sts_milterserver *m = calloc(1, sizeof(*m));
	pthread_condattr_t attr;

	if (m == NULL)
		return NULL;
	m->shared.context = options->context;
	m->shared.clock = sts_engine_clock(options->context->engine);
	m->shared.gone = on_gone;
	sts_notes_init(&m->shared.notes, on_note, m);
	sts_buf_init(&m->shared.out, STS_MILTERCLIENT_OUT);
	m->log = sts_engine_log(options->context->engine);
	m->fd = options->fd;
	m->shared.local = is_local(m->fd);
	m->max =
	    options->clients > 0 ? options->clients : STS_MILTERSERVER_CLIENTS;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->empty, &attr);
	pthread_condattr_destroy(&attr);
	return m;
}

enum sts_err
sts_milterserver_new(const struct sts_milterserver_options *options,
    struct sts_milterserver **out)
{
	struct sts_milterserver *m = make(options);
	enum sts_err err;

	if (m == NULL)
		return STS_E_NOMEM;
	send_at_once(m->fd);
	err = start(m);
	if (err != STS_OK)
		destroy(m);
	else
		*out = m;
	return err;
}

static void
wait_until_empty(struct sts_milterserver *m, int64_t ms)
{
	struct timespec deadline = sts_clock_deadline(ms);
	int timed_out = 0;

	if (sts_loop_post(m->loop, begin_end, m) != STS_OK)
		return;
	pthread_mutex_lock(&m->lock);
	while (!m->ended && timed_out == 0)
		timed_out =
		    pthread_cond_timedwait(&m->empty, &m->lock, &deadline);
	pthread_mutex_unlock(&m->lock);
}

enum sts_err
sts_milterserver_run(
    struct sts_milterserver *m, void (*fn)(void *), void *cookie)
{
	return sts_loop_run(m->loop, fn, cookie);
}

void
sts_milterserver_end(struct sts_milterserver *m, int64_t ms)
{
	wait_until_empty(m, ms);
	sts_loop_stop(m->loop);
}

void
sts_milterserver_free(struct sts_milterserver *m)
{
	int fd;

	if (m == NULL)
		return;
	fd = m->fd;
	destroy(m);
	(void)close(fd);
}
