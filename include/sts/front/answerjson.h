/*
 * An answer of the engine, and a record of the store, as JSON: what the control
 * socket sends and what `mta-sts check` prints (design.md, "Programs").
 *
 * Every key is always there, null where nothing is known.  All text is escaped
 * already.  Pure; any thread.
 */
#ifndef STS_FRONT_ANSWERJSON_H
#define STS_FRONT_ANSWERJSON_H

#include "sts/engine/answer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* {"domain","result","reason","policy":{…},"mx":[…], …}; the caller owns it.
 * NULL: out of memory. */
json_t *sts_answer_json(const struct sts_answer *answer);

/* {"domain","mode","id","max_age","fetched","confirmed","used","expires",
 * "in_force","failed","failed_id","failed_reason"}, and "mx" where `whole` says
 * so.  The caller owns it.  NULL: out of memory. */
json_t *sts_record_json(
    const struct sts_record *record, int64_t now, bool whole);

#endif
