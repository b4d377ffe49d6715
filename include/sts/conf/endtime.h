/*
 * When an exception ends: a day, or a time of RFC 3339.
 *
 * Internal to conf.  Pure; any thread.
 */
#ifndef STS_CONF_ENDTIME_H
#define STS_CONF_ENDTIME_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdint.h>

/*
 * "2026-12-31" is the first second of the next day in UTC, so that the
 * exception counts for the whole of that day; "2026-12-31T18:00:00Z" and
 * "2026-12-31T18:00:00+01:00" are that second.  The result is in wall seconds.
 * STS_E_SYNTAX; STS_E_RANGE for a day or a time that no calendar has, or one
 * before 1970.
 */
STS_MUST_USE enum sts_err sts_end_time_parse(struct sts_slice s, int64_t *out);

#endif
