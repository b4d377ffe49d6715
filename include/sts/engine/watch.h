/*
 * Watching a descriptor, or the time, on the engine's loop: how a server lives
 * on the engine's thread without knowing its event library.
 *
 *	sts_engine_run ─► (engine's thread) sts_watch_new ─► sts_watch_set
 *	                   ─► fn, again and again ─► sts_watch_free
 *
 * Or on a loop of its own (engine/loop.h).  The loop's thread only.
 */
#ifndef STS_ENGINE_WATCH_H
#define STS_ENGINE_WATCH_H

#include "sts/engine/engine.h"
#include "sts/engine/loop.h"

enum sts_watch_what { /* a set of bits */
	STS_WATCH_READ = 1 << 0, /* it can be read, or has failed */
	STS_WATCH_WRITE = 1 << 1, /* it can be written, or has failed */
	STS_WATCH_TIME = 1 << 2, /* so much time went by */
};

struct sts_watch;

/* `what` is what came, of what was set.  It may come when nothing can be read
 * or written after all.  The watch may be changed and freed in here. */
typedef void sts_watch_fn(void *cookie, unsigned what);

/* Watches for nothing yet.  `fd` stays the caller's, who frees the watch before
 * it is closed; -1: time alone.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_watch_new(struct sts_engine *engine, int fd,
    sts_watch_fn *fn, void *cookie, struct sts_watch **out);
STS_MUST_USE enum sts_err sts_watch_on(struct sts_loop *loop, int fd,
    sts_watch_fn *fn, void *cookie, struct sts_watch **out);

/*
 * What is watched for from now on, until it is set again: `what` is of READ and
 * WRITE; `ms`, where it is not negative, asks for STS_WATCH_TIME each time that
 * so long nothing else came.  Costs nothing where it changes nothing and asks
 * for no time.
 */
void sts_watch_set(struct sts_watch *watch, unsigned what, int64_t ms);

/* NULL is legal. */
void sts_watch_free(struct sts_watch *watch);

#endif
