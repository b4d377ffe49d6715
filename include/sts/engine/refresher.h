/*
 * The background refresh of policies that are cached and in use (rules.md row
 * 43; RFC 8461 section 10.2): no message waits for it, and none is needed.
 *
 * At an interval the store is asked for a few domains whose time has come, and
 * each has a question of its own: the TXT record and the policy, no probe. What
 * is found goes the usual way, to the store and the log; a refresh that fails
 * leaves the old policy as it is.  No more than STS_DUE_MAX domains are begun
 * in a tenth of the interval, and STS_REFRESHER_MAX are under way at once.
 * Engine's thread only.
 */
#ifndef STS_ENGINE_REFRESHER_H
#define STS_ENGINE_REFRESHER_H

#include "sts/engine/loop.h"
#include "sts/engine/storegate.h"
#include "sts/engine/tasks.h"

enum {
	STS_REFRESHER_INTERVAL_MS = 60 * 1000,
	STS_REFRESHER_BACKLOG = 10, /* times as often while more is due than
				       is given at once */
	STS_REFRESHER_MAX = 8, /* domains at once */
};

struct sts_refresher;

/* Borrows all.  `interval_ms` 0: the usual. Before the loop is started. */
STS_MUST_USE enum sts_err sts_refresher_new(struct sts_loop *loop,
    struct sts_log *log, struct sts_storegate *gate, struct sts_tasks *tasks,
    unsigned interval_ms, struct sts_refresher **out);
/* After the loop was stopped, before the tasks are freed.  NULL is legal. */
void sts_refresher_free(struct sts_refresher *refresher);

#endif
