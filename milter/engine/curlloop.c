#include "sts/engine/curlloop.h"

#include <stdlib.h>

struct sts_curlloop {
	struct sts_loop *loop;
	sts_curlloop_done *done;
	CURLM *multi;
	struct sts_timer timer; /* what libcurl waits for besides sockets */
};

/* A message dies when its transfer is taken out; and `done` may take out a
 * transfer whose message is still to be read: that takes the message with it.
 */
static void
tell_ends(struct sts_curlloop *cl)
{
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(cl->multi, &left)) != NULL) {
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;

		sts_curlloop_remove(cl, easy);
		cl->done(easy, code);
	}
}

static void
act(struct sts_curlloop *cl, curl_socket_t fd, int ready)
{
	int running;

	(void)curl_multi_socket_action(cl->multi, fd, ready, &running);
	tell_ends(cl);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
		((what & EV_WRITE) ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(void *cookie)
{
	act(cookie, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl says when it wants to be called at the latest. */
static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct sts_curlloop *cl = arg;

	(void)multi;
	if (ms < 0)
		sts_timer_stop(&cl->timer);
	else
		sts_timer_start(&cl->timer, ms);
	return 0;
}

/*
 * libcurl says what it wants to hear of a socket; `ev` is what was assigned to
 * the socket before.  Without memory it goes unwatched, and the transfer ends
 * at its deadline: an error here would end all transfers, now and ever after.
 */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *ev)
{
	struct sts_curlloop *cl = arg;
	struct event *next = NULL;
	short events = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	if (what != CURL_POLL_REMOVE) {
		events |= what == CURL_POLL_OUT ? 0 : EV_READ;
		events |= what == CURL_POLL_IN ? 0 : EV_WRITE;
		next = event_new(
		    sts_loop_base(cl->loop), fd, events, on_socket, cl);
	}
	if (next != NULL)
		(void)event_add(next, NULL);
	(void)curl_multi_assign(cl->multi, fd, next);
	return 0;
}

static CURLMcode
set_callbacks(struct sts_curlloop *cl)
{
	CURLMcode code;

	code =
	    curl_multi_setopt(cl->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	if (code == CURLM_OK)
		code = curl_multi_setopt(cl->multi, CURLMOPT_SOCKETDATA, cl);
	if (code == CURLM_OK)
		code = curl_multi_setopt(
		    cl->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	if (code == CURLM_OK)
		code = curl_multi_setopt(cl->multi, CURLMOPT_TIMERDATA, cl);
	return code;
}

enum sts_err
sts_curlloop_new(
    struct sts_loop *loop, sts_curlloop_done *done, struct sts_curlloop **out)
{
	struct sts_curlloop *cl = calloc(1, sizeof(*cl));
	enum sts_err err = STS_E_NOMEM;

	if (cl == NULL)
		return err;
	cl->loop = loop;
	cl->done = done;
	/* Counts its calls and is thread-safe since 7.84. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto free;
	err = sts_timer_init(&cl->timer, loop, on_timer, cl);
	if (err != STS_OK)
		goto cleanup;
	cl->multi = curl_multi_init();
	if (cl->multi == NULL || set_callbacks(cl) != CURLM_OK) {
		err = STS_E_NOMEM;
		goto deinit;
	}
	*out = cl;
	return STS_OK;
deinit:
	(void)curl_multi_cleanup(cl->multi);
	sts_timer_deinit(&cl->timer);
cleanup:
	curl_global_cleanup();
free:
	free(cl);
	return err;
}

void
sts_curlloop_free(struct sts_curlloop *cl)
{
	if (cl == NULL)
		return;
	sts_loop_assert(cl->loop);
	(void)curl_multi_cleanup(cl->multi);
	sts_timer_deinit(&cl->timer);
	curl_global_cleanup();
	free(cl);
}

enum sts_err
sts_curlloop_add(struct sts_curlloop *cl, CURL *easy)
{
	sts_loop_assert(cl->loop);
	return curl_multi_add_handle(cl->multi, easy) == CURLM_OK ? STS_OK
								  : STS_E_NOMEM;
}

void
sts_curlloop_remove(struct sts_curlloop *cl, CURL *easy)
{
	sts_loop_assert(cl->loop);
	(void)curl_multi_remove_handle(cl->multi, easy);
}
