/*
 * Several pieces of work on the engine's thread, and one thread that waits for
 * the end of all of them: for what sends reports, or looks at many domains, and
 * has a thread of its own for that.
 */
#ifndef STS_ENGINE_BATCH_H
#define STS_ENGINE_BATCH_H

#include "sts/engine/engine.h"

#include <pthread.h>

struct sts_batch {
	struct sts_engine *engine;
	pthread_mutex_t lock;
	pthread_cond_t news;
	size_t left; /* pieces not done */
};

/*
 * Runs start(cookie, batch, i) on the engine's thread for each i below n, and
 * waits until sts_batch_done was called n times, from within start or later on
 * that thread.  Each piece has a deadline of its own: none is cancelled, and
 * the engine is not to be freed meanwhile.  Not to be called on the engine's
 * thread.  STS_E_NOMEM, STS_E_CLOSED: nothing was started.
 */
STS_MUST_USE enum sts_err sts_batch_run(struct sts_engine *engine, size_t n,
    void (*start)(void *cookie, struct sts_batch *batch, size_t i),
    void *cookie);

void sts_batch_done(struct sts_batch *batch);

#endif
