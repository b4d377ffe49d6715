#include "sts/engine/watch.h"

#include <stdlib.h>

struct sts_watch {
	struct sts_loop *loop;
	struct event *ev;
	sts_watch_fn *fn;
	void *cookie;
	int fd;
	unsigned what; /* watched for */
	bool timed;
};

static void
on_event(evutil_socket_t fd, short came, void *arg)
{
	struct sts_watch *w = arg;
	unsigned what = 0;

	(void)fd;
	if (came & EV_READ)
		what |= STS_WATCH_READ;
	if (came & EV_WRITE)
		what |= STS_WATCH_WRITE;
	if (came & EV_TIMEOUT)
		what |= STS_WATCH_TIME;
	w->fn(w->cookie, what);
}

enum sts_err
sts_watch_on(struct sts_loop *loop, int fd, sts_watch_fn *fn, void *cookie,
    struct sts_watch **out)
{
	struct sts_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STS_E_NOMEM;
	sts_loop_assert(loop);
	w->loop = loop;
	w->fd = fd;
	w->fn = fn;
	w->cookie = cookie;
	w->ev = event_new(sts_loop_base(w->loop), fd, EV_PERSIST, on_event, w);
	if (w->ev == NULL) {
		free(w);
		return STS_E_NOMEM;
	}
	*out = w;
	return STS_OK;
}

enum sts_err
sts_watch_new(struct sts_engine *engine, int fd, sts_watch_fn *fn, void *cookie,
    struct sts_watch **out)
{
	return sts_watch_on(sts_engine_loop(engine), fd, fn, cookie, out);
}

void
sts_watch_set(struct sts_watch *w, unsigned what, int64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };
	short events = EV_PERSIST;

	sts_loop_assert(w->loop);
	if (what == w->what && ms < 0 && !w->timed)
		return;
	(void)event_del(w->ev);
	w->what = what;
	w->timed = ms >= 0;
	if (what & STS_WATCH_READ)
		events |= EV_READ;
	if (what & STS_WATCH_WRITE)
		events |= EV_WRITE;
	if (what == 0 && !w->timed)
		return;
	(void)event_assign(
	    w->ev, sts_loop_base(w->loop), w->fd, events, on_event, w);
	(void)event_add(w->ev, w->timed ? &tv : NULL);
}

void
sts_watch_free(struct sts_watch *w)
{
	if (w == NULL)
		return;
	sts_loop_assert(w->loop);
	event_free(w->ev);
	free(w);
}
