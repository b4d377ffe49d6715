#include "sts/front/milterclient.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IN_HIGH = STS_MILTERWIRE_HEAD + STS_MILTERWIRE_MAX, /* one packet */
	IN_MAX = IN_HIGH + STS_MILTERCLIENT_CHUNK,
	OUT_KEPT = 65536, /* what a turn usually needs, far less */
};

static bool
must_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static int64_t
now_ms(const struct sts_milterclient *c)
{
	return sts_mono_ms(c->shared->clock);
}

static void
fail(struct sts_milterclient *c, const char *why)
{
	c->ended = true;
	c->why = why;
}

/* On another thread: the answer is there. */
static void
leave_note(void *cookie)
{
	struct sts_milterclient *c = cookie;

	sts_notes_leave(&c->shared->notes, &c->note);
}

/* false: there is nothing to be waited for any more. */
static bool
waits_on(struct sts_milterclient *c)
{
	struct sts_pause pause = sts_session_pause(c->talk.session);

	return now_ms(c) < pause.until_ms &&
	       sts_ticket_notify(pause.ticket, leave_note, c);
}

static void
begin_wait(struct sts_milterclient *c)
{
	c->waits = true;
	c->counted = sts_waiters_enter(c->shared->context->waiters);
	if (!c->counted)
		sts_session_hurry(c->talk.session);
}

static void
end_wait(struct sts_milterclient *c)
{
	if (c->counted)
		sts_waiters_leave(c->shared->context->waiters);
	c->counted = false;
	c->waits = false;
}

/* What the talk came to; `why` tells if it cannot go on. */
static void
settle(struct sts_milterclient *c, enum sts_err err, const char *why)
{
	if (err == STS_E_AGAIN && !c->waits)
		begin_wait(c);
	while (err == STS_E_AGAIN && !waits_on(c))
		err = sts_miltertalk_resume(&c->talk, &c->shared->out);
	if (err == STS_E_AGAIN)
		return;
	end_wait(c);
	if (err == STS_E_CLOSED)
		c->ended = true;
	else if (err != STS_OK)
		fail(c, why);
}

/* Takes the packets that are whole; what is left. */
static struct sts_slice
take_packets(struct sts_milterclient *c, struct sts_slice in)
{
	struct sts_milterwire_packet packet;
	const char *why = "";
	enum sts_err err;

	while (!c->waits && !c->ended && c->out.n == 0) {
		err = sts_milterwire_read(&in, &packet);
		if (err == STS_E_AGAIN)
			break;
		if (err != STS_OK) {
			fail(c, "no packet of the milter protocol");
			break;
		}
		err = sts_miltertalk_take(
		    &c->talk, &packet, &c->shared->out, &why);
		settle(c, err, why);
		c->moved_ms = now_ms(c);
	}
	return in;
}

/* The client's own buffer has what has been there, then what came now. */
static void
take_bytes(struct sts_milterclient *c, struct sts_slice fresh)
{
	struct sts_slice rest;

	if (c->in.n == 0) {
		rest = take_packets(c, fresh);
		sts_buf_slice(&c->in, rest);
	} else {
		sts_buf_slice(&c->in, fresh);
		rest = take_packets(c, sts_buf_view(&c->in));
		sts_buf_drop(&c->in, c->in.n - rest.n);
	}
	if (sts_buf_err(&c->in) != STS_OK)
		fail(c, "no memory");
	if (c->in.n == 0)
		sts_buf_deinit(&c->in);
}

/* How many of the bytes were sent. */
static size_t
send_some(struct sts_milterclient *c, struct sts_slice bytes)
{
	ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

	if (n > 0) {
		c->moved_ms = now_ms(c);
		return (size_t)n;
	}
	if (n < 0 && !must_wait())
		c->ended = true; /* the MTA is gone */
	return 0;
}

static void
send_rest(struct sts_milterclient *c)
{
	if (c->out.n == 0)
		return;
	sts_buf_drop(&c->out, send_some(c, sts_buf_view(&c->out)));
	if (c->out.n == 0)
		sts_buf_deinit(&c->out);
}

/* What this turn has to say.  Only what the MTA does not read is kept. */
static void
send_turn(struct sts_milterclient *c)
{
	struct sts_buf *turn = &c->shared->out;

	if (sts_buf_err(turn) != STS_OK)
		fail(c, "no memory");
	else if (turn->n > 0 && c->out.n == 0)
		sts_buf_drop(turn, send_some(c, sts_buf_view(turn)));
	sts_buf_slice(&c->out, sts_buf_view(turn));
	if (sts_buf_err(&c->out) != STS_OK)
		fail(c, "no memory");
	sts_buf_clear(turn);
	if (turn->size > OUT_KEPT)
		sts_buf_deinit(turn);
}

