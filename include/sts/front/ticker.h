/*
 * Keeps libmilter from stranding sessions while its callbacks wait.
 *
 * Debian's libmilter hands an event to a worker thread that it takes for idle,
 * by a count that is stale in a burst; the event then stays until some worker
 * is done, even if all of them are blocked for seconds.  A new worker is made
 * only when an event comes while none is idle, and one that is done takes a
 * stranded session next: so any harmless event releases one.  This makes such
 * events, while callbacks wait and only then: one connection to the milter's
 * own socket, which begins no message and aborts it every 2 ms.
 *
 * It has a thread of its own.  It is no session: it is neither counted nor
 * logged.
 */
#ifndef STS_FRONT_TICKER_H
#define STS_FRONT_TICKER_H

#include "sts/base/sockspec.h"
#include "sts/front/waiters.h"

enum {
	STS_TICKER_MS = 2,
	STS_TICKER_RETRY_MS = 200, /* where it cannot connect */
};

struct sts_ticker;

/* Starts it for the milter that listens there.  Borrows both, and has itself
 * told by `waiters`, which nobody may use yet.  STS_E_NOMEM, STS_E_IO. */
STS_MUST_USE enum sts_err sts_ticker_new(const struct sts_sockspec *spec,
    struct sts_waiters *waiters, struct sts_ticker **out);

/* When nobody uses the waiters any more.  NULL is legal. */
void sts_ticker_free(struct sts_ticker *ticker);

#endif
