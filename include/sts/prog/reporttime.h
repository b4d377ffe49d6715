/*
 * The times of TLS reports: RFC 3339 (RFC 8460 section 4.4), and what real
 * senders make of it.  Pure; any thread.
 */
#ifndef STS_PROG_REPORTTIME_H
#define STS_PROG_REPORTTIME_H

#include "sts/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a date with a time; a space for the T, no seconds, a fraction (which is
 * dropped), an offset without its colon and none at all (then UTC) are taken,
 * and a date alone is its first second.  *out is wall seconds, of the years
 * 1970 to 9999; *date_only may be NULL.  STS_E_SYNTAX; STS_E_RANGE: no such day
 * or time.
 */
STS_MUST_USE enum sts_err sts_reporttime_parse(
    struct sts_slice text, int64_t *out, bool *date_only);

#endif
