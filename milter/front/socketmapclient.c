#include "sts/front/socketmapclient.h"

#include "sts/core/netstring.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IN_MAX = 8192, /* bytes: several requests, at least one */
	OUT_MAX = STS_SOCKETMAP_OUT_HIGH + STS_SOCKETMAP_REPLY_MAX + 16,
};

static bool
must_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static int64_t
now_ms(const struct sts_socketmap_client *c)
{
	return sts_mono_ms(c->clock);
}

static void
receive(struct sts_socketmap_client *c)
{
	char chunk[IN_MAX];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk) - c->in.n, 0);

	if (n > 0) {
		if (c->in.n == 0)
			c->moved_ms = now_ms(c);
		sts_buf_add(&c->in, chunk, (size_t)n);
	} else if (n == 0) {
		c->ended = true;
	} else if (!must_wait()) {
		c->broken = true;
	}
}

static void
transmit(struct sts_socketmap_client *c)
{
	ssize_t n;

	if (c->out.n == 0 || c->broken)
		return;
	n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
	if (n > 0) {
		sts_buf_drop(&c->out, (size_t)n);
		c->moved_ms = now_ms(c);
	} else if (n < 0 && !must_wait()) {
		c->broken = true;
	}
}

/* Takes the requests that are whole, while there is room; whether all are. */
static bool
take_requests(struct sts_socketmap_client *c)
{
	struct sts_slice rest = sts_buf_view(&c->in), body;
	enum sts_err err = STS_OK;

	while (sts_socketmap_queue_has_room(&c->queue, &c->out)) {
		err =
		    sts_netstring_read(&rest, STS_SOCKETMAP_REQUEST_MAX, &body);
		if (err != STS_OK)
			break;
		sts_socketmap_queue_take(&c->queue, body);
		sts_socketmap_queue_put(&c->queue, &c->out);
	}
	sts_buf_drop(&c->in, c->in.n - rest.n);
	if (err == STS_OK)
		return false;
	if (err != STS_E_AGAIN)
		c->ended = true;
	return true;
}

/* Does all that can be done now; whether more bytes are needed for more. */
static bool
work(struct sts_socketmap_client *c)
{
	bool hungry;

	do {
		sts_socketmap_queue_put(&c->queue, &c->out);
		hungry = take_requests(c);
		if (sts_buf_err(&c->out) != STS_OK ||
		    sts_buf_err(&c->in) != STS_OK)
			c->broken = true;
		transmit(c);
	} while (!c->broken && !hungry &&
		 sts_socketmap_queue_has_room(&c->queue, &c->out));
	return hungry;
}

/* The client may be gone after it. */
static void
proceed(struct sts_socketmap_client *c)
{
	bool hungry = c->broken || work(c);
	unsigned what = 0;

	if (c->broken ||
	    (c->ended && hungry && c->queue.n == 0 && c->out.n == 0)) {
		c->gone(c->cookie, c);
		return;
	}
	if (hungry && !c->ended)
		what |= STS_WATCH_READ;
	if (c->out.n > 0)
		what |= STS_WATCH_WRITE;
	sts_watch_set(c->watch, what, -1);
}

static void
on_watch(void *cookie, unsigned what)
{
	struct sts_socketmap_client *c = cookie;

	if (what & STS_WATCH_READ)
		receive(c);
	proceed(c);
}

static void
on_ready(void *cookie)
{
	proceed(cookie);
}

enum sts_err
sts_socketmap_client_new(struct sts_engine *engine, int fd,
    struct sts_buf *scratch, sts_socketmap_gone *gone, void *cookie,
    struct sts_socketmap_client **out)
{
	struct sts_socketmap_client *c = calloc(1, sizeof(*c));
	enum sts_err err;

	if (c == NULL) {
		(void)close(fd);
		return STS_E_NOMEM;
	}
	c->clock = sts_engine_clock(engine);
	c->fd = fd;
	c->moved_ms = now_ms(c);
	c->gone = gone;
	c->cookie = cookie;
	sts_buf_init(&c->in, IN_MAX);
	sts_buf_init(&c->out, OUT_MAX);
	sts_socketmap_queue_init(&c->queue, engine, scratch, on_ready, c);
	err = sts_watch_new(engine, fd, on_watch, c, &c->watch);
	if (err != STS_OK) {
		sts_socketmap_client_free(c);
		return err;
	}
	sts_watch_set(c->watch, STS_WATCH_READ, -1);
	*out = c;
	return STS_OK;
}

void
sts_socketmap_client_free(struct sts_socketmap_client *c)
{
	if (c == NULL)
		return;
	sts_watch_free(c->watch);
	sts_socketmap_queue_deinit(&c->queue);
	sts_buf_deinit(&c->in);
	sts_buf_deinit(&c->out);
	(void)close(c->fd);
	free(c);
}

bool
sts_socketmap_client_is_idle(const struct sts_socketmap_client *c)
{
	return c->in.n == 0 && c->out.n == 0 && c->queue.n == 0;
}

/* A request that drips and a reply that is not read count from their beginning,
 * or from the last time that any of it moved.  For an answer there is another
 * clock. */
static bool
is_too_slow(const struct sts_socketmap_client *c, int64_t now)
{
	int64_t for_ms = now - c->moved_ms;

	if (c->out.n > 0)
		return for_ms >= STS_SOCKETMAP_STALL_MS;
	if (c->queue.n > 0)
		return false;
	return for_ms >= (c->in.n > 0 ? (int64_t)STS_SOCKETMAP_STALL_MS
				      : (int64_t)STS_SOCKETMAP_IDLE_MS);
}

void
sts_socketmap_client_tick(struct sts_socketmap_client *c, int64_t now)
{
	if (is_too_slow(c, now))
		c->broken = true;
	if (sts_socketmap_queue_expire(&c->queue, now) || c->broken)
		proceed(c);
}
