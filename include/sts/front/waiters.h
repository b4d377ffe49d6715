/*
 * A cap on callbacks that wait for an answer.
 *
 * Each blocks a thread of libmilter's.  Past the cap nobody waits: the answer
 * is taken as it is then, which is told to the log once each time that this
 * begins.  Any thread may call.
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
};

void sts_waiters_init(
    struct sts_waiters *waiters, unsigned cap, struct sts_log *log);

/* true: wait, and call sts_waiters_leave then. */
bool sts_waiters_enter(struct sts_waiters *waiters);
void sts_waiters_leave(struct sts_waiters *waiters);

/* How many wait. */
unsigned sts_waiters_count(struct sts_waiters *waiters);

#endif
