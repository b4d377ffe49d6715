/*
 * The milter's own server: speaks the milter protocol with MTAs on an event
 * loop, on a thread of its own, so that a message that waits costs no thread
 * and holds up no other.  The same sessions as libmilter's callbacks have
 * (front/filter.h); `milter_server` chooses.
 */
#ifndef STS_FRONT_MILTERSERVER_H
#define STS_FRONT_MILTERSERVER_H

#include "sts/front/session.h"

enum {
	/* Connections at once; one more ends the one that has been without a
	 * message for the longest time. */
	STS_MILTERSERVER_CLIENTS = 8192,
	STS_MILTERSERVER_TICK_MS = 250, /* how often it looks who is late */
};

struct sts_milterserver_options {
	const struct sts_session_context *context; /* borrowed */
	int fd; /* listens, non-blocking; given to the server */
	size_t clients; /* 0: the usual */
};

struct sts_milterserver;

/* Makes the server and starts its thread.  On failure the descriptor stays the
 * caller's.  STS_E_NOMEM, STS_E_IO. */
STS_MUST_USE enum sts_err sts_milterserver_new(
    const struct sts_milterserver_options *options,
    struct sts_milterserver **out);

/* Runs fn(cookie) on its thread, as sts_engine_run. */
STS_MUST_USE enum sts_err sts_milterserver_run(
    struct sts_milterserver *milter, void (*fn)(void *), void *cookie);

/*
 * Lets go who has no message under way, and waits at most `ms` for the others
 * to end theirs; then its thread has ended.  The engine, closed before, answers
 * those that wait.  What is left of them is freed by sts_milterserver_free,
 * before the engine.
 */
void sts_milterserver_end(struct sts_milterserver *milter, int64_t ms);

/* After its end.  NULL is legal. */
void sts_milterserver_free(struct sts_milterserver *milter);

#endif
