/*
 * Time, as an interface, so that a test can script it.
 *
 * Wall time (seconds since the epoch) is what policies live by, since it must
 * survive a restart; monotonic time (milliseconds) is what deadlines and the
 * memory of probes live by, since the wall clock may jump (rules.md row 45).
 * A clock is borrowed by all that use it and must outlive them.  The functions
 * of the system's clock may be called by any thread.
 */
#ifndef STS_BASE_CLOCK_H
#define STS_BASE_CLOCK_H

#include "sts/base/err.h"

#include <stdint.h>
#include <time.h>

struct sts_clock {
	int64_t (*wall_s)(const struct sts_clock *clock);
	int64_t (*mono_ms)(const struct sts_clock *clock);
};

/* The system's own. */
extern const struct sts_clock sts_clock_system;

static inline int64_t
sts_wall_s(const struct sts_clock *clock)
{
	return clock->wall_s(clock);
}

static inline int64_t
sts_mono_ms(const struct sts_clock *clock)
{
	return clock->mono_ms(clock);
}

/* `ms` from now by the system's own monotonic clock: what condition variables
 * count by, whatever clock a test may have scripted. */
struct timespec sts_clock_deadline(int64_t ms);

enum { STS_TIME_TEXT = 21 }; /* "2026-01-01T00:00:00Z" and its NUL */

/* RFC 3339, in UTC, into at least STS_TIME_TEXT bytes; years past 9999 are cut
 * to the last second of 9999.  Returns dst. */
char *sts_time_rfc3339(int64_t wall_s, char *dst);

/* Exactly what the above writes, in wall seconds.  STS_E_SYNTAX. */
STS_MUST_USE enum sts_err sts_time_parse(const char *text, int64_t *out);

#endif
