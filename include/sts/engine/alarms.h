/*
 * The alarms of a discovery as log lines that an auditor can grep for.
 */
#ifndef STS_ENGINE_ALARMS_H
#define STS_ENGINE_ALARMS_H

#include "sts/base/log.h"
#include "sts/engine/answer.h"

/* One warning for each bit of found->alarms. `record` is what was remembered,
 * or NULL. */
void sts_alarms_log(struct sts_log *log, const char *domain,
    const struct sts_record *record, const struct sts_discovery *found);

#endif
