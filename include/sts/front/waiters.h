/*
 * A cap on sessions that wait for an answer.
 *
 * In libmilter's callbacks each blocks a thread.  Past the cap nobody waits:
 * the answer is taken as it is then, which is told to the log once each time
 * that this begins.  Any thread may call.
 */
#ifndef STS_FRONT_WAITERS_H
#define STS_FRONT_WAITERS_H

#include "sts/base/log.h"

#include <stdatomic.h>
#include <stdbool.h>

struct sts_waiters {
	struct sts_log *log; /* borrowed */
	unsigned cap;
	atomic_uint n;
	atomic_bool told;
	void (*begun)(void *cookie); /* or NULL */
	void *cookie;
};

void sts_waiters_init(
    struct sts_waiters *waiters, unsigned cap, struct sts_log *log);

/* Has begun(cookie) called when somebody waits after nobody did, on that one's
 * thread; it must not wait itself.  Before anybody uses the waiters. */
void sts_waiters_tell(
    struct sts_waiters *waiters, void (*begun)(void *cookie), void *cookie);

/* true: wait, and call sts_waiters_leave then. */
bool sts_waiters_enter(struct sts_waiters *waiters);
void sts_waiters_leave(struct sts_waiters *waiters);

/* How many wait. */
unsigned sts_waiters_count(struct sts_waiters *waiters);

#endif
