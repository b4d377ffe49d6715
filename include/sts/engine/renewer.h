/*
 * Answers that are used are renewed before they end, so that no message of a
 * busy domain waits for the network: each that was asked for since it was found
 * out, once, in the last quarter of its life, at a moment of its own.  What is
 * not used any more ends.  What cannot be told at that time leaves the answer
 * as it is, to its end.
 *
 * STS_RENEWER_MAX questions are under way at once, and the answers are looked
 * at a piece at a time: what that does not reach waits, as everything does
 * without it.  Engine's thread only.
 */
#ifndef STS_ENGINE_RENEWER_H
#define STS_ENGINE_RENEWER_H

#include "sts/engine/loop.h"
#include "sts/engine/tasks.h"

enum {
	STS_RENEWER_INTERVAL_MS = 1000,
	STS_RENEWER_STEPS = 8192, /* answers looked at in each */
	STS_RENEWER_MAX = 32, /* domains at once */
};

struct sts_renewer;

/* Borrows all.  `interval_ms` 0: the usual. Before the loop is started. */
STS_MUST_USE enum sts_err sts_renewer_new(struct sts_loop *loop,
    struct sts_tasks *tasks, unsigned interval_ms, struct sts_renewer **out);
/* After the loop was stopped, before the tasks are freed.  NULL is legal. */
void sts_renewer_free(struct sts_renewer *renewer);

#endif
