/*
 * Those on the engine's thread who wait for the answer of one task
 * (engine/tasks.h), to be told in the order in which they came.  Engine's
 * thread only.
 */
#ifndef STS_ENGINE_TELLINGS_H
#define STS_ENGINE_TELLINGS_H

#include "sts/engine/engine.h"

struct sts_tellings { /* zero is none */
	struct sts_telling *first;
};

/* `task` is what sts_telling_task gives back.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_tellings_add(struct sts_tellings *tellings,
    void *task, sts_engine_told *done, void *cookie, struct sts_telling **out);

/* Tells all, and those who come or go while that is done; then there is none
 * left. */
void sts_tellings_tell(
    struct sts_tellings *tellings, const struct sts_answer *answer);

void *sts_telling_task(const struct sts_telling *telling);

#endif