static void
set_watch(struct sts_milterclient *c)
{
	int64_t ms = -1;
	unsigned what = 0;

	if (c->in.n < IN_HIGH && c->out.n == 0)
		what |= STS_WATCH_READ;
	if (c->out.n > 0)
		what |= STS_WATCH_WRITE;
	if (c->waits) {
		ms = sts_session_pause(c->talk.session).until_ms - now_ms(c);
		ms = ms > 0 ? ms : 0;
	}
	sts_watch_set(c->watch, what, ms);
}

/* After each turn; the client may be gone after it. */
static void
end_turn(struct sts_milterclient *c)
{
	send_turn(c);
	if (c->ended)
		c->shared->gone(c, c->why);
	else
		set_watch(c);
}

static void
receive(struct sts_milterclient *c)
{
	char *chunk = c->shared->chunk;
	ssize_t n = recv(c->fd, chunk, STS_MILTERCLIENT_CHUNK, 0);

	if (n > 0) {
		if (c->in.n == 0)
			c->moved_ms = now_ms(c);
		take_bytes(c, sts_slice(chunk, (size_t)n));
	} else if (n == 0 || !must_wait()) {
		c->ended = true;
	}
}

void
sts_milterclient_go_on(struct sts_milterclient *c)
{
	if (!c->waits)
		return; /* it was told earlier, by the time */
	settle(c, sts_miltertalk_resume(&c->talk, &c->shared->out), "");
	take_bytes(c, STS_LIT(""));
	end_turn(c);
}

static void
on_watch(void *cookie, unsigned what)
{
	struct sts_milterclient *c = cookie;

	if (what & STS_WATCH_WRITE) {
		send_rest(c);
		take_bytes(c, STS_LIT(""));
	}
	if (what & STS_WATCH_READ)
		receive(c);
	if (c->waits && !c->ended && (what & STS_WATCH_TIME))
		sts_milterclient_go_on(c);
	else
		end_turn(c);
}

enum sts_err
sts_milterclient_new(struct sts_milterclient_shared *shared, void *owner,
    int fd, struct sts_milterclient **out)
{
	struct sts_milterclient *c = calloc(1, sizeof(*c));
	enum sts_err err;

	if (c == NULL) {
		(void)close(fd);
		return STS_E_NOMEM;
	}
	c->owner = owner;
	c->shared = shared;
	c->fd = fd;
	c->note.about = c;
	c->moved_ms = now_ms(c);
	sts_miltertalk_init(&c->talk, shared->context, shared->local);
	sts_buf_init(&c->in, IN_MAX);
	sts_buf_init(&c->out, STS_MILTERCLIENT_OUT);
	err = sts_watch_on(shared->loop, fd, on_watch, c, &c->watch);
	if (err != STS_OK) {
		sts_milterclient_free(c);
		return err;
	}
	set_watch(c);
	*out = c;
	return STS_OK;
}

/* The session first: then no more notes are left. */
void
sts_milterclient_free(struct sts_milterclient *c)
{
	if (c == NULL)
		return;
	end_wait(c);
	sts_miltertalk_deinit(&c->talk);
	sts_notes_drop(&c->shared->notes, &c->note);
	sts_watch_free(c->watch);
	sts_buf_deinit(&c->in);
	sts_buf_deinit(&c->out);
	(void)close(c->fd);
	free(c);
}

bool
sts_milterclient_is_idle(const struct sts_milterclient *c)
{
	return c->talk.session == NULL && c->in.n == 0 && c->out.n == 0;
}

/* A packet that drips and a reply that is not read count from their beginning,
 * or from the last time that any of the reply was. */
void
sts_milterclient_tick(struct sts_milterclient *c, int64_t now)
{
	bool stalls = c->in.n > 0 || c->out.n > 0 || !c->talk.negotiated;
	int64_t limit = stalls ? (int64_t)STS_MILTERCLIENT_STALL_MS
			       : (int64_t)STS_MILTERCLIENT_IDLE_MS;

	if (c->waits || now - c->moved_ms < limit)
		return;
	fail(c, stalls ? "too slow" : "idle for too long");
	end_turn(c);
}
