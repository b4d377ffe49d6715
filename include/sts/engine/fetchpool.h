/*
 * Fetches (fetch.h) on threads of their own.
 *
 * To verify a chain of certificates takes a millisecond of CPU, or three.  The
 * engine's loop does other things meanwhile, and as many fetches go on at once
 * as there are cores.  Each thread has a loop and a fetcher; what is handed to
 * it is a copy, and what comes back is handed to the engine's loop.
 *
 * Engine's thread only.
 */
#ifndef STS_ENGINE_FETCHPOOL_H
#define STS_ENGINE_FETCHPOOL_H

#include "sts/engine/fetch.h"

enum { STS_FETCHPOOL_THREADS_MAX = 8 };

struct sts_fetchpool;
struct sts_fetchjob; /* one fetch under way */

/* `loop` is the engine's.  `threads` is from 1 up; past the max it is the max.
 * STS_E_NOMEM; STS_E_IO where no thread can be started. */
STS_MUST_USE enum sts_err sts_fetchpool_new(
    struct sts_loop *loop, unsigned threads, struct sts_fetchpool **out);
/* When every fetch is done or cancelled; NULL is legal. */
void sts_fetchpool_free(struct sts_fetchpool *pool);

/*
 * As sts_fetch_start and sts_fetch_cancel.  A request that these would refuse
 * fails as a fetch does: with a result that says so.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_fetchpool_start(struct sts_fetchpool *pool,
    const struct sts_fetch_request *request, sts_fetch_done *done, void *cookie,
    struct sts_fetchjob **out);
void sts_fetchpool_cancel(struct sts_fetchjob *job);

#endif
