/*
 * The outage breaker fed with the engine's answers: one loud alarm in the log
 * when an outage begins, one line when it ends (core/outage.h).  Any thread may
 * ask; a lock of its own guards it.
 */
#ifndef STS_ENGINE_OUTAGES_H
#define STS_ENGINE_OUTAGES_H

#include "sts/base/clock.h"
#include "sts/base/log.h"
#include "sts/engine/engine.h"

struct sts_outages;

/* Borrows both. */
STS_MUST_USE enum sts_err sts_outages_new(const struct sts_clock *clock,
    struct sts_log *log, struct sts_outages **out);
void sts_outages_free(struct sts_outages *outages);

/* What a check found out on the network; what it knew before does not count. */
void sts_outages_note(
    struct sts_outages *outages, const struct sts_answer *answer);

/* As sts_engine_outage. */
bool sts_outages_now(
    struct sts_outages *outages, struct sts_engine_outage *out);

#endif
