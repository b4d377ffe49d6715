/*
 * An event loop and its thread: the engine's, and those of the fetchers
 * (fetchpool.h).
 *
 * All objects of the engine belong to its loop's thread: their functions may be
 * called only there (asserted in debug builds with sts_loop_assert).  Other
 * threads hand work over with sts_loop_post.
 */
#ifndef STS_ENGINE_LOOP_H
#define STS_ENGINE_LOOP_H

#include "sts/base/clock.h"
#include "sts/base/err.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct sts_loop;

/* The loop exists, and no thread runs it yet: the caller's thread counts as the
 * loop's until sts_loop_start, so that objects can be built.  `clock` is
 * borrowed. */
STS_MUST_USE enum sts_err sts_loop_new(
    const struct sts_clock *clock, struct sts_loop **out);
/* After sts_loop_stop, or when it was never started. */
void sts_loop_free(struct sts_loop *loop);

/* Before it is started: what the system calls its thread, a literal of at most
 * 15 bytes. */
void sts_loop_name(struct sts_loop *loop, const char *name);

/* Starts the thread, with all signals blocked in it. */
STS_MUST_USE enum sts_err sts_loop_start(struct sts_loop *loop);
/* Runs what was posted before, ends the thread and joins it. From then on the
 * caller's thread counts as the loop's again, so that objects can be freed, and
 * sts_loop_post says STS_E_CLOSED. */
void sts_loop_stop(struct sts_loop *loop);

struct event_base *sts_loop_base(struct sts_loop *loop);
const struct sts_clock *sts_loop_clock(const struct sts_loop *loop);

/* Whether the caller is on the loop's thread. */
bool sts_loop_here(const struct sts_loop *loop);

#ifdef NDEBUG
#define sts_loop_assert(loop) ((void)(loop))
#else
#include <assert.h>
#define sts_loop_assert(loop) assert(sts_loop_here(loop))
#endif

/*
 * Runs fn(cookie) on the loop's thread, after what was posted earlier.  Any
 * thread, the loop's own too: it never runs before sts_loop_post returned.
 * STS_E_NOMEM; STS_E_CLOSED after sts_loop_stop began.
 */
STS_MUST_USE enum sts_err sts_loop_post(
    struct sts_loop *loop, void (*fn)(void *), void *cookie);

/* The same, and returns when it has run; not to be called on the loop's thread.
 */
STS_MUST_USE enum sts_err sts_loop_run(
    struct sts_loop *loop, void (*fn)(void *), void *cookie);

/*
 * A timer: fires fn(cookie) once on the loop's thread, `ms` from now.  Lives
 * inside its owner's structure; stop is legal at any time, and after it fn is
 * not called.
 */
struct sts_timer {
	struct event *ev;
	void (*fn)(void *);
	void *cookie;
};

STS_MUST_USE enum sts_err sts_timer_init(struct sts_timer *timer,
    struct sts_loop *loop, void (*fn)(void *), void *cookie);
void sts_timer_deinit(struct sts_timer *timer);
void sts_timer_start(struct sts_timer *timer, int64_t ms);
void sts_timer_stop(struct sts_timer *timer);

#endif
